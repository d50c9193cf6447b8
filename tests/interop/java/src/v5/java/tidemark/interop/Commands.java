// SPDX-License-Identifier: Apache-2.0
package tidemark.interop;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageBatch;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.CommandCustomHeader;
import org.apache.rocketmq.remoting.annotation.CFNotNull;
import org.apache.rocketmq.remoting.protocol.LanguageCode;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.SerializeType;
import org.apache.rocketmq.remoting.protocol.body.LockBatchRequestBody;
import org.apache.rocketmq.remoting.protocol.body.LockBatchResponseBody;
import org.apache.rocketmq.remoting.protocol.body.ResetOffsetBody;
import org.apache.rocketmq.remoting.protocol.filter.FilterAPI;
import org.apache.rocketmq.remoting.protocol.header.GetConsumerListByGroupResponseBody;
import org.apache.rocketmq.remoting.protocol.heartbeat.ConsumeType;
import org.apache.rocketmq.remoting.protocol.heartbeat.ConsumerData;
import org.apache.rocketmq.remoting.protocol.heartbeat.HeartbeatData;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;
import org.apache.rocketmq.remoting.protocol.heartbeat.ProducerData;
import org.apache.rocketmq.remoting.protocol.heartbeat.SubscriptionData;

/**
 * What stock RocketMQ puts on the wire, a line of JSON each: commands in both header encodings, every parameter of the
 * typed headers, bodies, and the numbers of codes. tests/server/remoting/data/java.jsonl is its output.
 */
public final class Commands {
    private static final String[] HEADERS = {
        "SendMessageRequestHeader", "SendMessageRequestHeaderV2", "SendMessageResponseHeader",
        "ConsumerSendMsgBackRequestHeader", "EndTransactionRequestHeader", "CheckTransactionStateRequestHeader",
        "ReplyMessageRequestHeader", "RecallMessageRequestHeader", "PullMessageRequestHeader",
        "PullMessageResponseHeader", "QueryMessageRequestHeader", "QueryMessageResponseHeader",
        "ViewMessageRequestHeader", "GetMinOffsetRequestHeader", "GetEarliestMsgStoretimeRequestHeader",
        "GetMaxOffsetRequestHeader", "SearchOffsetRequestHeader", "QueryConsumerOffsetRequestHeader",
        "UpdateConsumerOffsetRequestHeader", "GetMaxOffsetResponseHeader", "GetEarliestMsgStoretimeResponseHeader",
        "UnregisterClientRequestHeader", "GetConsumerListByGroupRequestHeader",
        "GetConsumerConnectionListRequestHeader", "NotifyConsumerIdsChangedRequestHeader",
        "GetProducerConnectionListRequestHeader", "ResetOffsetRequestHeader", "GetConsumerStatusRequestHeader",
        "GetConsumerRunningInfoRequestHeader", "ConsumeMessageDirectlyResultRequestHeader",
        "CreateTopicRequestHeader", "DeleteTopicRequestHeader", "GetTopicConfigRequestHeader",
        "GetTopicStatsInfoRequestHeader", "QueryTopicConsumeByWhoRequestHeader",
        "GetSubscriptionGroupConfigRequestHeader", "QueryTopicsByConsumerRequestHeader",
        "QuerySubscriptionByConsumerRequestHeader", "QueryConsumeTimeSpanRequestHeader",
        "DeleteSubscriptionGroupRequestHeader", "UpdateGroupForbiddenRequestHeader",
        "GetConsumeStatsRequestHeader", "GetConsumeStatsInBrokerHeader", "ViewBrokerStatsDataRequestHeader",
        "CloneGroupOffsetRequestHeader", "QueryCorrectionOffsetHeader", "QueryConsumeQueueRequestHeader",
        "ResumeCheckHalfMessageRequestHeader", "GetTopicsByClusterRequestHeader", "GetBrokerMemberGroupRequestHeader",
        "GetRouteInfoRequestHeader", "PutKVConfigRequestHeader", "GetKVConfigRequestHeader",
        "GetKVConfigResponseHeader", "DeleteKVConfigRequestHeader", "GetKVListByNamespaceRequestHeader",
        "WipeWritePermOfBrokerRequestHeader", "WipeWritePermOfBrokerResponseHeader",
        "AddWritePermOfBrokerRequestHeader", "AddWritePermOfBrokerResponseHeader",
        "DeleteTopicFromNamesrvRequestHeader", "RegisterTopicRequestHeader", "RegisterBrokerRequestHeader",
        "RegisterBrokerResponseHeader", "UnRegisterBrokerRequestHeader", "QueryDataVersionRequestHeader",
        "QueryDataVersionResponseHeader", "BrokerHeartbeatRequestHeader",
    };

    private Commands() {}

    public static void main(String[] args) {
        Args.exitWith(() -> {
            new Args("Commands", args);
            commands();
            for (String name : HEADERS) {
                header(name);
            }
            bodies();
            codes("request", RequestCode.class);
            codes("response", ResponseCode.class);
            return 0;
        });
    }

    // --- Commands as wholes ---

    private static void commands() throws Exception {
        RemotingCommand route = request(RequestCode.GET_ROUTEINFO_BY_TOPIC, 7);
        route.setExtFields(new HashMap<>(Map.of("topic", "T1")));
        command("route", route);
        command("no fields", request(RequestCode.GET_BROKER_CLUSTER_INFO, Integer.MIN_VALUE));
        RemotingCommand texts = request(RequestCode.PUT_KV_CONFIG, Integer.MAX_VALUE);
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 0x100; c++) {
            all.append(c);
        }
        Map<String, String> fields = new HashMap<>();
        fields.put("namespace", all.toString());
        fields.put("key", "\u2028 \ud83c\udf0a / 漢字");
        fields.put("value", "a\u0001b\u0002");
        texts.setExtFields((HashMap<String, String>) fields);
        texts.setRemark("\"quoted\"\n\\");
        command("texts", texts);
        RemotingCommand answer = RemotingCommand.createResponseCommand(ResponseCode.SYSTEM_ERROR, "why");
        answer.setVersion(479);
        answer.setOpaque(-1);
        answer.setBody("body".getBytes(StandardCharsets.UTF_8));
        command("answer", answer);
        RemotingCommand oneway = request(RequestCode.UNREGISTER_CLIENT, 0);
        oneway.markOnewayRPC();
        oneway.setLanguage(LanguageCode.GO);
        oneway.setVersion(317);
        command("oneway", oneway);
        RemotingCommand negative = RemotingCommand.createResponseCommand(-1000, null);
        negative.setVersion(479);
        negative.setOpaque(5);
        command("negative code", negative);
    }

    private static RemotingCommand request(int code, int opaque) {
        RemotingCommand command = RemotingCommand.createRequestCommand(code, null);
        command.setVersion(479);
        command.setOpaque(opaque);
        return command;
    }

    private static Json encodings(RemotingCommand command) {
        Json line = new Json();
        for (SerializeType type : SerializeType.values()) {
            command.setSerializeTypeCurrentRPC(type);
            line.put(type == SerializeType.JSON ? "json" : "binary", hex(command.encode()));
        }
        return line;
    }

    private static void command(String name, RemotingCommand command) throws Exception {
        Json line = encodings(command).put("command", name).put("code", command.getCode()).put("opaque", command.getOpaque())
            .put("flag", command.getFlag()).put("version", command.getVersion())
            .put("language", command.getLanguage().name()).put("remark", command.getRemark())
            .put("body", command.getBody() == null ? "" : HexFormat.of().formatHex(command.getBody()));
        line.put("fields", command.getExtFields() == null ? Map.of() : command.getExtFields());
        line.print();
    }

    // --- Typed headers, every parameter filled ---

    private static Class<?> find(String name) throws ClassNotFoundException {
        String root = "org.apache.rocketmq.remoting.protocol.header.";
        try {
            return Class.forName(root + name);
        } catch (ClassNotFoundException e) {
            return Class.forName(root + "namesrv." + name);
        }
    }

    private static void header(String name) throws Exception {
        Class<?> type = find(name);
        CommandCustomHeader header = (CommandCustomHeader) type.getDeclaredConstructor().newInstance();
        List<String> required = new ArrayList<>();
        List<String> own = new ArrayList<>();
        for (Class<?> at = type; at != Object.class; at = at.getSuperclass()) {
            for (Field field : at.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || field.getName().startsWith("this")) {
                    continue;
                }
                field.setAccessible(true);
                // What every request inherits is left out; subclasses of queue requests inherit topic and queueId.
                String root = at.getSimpleName();
                if (root.equals("RpcRequestHeader") || root.equals("TopicRequestHeader")) {
                    continue;
                }
                field.set(header, sample(field));
                own.add(field.getName());
                if (field.isAnnotationPresent(CFNotNull.class)) {
                    required.add(field.getName());
                }
            }
        }
        RemotingCommand command = RemotingCommand.createRequestCommand(1, header);
        command.setVersion(479);
        command.setOpaque(1);
        Collections.sort(required);
        Collections.sort(own);
        encodings(command).put("header", name).put("required", required).put("own", own)
            .put("fields", command.getExtFields()).print();
    }

    private static Object sample(Field field) {
        Class<?> type = field.getType();
        if (type == String.class) {
            return "text of " + field.getName();
        }
        if (type == int.class || type == Integer.class) {
            return -7;
        }
        if (type == long.class || type == Long.class) {
            return Long.MAX_VALUE;
        }
        if (type == boolean.class || type == Boolean.class) {
            return true;
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[1];
        }
        throw new IllegalStateException(field + " is of a type without a sample");
    }

    // --- Bodies ---

    private static void body(String name, byte[] body) {
        new Json().put("bodyOf", name).put("body", hex(ByteBuffer.wrap(body))).print();
    }

    private static void bodies() throws Exception {
        Message first = new Message("T", "TagA", "k1", "ab".getBytes(StandardCharsets.UTF_8));
        Message second = new Message("T", new byte[0]);
        second.setFlag(-5);
        body("batch", MessageDecoder.encodeMessages(Arrays.asList(first, second)));
        body("batch of none's properties", MessageBatch.generateFromList(List.of(new Message("T", new byte[] {1, 2, 3}))).encode());

        HeartbeatData beat = new HeartbeatData();
        beat.setClientID("10.1.0.9@3307#918273");
        ProducerData producer = new ProducerData();
        producer.setGroupName("CLIENT_INNER_PRODUCER");
        beat.getProducerDataSet().add(producer);
        ConsumerData consumer = new ConsumerData();
        consumer.setGroupName("billing");
        consumer.setConsumeType(ConsumeType.CONSUME_PASSIVELY);
        consumer.setMessageModel(MessageModel.CLUSTERING);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        SubscriptionData subscription = FilterAPI.buildSubscriptionData("orders", "TagA || TagB");
        subscription.setSubVersion(1755000000321L);
        consumer.getSubscriptionDataSet().add(subscription);
        beat.getConsumerDataSet().add(consumer);
        body("heartbeat", beat.encode());

        LockBatchRequestBody lock = new LockBatchRequestBody();
        lock.setClientId("id1");
        lock.setConsumerGroup("billing");
        lock.getMqSet().add(new MessageQueue("orders", "bkr-1", 3));
        body("lock", lock.encode());
        LockBatchResponseBody locked = new LockBatchResponseBody();
        locked.getLockOKMQSet().add(new MessageQueue("orders", "bkr-1", 3));
        body("locked", locked.encode());

        Map<MessageQueue, Long> offsets = new LinkedHashMap<>();
        offsets.put(new MessageQueue("orders", "bkr-1", 0), 120L);
        offsets.put(new MessageQueue("orders", "bkr-1", 1), 98L);
        ResetOffsetBody reset = new ResetOffsetBody();
        reset.setOffsetTable(offsets);
        body("reset", reset.encode());

        GetConsumerListByGroupResponseBody list = new GetConsumerListByGroupResponseBody();
        list.setConsumerIdList(List.of("id1", "id2"));
        body("consumer ids", list.encode());
    }

    // --- Numbers ---

    private static void codes(String kind, Class<?> type) throws Exception {
        Map<String, Integer> numbers = new HashMap<>();
        for (Class<?> at = type; at != Object.class && at != null; at = at.getSuperclass()) {
            for (Field field : at.getFields()) {
                if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                    numbers.put(field.getName(), field.getInt(null));
                }
            }
        }
        new Json().put("codes", kind).put("numbers", numbers).print();
    }

    private static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}

// SPDX-License-Identifier: Apache-2.0
package tidemark.interop;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.store.ConsumeQueue;
import org.apache.rocketmq.store.DefaultMessageStore;
import org.apache.rocketmq.store.QueryMessageResult;
import org.apache.rocketmq.store.SelectMappedBufferResult;
import org.apache.rocketmq.store.config.MessageStoreConfig;

/**
 * What the Java store makes of a directory: opens a copy, lets Java recover it and prints, as lines of JSON,
 * "store" (marks), "record" and "blank" (commit log in order), "queue" and "unit" (consume queues), "key" (index look-ups), "end".
 */
public final class StoreDump {
    private static final String USAGE = """
        StoreDump --store DIR [--config broker.conf] [--set key=value]..  [--in-place] [--no-keys] [--no-units]
        Settings come from DIR/broker.conf if there, then --config, then --set. Works on a copy unless --in-place.
        Status 0: opened and every key found; 1: Java refuses the store or a key look-up missed its record.""";
    private static final int BLANK_MAGIC = 0xCBD43194;

    private final Args args;
    private final Map<String, Set<Long>> keys = new TreeMap<>();
    private DefaultMessageStore store;

    private StoreDump(Args args) {
        this.args = args;
    }

    public static void main(String[] arguments) {
        Args.exitWith(() -> dump(arguments));
    }

    private static int dump(String[] arguments) throws Exception {
        Args args = new Args(USAGE, arguments, "store", "config", "set", "in-place!", "no-keys!", "no-units!");
        Path given = Path.of(args.require("store")).toAbsolutePath();
        if (!Files.isDirectory(given)) {
            Args.fail("no such directory: " + given);
        }
        Path directory = given;
        if (!args.has("in-place")) {
            directory = Path.of(System.getProperty("user.home")).resolve("store-copy");
            Store.copy(given, directory);
        }
        return new StoreDump(args).run(directory);
    }

    private int run(Path directory) throws Exception {
        boolean aborted = new File(directory.toFile(), "abort").exists();
        MessageStoreConfig config = Store.config(args, directory);
        store = Store.open(config);
        new Json().put("kind", "store").put("aborted", aborted).put("minPhyOffset", store.getMinPhyOffset())
            .put("maxPhyOffset", store.getMaxPhyOffset()).put("mappedFileSizeCommitLog", config.getMappedFileSizeCommitLog())
            .put("mappedFileSizeConsumeQueue", config.getMappedFileSizeConsumeQueue())
            .put("maxHashSlotNum", config.getMaxHashSlotNum()).put("maxIndexNum", config.getMaxIndexNum()).print();
        dumpRecords(config.getMappedFileSizeCommitLog());
        dumpQueues();
        int missed = args.has("no-keys") ? 0 : dumpKeys();
        new Json().put("kind", "end").put("missing", missed).print();
        if (args.has("in-place")) {
            store.shutdown();  // takes seconds; a copy is thrown away
        }
        return missed == 0 ? 0 : 1;
    }

    private void dumpRecords(int segment) throws Exception {
        long end = store.getMaxPhyOffset();
        for (long offset = store.getMinPhyOffset(); offset < end; ) {
            SelectMappedBufferResult view = store.getCommitLog().getData(offset, false);
            if (view == null) {
                throw new IllegalStateException("no data at " + offset + " although the log ends at " + end);
            }
            try {
                offset = dumpView(offset, view.getByteBuffer(), segment);
            } finally {
                view.release();
            }
        }
    }

    /** Prints the records of one segment's readable part; returns the offset behind them. */
    private long dumpView(long offset, ByteBuffer buffer, int segment) throws Exception {
        while (buffer.remaining() >= 8) {
            int size = buffer.getInt(buffer.position());
            int magic = buffer.getInt(buffer.position() + 4);
            if (magic == BLANK_MAGIC) {
                new Json().put("kind", "blank").put("offset", offset).put("size", size).print();
                return (offset / segment + 1) * segment;
            }
            if (size <= 0 || size > buffer.remaining()) {
                throw new IllegalStateException("bad record size " + size + " at " + offset);
            }
            dumpRecord(offset, buffer.slice(buffer.position(), size), size, magic);
            buffer.position(buffer.position() + size);
            offset += size;
        }
        return offset % segment == 0 ? offset : (offset / segment + 1) * segment;
    }

    private void dumpRecord(long offset, ByteBuffer record, int size, int magic) throws Exception {
        MessageExt message = MessageDecoder.decode(record.duplicate(), true, false);
        if (message == null) {
            throw new IllegalStateException("undecodable record at " + offset);
        }
        byte[] body = message.getBody() == null ? new byte[0] : message.getBody();
        Json line = new Json().put("kind", "record").put("offset", offset).put("size", size)
            .put("magic", String.format("%08x", magic)).put("bodyCrc", message.getBodyCRC())
            .put("topic", message.getTopic()).put("queueId", message.getQueueId()).put("flag", message.getFlag())
            .put("queueOffset", message.getQueueOffset()).put("physicalOffset", message.getCommitLogOffset())
            .put("sysFlag", message.getSysFlag()).put("bornTimestamp", message.getBornTimestamp())
            .put("bornHost", Consume.host(message.getBornHost())).put("storeTimestamp", message.getStoreTimestamp())
            .put("storeHost", Consume.host(message.getStoreHost())).put("reconsumeTimes", message.getReconsumeTimes())
            .put("preparedTransactionOffset", message.getPreparedTransactionOffset()).put("offsetMsgId", message.getMsgId())
            .put("bodyLength", body.length).put("bodySha256", Bodies.sha256(body));
        if ((message.getSysFlag() & 1) != 0) {
            byte[] plain = MessageDecoder.decode(record.duplicate(), true, true).getBody();
            line.put("plainLength", plain.length).put("plainSha256", Bodies.sha256(plain));
        }
        Map<String, String> properties = message.getProperties() == null ? Map.of() : message.getProperties();
        line.put("properties", new TreeMap<>(properties)).print();
        rememberKeys(offset, message);
    }

    /** Which (topic, key) pairs the index must find: not those of prepared and rolled back messages (Java indexes no rollback). */
    private void rememberKeys(long offset, MessageExt message) {
        if ((message.getSysFlag() & 0xC) == 0xC) {
            return;
        }
        List<String> names = new ArrayList<>();
        if (message.getProperties() == null) {
            return;
        }
        if (message.getKeys() != null) {
            names.addAll(List.of(message.getKeys().split(MessageConst.KEY_SEPARATOR)));
        }
        String unique = message.getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
        if (unique != null) {
            names.add(unique);
        }
        for (String name : names) {
            if (!name.isEmpty()) {
                keys.computeIfAbsent(message.getTopic() + "\n" + name, unused -> new TreeSet<>()).add(offset);
            }
        }
    }

    private void dumpQueues() throws Exception {
        for (var topic : new TreeMap<>(store.getConsumeQueueTable()).entrySet()) {
            for (var queue : new TreeMap<Integer, Object>(topic.getValue()).entrySet()) {
                long min = store.getMinOffsetInQueue(topic.getKey(), queue.getKey());
                long max = store.getMaxOffsetInQueue(topic.getKey(), queue.getKey());
                if (max == 0) {
                    continue;  // never written: 4.9 makes such queues just by looking for delayed messages
                }
                new Json().put("kind", "queue").put("topic", topic.getKey()).put("queueId", queue.getKey())
                    .put("min", min).put("max", max).print();
                if (queue.getValue() instanceof ConsumeQueue && !args.has("no-units")) {
                    dumpUnits(topic.getKey(), queue.getKey(), (ConsumeQueue) queue.getValue(), min, max);
                }
            }
        }
    }

    private static void dumpUnits(String topic, int queueId, ConsumeQueue queue, long min, long max) {
        for (long n = min; n < max; ) {
            SelectMappedBufferResult view = queue.getIndexBuffer(n);
            if (view == null) {
                throw new IllegalStateException(topic + "/" + queueId + " has no unit " + n + " although it ends at " + max);
            }
            ByteBuffer units = view.getByteBuffer();
            for (; units.remaining() >= 20 && n < max; n++) {
                new Json().put("kind", "unit").put("topic", topic).put("queueId", queueId).put("queueOffset", n)
                    .put("offset", units.getLong()).put("size", units.getInt()).put("tagsCode", units.getLong()).print();
            }
            view.release();
        }
    }

    /** Looks every key up through the index; "missing" lists records that carry the key but were not found. */
    private int dumpKeys() {
        int missed = 0;
        for (Map.Entry<String, Set<Long>> entry : keys.entrySet()) {
            String topic = entry.getKey().substring(0, entry.getKey().indexOf('\n'));
            String key = entry.getKey().substring(topic.length() + 1);
            Set<Long> found = new TreeSet<>();
            QueryMessageResult result = store.queryMessage(topic, key, 10_000, 0, Long.MAX_VALUE);
            for (ByteBuffer record : result.getMessageBufferList()) {
                found.add(record.getLong(record.position() + 28));  // physicalOffset
            }
            result.release();
            Set<Long> missing = new TreeSet<>(entry.getValue());
            missing.removeAll(found);
            missed += missing.size();
            new Json().put("kind", "key").put("topic", topic).put("key", key).put("found", found).put("missing", missing).print();
        }
        return missed;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Against what stock RocketMQ put on the wire.
#include <algorithm>
#include <set>

#include "src/server/remoting/admin_headers.h"
#include "src/server/remoting/batch_body.h"
#include "src/server/remoting/client_headers.h"
#include "src/server/remoting/heartbeat_body.h"
#include "src/server/remoting/nameserver_headers.h"
#include "src/server/remoting/offset_headers.h"
#include "src/server/remoting/pull_headers.h"
#include "src/server/remoting/queue_bodies.h"
#include "src/server/remoting/send_headers.h"
#include "tests/server/remoting/wire_data.h"

namespace tidemark::remoting {
namespace {

TEST_CASE("commands of Java are read, and written again byte for byte", "[remoting]") {
  for (const Json& line : JavaLines("command")) {
    const std::string encoding = GENERATE("json", "binary");
    INFO(TextOf(line, "command") << " " << encoding);
    const std::string bytes = FromHex(TextOf(line, encoding));
    const Command command = Decoded(bytes);
    CHECK(command.code == line.Find("code")->integer());
    CHECK(command.opaque == line.Find("opaque")->integer());
    CHECK(command.flag == line.Find("flag")->integer());
    CHECK(command.version == line.Find("version")->integer());
    CHECK(NameOf(command.language) == TextOf(line, "language"));
    CHECK(command.remark.has_value() == !line.Find("remark")->is_null());
    if (command.remark.has_value()) CHECK(*command.remark == TextOf(line, "remark"));
    CHECK(ToHex(command.body.bytes()) == TextOf(line, "body"));
    const Json::Members& fields = *line.Find("fields")->members();
    CHECK(command.fields.size() == fields.size());
    for (const Json::Member& field : fields) {
      REQUIRE(command.fields.Find(field.name) != nullptr);
      CHECK(*command.fields.Find(field.name) == *field.value.text());
    }
    CHECK(ToHex(REQUIRE_VALUE(EncodeFrame(command))) == ToHex(Bytes(bytes)));
  }
}

std::set<std::string> Texts(const Json& line, std::string_view name) {
  std::set<std::string> texts;
  for (const Json& element : *line.Find(name)->elements()) texts.insert(*element.text());
  return texts;
}

/// The struct takes all parameters that Java's class has, writes them back as they were, and wants
/// those that Java wants.
template <typename Header>
void LikeJava(const std::string& java_class) {
  INFO(java_class);
  for (const Json& line : JavaLines("header")) {
    if (TextOf(line, "header") != java_class) continue;
    for (const char* encoding : {"json", "binary"}) {
      const Command command = Decoded(FromHex(TextOf(line, encoding)));
      const Header header = REQUIRE_VALUE(DecodeHeader<Header>(command.fields));
      Command again;
      EncodeHeader(header, &again);
      for (const std::string& name : Texts(line, "own")) {
        INFO(name);
        REQUIRE(command.fields.Find(name) != nullptr);
        REQUIRE(again.fields.Find(name) != nullptr);
        CHECK(*again.fields.Find(name) == *command.fields.Find(name));

        Fields without;
        for (const Field& field : command.fields) {
          if (field.name != name) without.Set(field.name, field.value);
        }
        const auto missing = DecodeHeader<Header>(without);
        CHECK(missing.has_value() == !Texts(line, "required").contains(name));
        if (!missing.has_value()) {
          CHECK(missing.error().message() == "the custom field <" + name + "> is null");
        }
      }
    }
    return;
  }
  FAIL("no such class");
}

TEST_CASE("parameters of sends and transactions are Java's", "[remoting]") {
  LikeJava<SendMessageRequest>("SendMessageRequestHeader");
  LikeJava<SendMessageRequestV2>("SendMessageRequestHeaderV2");
  LikeJava<SendMessageAnswer>("SendMessageResponseHeader");
  LikeJava<ConsumerSendMsgBackRequest>("ConsumerSendMsgBackRequestHeader");
  LikeJava<EndTransactionRequest>("EndTransactionRequestHeader");
  LikeJava<CheckTransactionStateRequest>("CheckTransactionStateRequestHeader");
  LikeJava<PushReplyRequest>("ReplyMessageRequestHeader");
  LikeJava<RecallMessageRequest>("RecallMessageRequestHeader");
}

TEST_CASE("parameters of pulls, queries and offsets are Java's", "[remoting]") {
  LikeJava<PullMessageRequest>("PullMessageRequestHeader");
  LikeJava<PullMessageAnswer>("PullMessageResponseHeader");
  LikeJava<QueryMessageRequest>("QueryMessageRequestHeader");
  LikeJava<QueryMessageAnswer>("QueryMessageResponseHeader");
  LikeJava<ViewMessageRequest>("ViewMessageRequestHeader");
  LikeJava<QueueRequest>("GetMinOffsetRequestHeader");
  LikeJava<QueueRequest>("GetEarliestMsgStoretimeRequestHeader");
  LikeJava<GetMaxOffsetRequest>("GetMaxOffsetRequestHeader");
  LikeJava<SearchOffsetRequest>("SearchOffsetRequestHeader");
  LikeJava<QueryConsumerOffsetRequest>("QueryConsumerOffsetRequestHeader");
  LikeJava<UpdateConsumerOffsetRequest>("UpdateConsumerOffsetRequestHeader");
  LikeJava<OffsetAnswer>("GetMaxOffsetResponseHeader");
  LikeJava<TimestampAnswer>("GetEarliestMsgStoretimeResponseHeader");
}

TEST_CASE("parameters about clients are Java's", "[remoting]") {
  LikeJava<UnregisterClientRequest>("UnregisterClientRequestHeader");
  LikeJava<ConsumerGroupRequest>("GetConsumerListByGroupRequestHeader");
  LikeJava<ConsumerGroupRequest>("GetConsumerConnectionListRequestHeader");
  LikeJava<ConsumerGroupRequest>("NotifyConsumerIdsChangedRequestHeader");
  LikeJava<ProducerGroupRequest>("GetProducerConnectionListRequestHeader");
  LikeJava<ResetOffsetRequest>("ResetOffsetRequestHeader");
  LikeJava<ConsumerStatusRequest>("GetConsumerStatusRequestHeader");
  LikeJava<ConsumerRunningInfoRequest>("GetConsumerRunningInfoRequestHeader");
  LikeJava<ConsumeDirectlyRequest>("ConsumeMessageDirectlyResultRequestHeader");
}

TEST_CASE("parameters of administration are Java's", "[remoting]") {
  LikeJava<CreateTopicRequest>("CreateTopicRequestHeader");
  LikeJava<TopicRequest>("DeleteTopicRequestHeader");
  LikeJava<TopicRequest>("GetTopicConfigRequestHeader");
  LikeJava<TopicRequest>("GetTopicStatsInfoRequestHeader");
  LikeJava<TopicRequest>("QueryTopicConsumeByWhoRequestHeader");
  LikeJava<GroupRequest>("GetSubscriptionGroupConfigRequestHeader");
  LikeJava<GroupRequest>("QueryTopicsByConsumerRequestHeader");
  LikeJava<QuerySubscriptionRequest>("QuerySubscriptionByConsumerRequestHeader");
  LikeJava<GroupTopicRequest>("QueryConsumeTimeSpanRequestHeader");
  LikeJava<DeleteGroupRequest>("DeleteSubscriptionGroupRequestHeader");
  LikeJava<GroupForbiddenRequest>("UpdateGroupForbiddenRequestHeader");
  LikeJava<ConsumeStatsRequest>("GetConsumeStatsRequestHeader");
  LikeJava<BrokerConsumeStatsRequest>("GetConsumeStatsInBrokerHeader");
  LikeJava<BrokerStatsRequest>("ViewBrokerStatsDataRequestHeader");
  LikeJava<CloneGroupOffsetRequest>("CloneGroupOffsetRequestHeader");
  LikeJava<CorrectionOffsetRequest>("QueryCorrectionOffsetHeader");
  LikeJava<QueryConsumeQueueRequest>("QueryConsumeQueueRequestHeader");
  LikeJava<ResumeCheckHalfMessageRequest>("ResumeCheckHalfMessageRequestHeader");
}

TEST_CASE("parameters of the NameServer are Java's", "[remoting]") {
  LikeJava<ClusterRequest>("GetTopicsByClusterRequestHeader");
  LikeJava<BrokerMemberGroupRequest>("GetBrokerMemberGroupRequestHeader");
  LikeJava<RouteRequest>("GetRouteInfoRequestHeader");
  LikeJava<PutKvConfigRequest>("PutKVConfigRequestHeader");
  LikeJava<KvConfigRequest>("GetKVConfigRequestHeader");
  LikeJava<KvConfigAnswer>("GetKVConfigResponseHeader");
  LikeJava<KvConfigRequest>("DeleteKVConfigRequestHeader");
  LikeJava<KvNamespaceRequest>("GetKVListByNamespaceRequestHeader");
  LikeJava<BrokerNameRequest>("WipeWritePermOfBrokerRequestHeader");
  LikeJava<WipeWritePermAnswer>("WipeWritePermOfBrokerResponseHeader");
  LikeJava<BrokerNameRequest>("AddWritePermOfBrokerRequestHeader");
  LikeJava<AddWritePermAnswer>("AddWritePermOfBrokerResponseHeader");
  LikeJava<DeleteTopicRequest>("DeleteTopicFromNamesrvRequestHeader");
  LikeJava<RegisterTopicRequest>("RegisterTopicRequestHeader");
  LikeJava<RegisterBrokerRequest>("RegisterBrokerRequestHeader");
  LikeJava<RegisterBrokerAnswer>("RegisterBrokerResponseHeader");
  LikeJava<UnregisterBrokerRequest>("UnRegisterBrokerRequestHeader");
  LikeJava<UnregisterBrokerRequest>("QueryDataVersionRequestHeader");
  LikeJava<QueryDataVersionAnswer>("QueryDataVersionResponseHeader");
  LikeJava<BrokerHeartbeatRequest>("BrokerHeartbeatRequestHeader");
}

TEST_CASE("bodies of Java are read, and written again byte for byte", "[remoting]") {
  for (const char* name : {"batch", "batch of none's properties"}) {
    const std::string bytes = JavaBody(name);
    CHECK(REQUIRE_VALUE(EncodeBatchBody(REQUIRE_VALUE(DecodeBatchBody(bytes)))) == bytes);
  }
  const std::string batch_bytes = JavaBody("batch");
  const auto batch = REQUIRE_VALUE(DecodeBatchBody(batch_bytes));
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].body.text() == "ab");
  CHECK(batch[1].body.empty());
  CHECK(batch[1].flag == -5);

  const auto beat = REQUIRE_VALUE(HeartbeatBody::Decode(JavaBody("heartbeat")));
  CHECK(beat.consumers.at(0).subscriptions.at(0).codes ==
        std::vector<std::int32_t>{2598919, 2598920});
  CHECK(beat.consumers.at(0).from == ConsumeFrom::kFirstOffset);
  CHECK(beat.Encode() == JavaBody("heartbeat"));

  const auto lock = REQUIRE_VALUE(LockRequestBody::Decode(JavaBody("lock")));
  CHECK(lock.queues == std::vector<MessageQueue>{{"orders", "bkr-1", 3}});
  CHECK(lock.Encode() == JavaBody("lock"));
  CHECK(EncodeLockAnswerBody(lock.queues) == JavaBody("locked"));
  const ResetOffsetBody reset{{{{"orders", "bkr-1", 0}, 120}, {{"orders", "bkr-1", 1}, 98}}};
  CHECK(reset.Encode() == JavaBody("reset"));
  CHECK(EncodeConsumerIdList({"id1", "id2"}) == JavaBody("consumer ids"));
}

TEST_CASE("codes have Java's numbers and names", "[remoting]") {
  std::size_t requests = 0;
  for (const Json& line : JavaLines("codes")) {
    const bool request = TextOf(line, "codes") == "request";
    for (const Json::Member& code : *line.Find("numbers")->members()) {
      INFO(code.name);
      const auto number = static_cast<std::int32_t>(*code.value.integer());
      const std::string name = request ? NameOf(static_cast<RequestCode>(number))
                                       : NameOf(static_cast<ResponseCode>(number));
      if (name.starts_with("UNKNOWN(")) {
        UNSCOPED_INFO("not known here: " << code.name << " " << number);
        CHECK_FALSE(request);
      } else {
        CHECK(name == code.name);
        requests += request ? 1 : 0;
      }
    }
  }
  CHECK(requests > 100);
}

}  // namespace
}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/heartbeat_body.h"
#include "src/server/remoting/queue_bodies.h"
#include "tests/server/remoting/wire_data.h"

namespace tidemark::remoting {
namespace {

TEST_CASE("heart-beats of C++, Go and 4.9 are read", "[remoting]") {
  const auto cpp = REQUIRE_VALUE(HeartbeatBody::Decode(
      R"({"clientID":"c","consumerDataSet":[{"groupName":"g","consumeFromWhere":4,)"
      R"("consumeType":1,"messageModel":1,"subscriptionDataSet":[{"topic":"t",)"
      R"("subString":"a","codeSet":["97"],"tagsSet":["a"],"subVersion":"12"}]}]})"
      "\n"));
  REQUIRE(cpp.consumers.size() == 1);
  CHECK(cpp.consumers[0].from == ConsumeFrom::kFirstOffset);
  CHECK(cpp.consumers[0].type == ConsumeType::kPassively);
  CHECK(cpp.consumers[0].model == MessageModel::kClustering);
  REQUIRE(cpp.consumers[0].subscriptions.size() == 1);
  CHECK(cpp.consumers[0].subscriptions[0].codes == std::vector<std::int32_t>{97});
  CHECK(cpp.consumers[0].subscriptions[0].version == 12);
  CHECK(cpp.producer_groups.empty());

  const auto go = REQUIRE_VALUE(HeartbeatBody::Decode(
      R"({"clientID":"g","producerDataSet":[{"groupName":"p"}],"consumerDataSet":[)"
      R"({"groupName":"g","consumeFromWhere":"UNKNOWN","consumeType":"CONSUME_PASSIVELY",)"
      R"("messageModel":"BROADCASTING","subscriptionDataSet":[{"topic":"t","subString":"*",)"
      R"("tagsSet":null,"subVersion":1755000000321000000}],"unitMode":false}]})"));
  CHECK_FALSE(go.consumers[0].from.has_value());
  CHECK(go.consumers[0].subscriptions[0].version == 1755000000321000000);
  CHECK(go.producer_groups == std::vector<std::string>{"p"});

  CHECK(REQUIRE_VALUE(HeartbeatBody::Decode("{}")) == HeartbeatBody());
}

TEST_CASE("heart-beats that are none", "[remoting]") {
  for (const char* bad :
       {"", "[]", "{", R"({"consumerDataSet":{}})", R"({"consumerDataSet":[1]})",
        R"({"consumerDataSet":[{"subscriptionDataSet":[7]}]})",
        R"({"consumerDataSet":[{"subscriptionDataSet":[{"codeSet":["x"]}]}]})",
        R"({"consumerDataSet":[{"subscriptionDataSet":[{"codeSet":[2147483648]}]}]})",
        R"({"clientID":7})", R"({"heartbeatFingerprint":"x"})", R"({"a":[[[[[[[[[]]]]]]]]]})"}) {
    INFO(bad);
    CHECK_FALSE(HeartbeatBody::Decode(bad).has_value());
  }
  std::string many = R"({"x":[1)";
  for (int i = 0; i < 1'000'000; ++i) many += ",1";
  CHECK_THAT(HeartbeatBody::Decode(many + "]}").error().message(),
             ContainsSubstring("more than 1000000 values"));
}

TEST_CASE("offsets for C++ clients are a list", "[remoting]") {
  const ResetOffsetBody reset{{{{"orders", "bkr-1", 0}, 120}}};
  CHECK(reset.EncodeForCpp() ==
        R"({"offsetTable":[{"brokerName":"bkr-1","offset":120,"queueId":0,"topic":"orders"}]})");
  CHECK(ResetOffsetBody().Encode() == R"({"offsetTable":{}})");
}

TEST_CASE("locks may lack members", "[remoting]") {
  const auto lock = REQUIRE_VALUE(LockRequestBody::Decode(R"({"clientId":"id1","mqSet":null})"));
  CHECK(lock.queues.empty());
  CHECK_FALSE(lock.only_this_broker);
  CHECK_FALSE(LockRequestBody::Decode(R"({"mqSet":"x"})").has_value());
}

}  // namespace
}  // namespace tidemark::remoting

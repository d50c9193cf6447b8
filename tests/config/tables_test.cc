// SPDX-License-Identifier: Apache-2.0
#include "src/config/consumer_offsets.h"
#include "src/config/delay_offsets.h"
#include "src/config/deleted_topics.h"
#include "src/config/groups.h"
#include "src/config/topics.h"
#include "tests/config/config_data.h"

namespace tidemark::test {
namespace {

template <typename Table>
std::string Again(const std::string& content) {
  return REQUIRE_VALUE(Table::Parse(content)).Write();
}

TEST_CASE("tables of 5.3.3 are written as they were read", "[config]") {
  const std::string store = GENERATE("clean", "timers");
  CHECK(Again<TopicTable>(Data(store + "/topics.json")) == Data(store + "/topics.json"));
  CHECK(Again<GroupTable>(Data(store + "/subscriptionGroup.json")) ==
        Data(store + "/subscriptionGroup.json"));
  CHECK(Again<ConsumerOffsets>(Data(store + "/consumerOffset.json")) ==
        Data(store + "/consumerOffset.json"));
  CHECK(Again<DelayOffsets>(Data(store + "/delayOffset.json")) ==
        Data(store + "/delayOffset.json"));
  CHECK(Again<GroupTable>(Data("groups.json")) == Data("groups.json"));
}

TEST_CASE("tables of 4.9 gain the members of 5.3.3", "[config]") {
  const TopicTable topics = REQUIRE_VALUE(TopicTable::Parse(Data("clean-4.9/topics.json")));
  CHECK(topics.version.counter == 9);
  CHECK(topics.version.state_version == 0);
  REQUIRE(topics.Find("SCHEDULE_TOPIC_XXXX") != nullptr);
  CHECK(topics.Find("SCHEDULE_TOPIC_XXXX")->read_queues == 18);
  CHECK_THAT(topics.Write(), ContainsSubstring("\"attributes\":{},\n\t\t\t\"order\":false"));
  CHECK(Again<TopicTable>(topics.Write()) == topics.Write());

  const auto groups = REQUIRE_VALUE(GroupTable::Parse(Data("clean-4.9/subscriptionGroup.json")));
  REQUIRE(groups.Find("billing") != nullptr);
  CHECK(groups.Find("billing")->consume_timeout_minutes == 15);
  CHECK_THAT(groups.Write(), ContainsSubstring("\"groupRetryPolicy\":{\n\t\t\t\t\"type\":\"CUST"));
  CHECK(Again<GroupTable>(groups.Write()) == groups.Write());

  auto offsets = REQUIRE_VALUE(ConsumerOffsets::Parse(Data("clean-4.9/consumerOffset.json")));
  CHECK(offsets.Find("billing", {"Orders", 3}) == QueueOffset{11});
  CHECK_FALSE(offsets.Find("billing", {"Orders", 4}).has_value());
  CHECK_FALSE(offsets.Find("nobody", {"Orders", 0}).has_value());
  CHECK_THAT(offsets.Write(), ContainsSubstring("\"gives-up\":[\"Flaky\",\"%RETRY%gives-up\"]"));

  const auto delays = REQUIRE_VALUE(DelayOffsets::Parse(Data("clean-4.9/delayOffset.json")));
  CHECK(delays.levels ==
        std::map<std::int32_t, QueueOffset>{{1, QueueOffset{3}}, {3, QueueOffset{1}}});
}

TEST_CASE("a new topic has a broker's members in a broker's order", "[config]") {
  TopicTable topics;
  TopicConfig topic;
  topic.name = "orders";
  topic.read_queues = topic.write_queues = 4;
  topic.attributes = {{"message.type", "FIFO"}};
  topics.Put(topic);
  topics.version = {0, 7, WallTime(std::chrono::milliseconds(1700000000000))};
  CHECK(topics.Write() ==
        "{\n\t\"dataVersion\":{\n\t\t\"counter\":7,\n\t\t\"stateVersion\":0,\n"
        "\t\t\"timestamp\":1700000000000\n\t},\n\t\"topicConfigTable\":{\n\t\t\"orders\":{\n"
        "\t\t\t\"attributes\":{\n\t\t\t\t\"message.type\":\"FIFO\"\n\t\t\t},\n"
        "\t\t\t\"order\":false,\n\t\t\t\"perm\":6,\n\t\t\t\"readQueueNums\":4,\n"
        "\t\t\t\"topicFilterType\":\"SINGLE_TAG\",\n\t\t\t\"topicName\":\"orders\",\n"
        "\t\t\t\"topicSysFlag\":0,\n\t\t\t\"writeQueueNums\":4\n\t\t}\n\t}\n}");
  CHECK(topics.Erase("orders"));
  CHECK_FALSE(topics.Erase("orders"));
  CHECK(topics.topics().empty());
}

TEST_CASE("members that nobody knows stay, missing ones take defaults", "[config]") {
  const std::string text =
      "{\"dataVersion\":{\"counter\":3,\"new\":1},\"future\":{0:[1,2]},"
      "\"topicConfigTable\":{\"t\":{\"perm\":2,\"zeta\":null,\"order\":null}}}";
  TopicTable topics = REQUIRE_VALUE(TopicTable::Parse(text));
  const TopicConfig* topic = topics.Find("t");
  REQUIRE(topic != nullptr);
  CHECK(topic->perm == 2);
  CHECK(topic->read_queues == 16);
  CHECK(topic->filter_type == "SINGLE_TAG");
  CHECK_FALSE(topic->order);
  const std::string written = topics.Write();
  CHECK_THAT(written, ContainsSubstring("\"future\":{0:[1,2]\n\t}"));
  CHECK_THAT(written, ContainsSubstring("\"zeta\":null"));
  CHECK_THAT(written, ContainsSubstring("\"new\":1"));
  CHECK(REQUIRE_VALUE(TopicTable::Parse("{}")).topics().empty());
}

TEST_CASE("a table says where it is wrong", "[config]") {
  const auto fault = [](auto parse, std::string_view text) {
    const auto result = parse(text);
    REQUIRE_FALSE(result.has_value());
    return result.error().message();
  };
  CHECK_THAT(fault(TopicTable::Parse, "[]"), ContainsSubstring("no object"));
  CHECK_THAT(fault(TopicTable::Parse, "{\"topicConfigTable\":1}"),
             ContainsSubstring("topicConfigTable"));
  CHECK_THAT(fault(TopicTable::Parse, "{\"topicConfigTable\":{\"t\":{\"perm\":\"x\"}}}"),
             ContainsSubstring("topic \"t\": member \"perm\""));
  CHECK_THAT(fault(TopicTable::Parse, "{\"topicConfigTable\":{\"t\":{\"perm\":4294967296}}}"),
             ContainsSubstring("perm"));
  CHECK_THAT(fault(GroupTable::Parse, "{\"forbiddenTable\":{\"g\":1}}"),
             ContainsSubstring("\"g\""));
  CHECK_THAT(fault(ConsumerOffsets::Parse, "{\"offsetTable\":{\"t@g\":{x:1}}}"),
             ContainsSubstring("column"));
  CHECK_THAT(fault(ConsumerOffsets::Parse, "{\"offsetTable\":{\"t@g\":{\"x\":1}}}"),
             ContainsSubstring("offsets of \"t@g\": key \"x\""));
  CHECK_THAT(fault(DelayOffsets::Parse, "{\"offsetTable\":{1:null}}"),
             ContainsSubstring("level 1"));
}

TEST_CASE("offsets of groups: quoted keys, odd entries, erasing", "[config]") {
  auto offsets = REQUIRE_VALUE(ConsumerOffsets::Parse(
      "{\"offsetTable\":{\"orders@g1\":{\"0\":12,1:34},\"odd\":{0:1},\"a@b@c\":{0:2},"
      "\"orders@g2\":{0:5}},\"lmqOffsetTable\":{\"%LMQ%a@%LMQ%g\":5}}"));
  CHECK(offsets.Find("g1", {"orders", 0}) == QueueOffset{12});
  CHECK(offsets.Find("g1", {"orders", 1}) == QueueOffset{34});
  offsets.Set("g1", {"orders", 0}, QueueOffset{13});
  offsets.Set("g3", {"bills", 2}, QueueOffset{1});
  offsets.version.Advance(WallTime(std::chrono::milliseconds(5)));
  int entries = 0;
  offsets.ForEach([&](std::string_view topic, std::string_view group, const auto& queues) {
    ++entries;
    CHECK((topic == "orders" || topic == "bills"));
    CHECK_FALSE(group.empty());
    CHECK_FALSE(queues.empty());
  });
  CHECK(entries == 3);
  CHECK(offsets.Write() ==
        "{\n\t\"dataVersion\":{\n\t\t\"counter\":1,\n\t\t\"stateVersion\":0,\n"
        "\t\t\"timestamp\":5\n\t},\n\t\"groupTopicMap\":{\n\t\t\"g1\":[\"orders\"],\n"
        "\t\t\"g2\":[\"orders\"],\n\t\t\"g3\":[\"bills\"]\n\t},\n\t\"offsetTable\":{\n"
        "\t\t\"orders@g1\":{0:13,1:34\n\t\t},\n\t\t\"odd\":{0:1\n\t\t},\n"
        "\t\t\"a@b@c\":{0:2\n\t\t},\n\t\t\"orders@g2\":{0:5\n\t\t},\n\t\t\"bills@g3\":{2:1\n"
        "\t\t}\n\t},\n\t\"lmqOffsetTable\":{\n\t\t\"%LMQ%a@%LMQ%g\":5\n\t}\n}");
  CHECK(offsets.EraseTopic("orders") == 2);
  CHECK(offsets.EraseTopic("odd") == 0);
  CHECK(offsets.EraseGroup("g3") == 1);
  CHECK_FALSE(offsets.Find("g1", {"orders", 0}).has_value());
  CHECK_THAT(offsets.Write(), ContainsSubstring("\"groupTopicMap\":{}"));
  CHECK_THAT(offsets.Write(), ContainsSubstring("\"odd\":{0:1"));
}

TEST_CASE("versions compare by state, counter and time", "[config]") {
  const auto version = [](std::int64_t state, std::int64_t counter, std::int64_t time) {
    return DataVersion{state, counter, WallTime(std::chrono::milliseconds(time))};
  };
  CHECK(version(0, 9, 9) < version(1, 0, 0));
  CHECK(version(1, 0, 9) < version(1, 1, 0));
  CHECK(version(1, 1, 0) < version(1, 1, 1));
  CHECK(version(1, 1, 1) == version(1, 1, 1));
}

TEST_CASE("forbidden topics of groups", "[config]") {
  GroupTable groups = REQUIRE_VALUE(GroupTable::Parse(Data("groups.json")));
  CHECK(groups.Forbidden("g1", "orders") == 1);
  CHECK(groups.Forbidden("g1", "other") == 0);
  CHECK(groups.Forbidden("g2", "orders") == 0);
  groups.SetForbidden("g2", "bills", 3);
  CHECK(REQUIRE_VALUE(GroupTable::Parse(groups.Write())).Forbidden("g2", "bills") == 3);
}

TEST_CASE("deleted topics are read as they were written", "[config]") {
  DeletedTopics deleted;
  deleted.queues[{"a", 0}] = LogOffset{7};
  deleted.queues[{"a", 12}] = LogOffset{8};
  deleted.queues[{"%LMQ%\"b", 0}] = LogOffset{std::numeric_limits<std::int64_t>::max()};
  deleted.batch_topics["c"] = LogOffset{9};
  const DeletedTopics read = REQUIRE_VALUE(DeletedTopics::Parse(deleted.Write()));
  CHECK(read.queues == deleted.queues);
  CHECK(read.batch_topics == deleted.batch_topics);
  CHECK(REQUIRE_VALUE(DeletedTopics::Parse(DeletedTopics().Write())).queues.empty());
  for (const char* wrong :
       {"[]", "{\"deletedTopics\":{\"a\":1}}", "{\"deletedTopics\":{\"a\":{x:1}}}",
        "{\"deletedTopics\":{\"a\":{0:[]}}}", "{\"deletedBatchTopics\":{\"a\":{}}}"}) {
    INFO(wrong);
    CHECK(DeletedTopics::Parse(wrong).error().code() == StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tidemark::test

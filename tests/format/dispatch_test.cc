// SPDX-License-Identifier: Apache-2.0
#include "src/format/dispatch.h"

#include "src/format/check.h"
#include "tests/format/vectors.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using test::FromHex;
using Keys = std::vector<std::string>;

Keys KeysOf(const DispatchView& record) {
  Keys keys;
  ForEachIndexKey(record, [&](std::string_view key) { keys.emplace_back(key); });
  return keys;
}

// 16.1, made by JDK 17.
TEST_CASE("tags codes are Java's hashes, sign-extended", "[format]") {
  CHECK(TagsHash("") == 0);
  CHECK(TagsHash("TagA") == 2598919);
  CHECK(TagsHash("TagB") == 2598920);
  CHECK(TagsHash("polygenelubricants") == -2147483648ll);
  CHECK(TagsHash("\xE4\xB8\xAD\xE6\x96\x87") == 646394);
  CHECK(TagsHash("%RETRY%g#k") == static_cast<std::int64_t>(0xFFFFFFFFB8AB590Dull));
}

TEST_CASE("index hashes have no sign", "[format]") {
  CHECK(IndexKeyHash("T", "jllgvmc") == 0);  // INT32_MIN
  CHECK(IndexKeyHash("TopicTest", "k1") == 2746024);
  CHECK(IndexKeyHash("TopicTest", "C0A80102000078308DB1F1A2B3C40001") == 1361687009);
  CHECK(IndexKeyHash("%RETRY%g", "k") == 1196730099);
}

TEST_CASE("the unit of a delayed message holds its time", "[format]") {
  DispatchView record;
  record.topic = kScheduleTopic;
  record.tags = "TagA";
  record.store_time = WallTime(std::chrono::milliseconds(1000000));
  const DelayLevels levels;
  CHECK(levels.max() == 18);
  CHECK(TagsCode(record, levels) == 2598919);
  record.delay_level = -1;
  CHECK(TagsCode(record, levels) == 2598919);
  record.delay_level = 1;
  CHECK(TagsCode(record, levels) == 1001000);
  record.delay_level = 18;
  CHECK(TagsCode(record, levels) == 1000000 + 7200000);
  record.delay_level = INT32_MAX;
  CHECK(TagsCode(record, levels) == 1000000 + 7200000);
  record.store_time = WallTime(std::chrono::milliseconds(INT64_MAX));
  record.delay_level = 1;
  CHECK(TagsCode(record, levels) == INT64_MIN + 999);
  CHECK(TagsCode(CheckRecord(FromHex(test::kR6), {}).dispatch, levels) == 0x1a1f9fc61c9);
}

TEST_CASE("delay levels are read as RocketMQ writes them", "[format]") {
  const DelayLevels levels = REQUIRE_VALUE(DelayLevels::Parse("2s 3m 4h 5d"));
  CHECK(levels.max() == 4);
  CHECK(levels.Delay(1) == std::chrono::seconds(2));
  CHECK(levels.Delay(2) == std::chrono::minutes(3));
  CHECK(levels.Delay(3) == std::chrono::hours(4));
  CHECK(levels.Delay(4) == std::chrono::hours(120));
  CHECK(levels.Delay(5) == std::chrono::hours(120));
  for (const char* text : {"", " ", "   ", "1", "s", "1x", "1s  2s", "1s,2s", "-1s", "1.5s",
                           "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK(DelayLevels::Parse(text).error().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("keys to index come in Java's order", "[format]") {
  const std::vector<std::byte> r1 = FromHex(test::kR1);
  const Checked checked = CheckRecord(r1, {});
  CHECK(KeysOf(checked.dispatch) == Keys{"C0A80102000078308DB1F1A2B3C40001", "k1", "k2"});
  CHECK(TagsCode(checked.dispatch, DelayLevels()) == 0x27a807);
  DispatchView record;
  CHECK(KeysOf(record).empty());
  record.keys = "  k1  k2 k1 ";
  CHECK(KeysOf(record) == Keys{"k1", "k2", "k1"});
  record.keys = " ";
  CHECK(KeysOf(record).empty());
  record.keys = "a\tb";
  CHECK(KeysOf(record) == Keys{"a\tb"});
}

TEST_CASE("transaction types decide about units and entries", "[format]") {
  DispatchView record;
  record.topic = "T";
  const auto both = [&](std::int32_t sys_flag) {
    record.sys_flag = sys_flag | kSysFlagCompressed | kSysFlagBornHostV6;
    return std::pair(GetsUnit(record), GetsIndexEntries(record));
  };
  CHECK(both(0) == std::pair(true, true));
  CHECK(both(kSysFlagTransactionPrepared) == std::pair(false, true));
  CHECK(both(kSysFlagTransactionCommit) == std::pair(true, true));
  CHECK(both(kSysFlagTransactionRollback) == std::pair(false, false));
}

TEST_CASE("a topic that is no directory name gets no queue", "[format]") {
  DispatchView record;
  for (const std::string& topic :
       {std::string(), std::string("."), std::string(".."), std::string("../../etc"),
        std::string("a/b"), std::string("a\0b", 3), std::string(256, 'x')}) {
    record.topic = topic;
    CHECK_FALSE(GetsUnit(record));
  }
  for (const std::string& topic :
       {std::string("%RETRY%a"), std::string("..."), std::string(255, 'x')}) {
    record.topic = topic;
    CHECK(GetsUnit(record));
  }
}

TEST_CASE("LMQ lists name further queues", "[format]") {
  const std::vector<std::byte> r7 = FromHex(test::kR7);
  const DispatchView stored = CheckRecord(r7, {}).dispatch;
  CHECK(MultiDispatch(stored) ==
        std::vector<LmqUnit>{{"%LMQ%a", 0, QueueOffset{0}}, {"%LMQ%b", 0, QueueOffset{0}}});
  const auto units = [](std::string_view names, std::string_view offsets,
                        std::string_view topic = "T", std::int32_t sys_flag = 0) {
    DispatchView record;
    record.topic = topic;
    record.queue = 5;
    record.lmq_names = names;
    record.lmq_offsets = offsets;
    record.sys_flag = sys_flag;
    return MultiDispatch(record);
  };
  CHECK(units("%LMQ%a,other", "7,8") ==
        std::vector<LmqUnit>{{"%LMQ%a", 0, QueueOffset{7}}, {"other", 5, QueueOffset{8}}});
  CHECK(units("%LMQ%a,,", "7") == std::vector<LmqUnit>{{"%LMQ%a", 0, QueueOffset{7}}});
  CHECK(units("a/b,%LMQ%c", "x,8") == std::vector<LmqUnit>{{"%LMQ%c", 0, QueueOffset{8}}});
  CHECK(units("..,%LMQ%c", "1,8") == std::vector<LmqUnit>{{"%LMQ%c", 0, QueueOffset{8}}});
  CHECK(units(",%LMQ%c", "1,8") == std::vector<LmqUnit>{{"%LMQ%c", 0, QueueOffset{8}}});
  CHECK(units("other,%LMQ%b", ",0").empty());
  CHECK(units("%LMQ%b,other", "0,").empty());
  CHECK(units("%LMQ%b", "x").empty());
  CHECK(units("%LMQ%b", "-1").empty());
  CHECK(units("%LMQ%b", "").empty());
  CHECK(units("", "1").empty());
  CHECK(units(",", ",").empty());
  CHECK(units(" ", "1").empty());  // blank
  CHECK(units("%LMQ%b", "1", "%RETRY%g").empty());
  CHECK(units("%LMQ%b", "1", "rmq_sys_x").empty());
  CHECK(units("%LMQ%b", "1", kScheduleTopic).empty());
  CHECK(units("%LMQ%b", "1", "T", kSysFlagTransactionPrepared).empty());
}

TEST_CASE("only names of light queues are written", "[format]") {
  CHECK(REQUIRE_VALUE(LmqNames("%LMQ%a,%LMQ%b,")) ==
        std::vector<std::string_view>{"%LMQ%a", "%LMQ%b"});
  CHECK(REQUIRE_VALUE(LmqNames("%LMQ%")) == std::vector<std::string_view>{"%LMQ%"});
  const std::string long_name = "%LMQ%" + std::string(251, 'x');
  for (const std::string_view list :
       {std::string_view("other"), std::string_view("%LMQ%a,other"), std::string_view(","),
        std::string_view(",%LMQ%a"), std::string_view("%LMQ%a,%LMQ%b,%LMQ%a"),
        std::string_view("%LMQ%a/b"), std::string_view(long_name)}) {
    INFO(list);
    CHECK(LmqNames(list).error().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("inner batches count their messages", "[format]") {
  const DispatchView batch = CheckRecord(FromHex(test::kR8), {}).dispatch;
  CHECK(batch.batch_number == 2);
  CHECK(batch.batch_base() == QueueOffset{0});
  DispatchView record;
  record.queue_offset = QueueOffset{41};
  KnownProperties known;
  known.inner_number = "3";
  CHECK(record.SetProperties(known) == DispatchView::BadNumber::kNone);
  CHECK(record.batch_number == 1);
  CHECK(record.batch_base() == QueueOffset{41});
  known.inner_base = "40";
  CHECK(record.SetProperties(known) == DispatchView::BadNumber::kNone);
  CHECK(record.batch_number == 3);
  CHECK(record.batch_base() == QueueOffset{40});
  known.inner_number = "32768";
  CHECK(record.SetProperties(known) == DispatchView::BadNumber::kInner);
}

}  // namespace
}  // namespace tidemark

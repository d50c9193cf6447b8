// SPDX-License-Identifier: Apache-2.0
#include "src/format/record.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "src/base/byte_order.h"
#include "src/base/crc32.h"
#include "src/format/check.h"
#include "src/format/message_view.h"
#include "tests/format/vectors.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using test::FromHex;
using test::ToHex;

HostAddress V4(std::array<std::uint8_t, 4> address, std::int32_t port) {
  HostAddress host;
  std::copy(address.begin(), address.end(), host.address.begin());
  host.port = port;
  return host;
}

HostAddress V6(std::string_view hex, std::int32_t port) {
  HostAddress host;
  host.v6 = true;
  std::memcpy(host.address.data(), FromHex(hex).data(), 16);
  host.port = port;
  return host;
}

WallTime Time(std::int64_t ms) {
  return WallTime(std::chrono::milliseconds(ms));
}

const HostAddress kBornHost = V4({10, 0, 0, 200}, 54321);
const HostAddress kStoreHost = V4({192, 168, 1, 2}, 10911);
constexpr std::int64_t kBornTime = 1700000000000;
constexpr RecordLimits kLimits;

Message Basic(std::string_view topic, std::string_view body) {
  Message message;
  message.topic = topic;
  message.body = body;
  message.born_time = Time(kBornTime);
  message.born_host = kBornHost;
  return message;
}

std::string Encoded(const Message& message, const Placement& placement, bool crc = false,
                    const HostAddress& store_host = kStoreHost) {
  const RecordPlan plan = REQUIRE_VALUE(RecordPlan::Make(message, kLimits, store_host, crc));
  // Encode must write every byte of the record and none behind it.
  std::vector<std::byte> out(static_cast<std::size_t>(plan.size()) + 8, std::byte{0xEE});
  Encode(plan, placement, out);
  CHECK(ToHex(Bytes(out.data() + plan.size(), 8)) == "eeeeeeeeeeeeeeee");
  out.resize(static_cast<std::size_t>(plan.size()));
  return ToHex(out);
}

Status Refused(const Message& message, RecordLimits limits = {}) {
  return RecordPlan::Make(message, limits, kStoreHost, false).error();
}

TEST_CASE("records come out as RocketMQ 5.3.3 wrote them", "[format]") {
  SECTION("R1: tags, keys, unique key") {
    Message message = Basic("TopicTest", "hello world");
    message.tags = "TagA";
    message.keys = "k1 k2";
    message.unique_key = "C0A80102000078308DB1F1A2B3C40001";
    CHECK(Encoded(message, {.store_time = Time(1795195236199)}) == test::kR1);
    // The same from properties, in the stored order.
    const Property properties[] = {
        {"KEYS", "k1 k2"}, {"UNIQ_KEY", "C0A80102000078308DB1F1A2B3C40001"}, {"TAGS", "TagA"}};
    Message other = Basic("TopicTest", "hello world");
    other.properties = properties;
    CHECK(Encoded(other, {.store_time = Time(1795195236199)}) == test::kR1);
  }
  SECTION("R2: the CRC property") {
    Message message = Basic("T", "abc");
    message.queue = 3;
    message.tags = "A";
    CHECK(Encoded(message, {.store_time = Time(0x1a1f9fc28df)}, true) == test::kR2);
  }
  SECTION("R3: IPv6 born host") {
    Message message = Basic("T", "x");
    message.born_host = V6("20010db8000000000000000000000001", 1234);
    CHECK(Encoded(message, {.store_time = Time(0x1a1f9fc3a7c)}) == test::kR3);
  }
  SECTION("R4: IPv6 store host") {
    CHECK(Encoded(Basic("T", "x"),
                  {.log_offset = LogOffset{105},
                   .queue_offset = QueueOffset{1},
                   .store_time = Time(0x1a1f9fc3ab6)},
                  false, V6("20010db8000000000000000000000002", 10911)) == test::kR4);
  }
  SECTION("R5: version 2") {
    const std::string topic = "%RETRY%" + std::string(200, 'q');
    CHECK(Encoded(Basic(topic, "x"),
                  {.log_offset = LogOffset{733}, .store_time = Time(0x1a1f9fc3abb)}) == test::kR5);
  }
  SECTION("R6: delay level") {
    Message message = Basic("SCHEDULE_TOPIC_XXXX", "x");
    message.queue = 2;
    const Property properties[] = {
        {"DELAY", "3"}, {"REAL_TOPIC", "T"}, {"REAL_QID", "0"}, {"TAGS", "zz"}};
    message.properties = properties;
    const Placement placement{.log_offset = LogOffset{0x246}, .store_time = Time(0x1a1f9fc3ab9)};
    CHECK(Encoded(message, placement) == test::kR6);
    const RecordPlan plan = REQUIRE_VALUE(RecordPlan::Make(message, kLimits, kStoreHost, false));
    CHECK(TagsCode(plan.Dispatch(placement), DelayLevels()) == 0x1a1f9fc61c9);
  }
  SECTION("R7: light queues") {
    Message message = Basic("T", "x");
    message.queue = 5;
    // What somebody else calls the offsets is never taken over.
    message.encoded_properties =
        GENERATE("TAGS\1A\2INNER_MULTI_DISPATCH\1%LMQ%a,%LMQ%b\2WAIT\1true\2",
                 "TAGS\1A\2INNER_MULTI_QUEUE_OFFSET\1"
                 "77,8\2INNER_MULTI_DISPATCH\1%LMQ%a,%LMQ%b\2WAIT\1true");
    RecordPlan plan =
        REQUIRE_VALUE(RecordPlan::Make(message, {.light_queues = true}, kStoreHost, false));
    REQUIRE(plan.lmq_names().size() == 2);
    CHECK(plan.lmq_names()[1] == "%LMQ%b");
    CHECK(plan.size_max() == plan.size() + 38);
    const QueueOffset offsets[] = {QueueOffset{0}, QueueOffset{0}};
    plan.SetLmqOffsets(offsets);
    const Placement placement{.store_time = Time(0x1a1f9fc4c1f)};
    std::vector<std::byte> out(static_cast<std::size_t>(plan.size()));
    Encode(plan, placement, out);
    // RocketMQ's order of properties is that of a hash map: WAIT came last there.
    std::string expected(test::kR7);
    const std::string wait = "57414954017472756502";
    const std::size_t tail = expected.size() - wait.size();
    REQUIRE(expected.substr(tail) == wait);
    const std::size_t list = ToHex(Bytes("INNER_MULTI_QUEUE_OFFSET\1"
                                         "0,0\2"))
                                 .size();
    expected = expected.substr(0, tail - list) + wait + expected.substr(tail - list, list);
    CHECK(ToHex(out) == expected);
    CHECK(MultiDispatch(plan.Dispatch(placement)) ==
          MultiDispatch(CheckRecord(out, {.crc = true}).dispatch));
    CHECK(MultiDispatch(plan.Dispatch(placement)).size() == 2);
  }
  SECTION("light queues are off, or not for this topic") {
    Message message = Basic(GENERATE("T", "%RETRY%g"), "x");
    message.encoded_properties = "INNER_MULTI_DISPATCH\1%LMQ%a\2";
    const bool on = message.topic != "T";
    RecordPlan plan =
        REQUIRE_VALUE(RecordPlan::Make(message, {.light_queues = on}, kStoreHost, false));
    CHECK(plan.lmq_names().empty());
    CHECK(plan.size() == plan.size_max());
    CHECK(Encoded(message, {}).ends_with(ToHex(Bytes(message.encoded_properties))));
  }
  SECTION("encoded properties without the last separator get it") {
    Message message = Basic("T", "x");
    message.encoded_properties = "A\1b\2WAIT\1true\2";
    const std::string with = Encoded(message, {});
    message.encoded_properties.remove_suffix(1);
    CHECK(Encoded(message, {}) == with);
  }
  SECTION("R8: inner batch") {
    const std::vector<std::byte> body = FromHex(
        "000000210000000000000000000000000000000161000a57414954017472756502000000220000000000000000"
        "00"
        "000000000000026262000a5741495401747275"
        "6502");
    Message message = Basic("B", "");
    message.body = body;
    message.queue = 1;
    message.sys_flag = kSysFlagInnerBatch | kSysFlagNeedUnwrap;
    const Property properties[] = {{"INNER_NUM", "2"}, {"TAGS", "TT"}, {"INNER_BASE", "0"}};
    message.properties = properties;
    CHECK(Encoded(message, {.store_time = Time(0x1a1f9fc71c5)}) == test::kR8);
  }
  SECTION("R9: a record of a classic batch") {
    Message message = Basic("C", "");
    const std::vector<std::byte> record = FromHex(test::kR9);
    message.body = Bytes(record.data() + 88, 3);
    message.queue = 2;
    const Property properties[] = {{"WAIT", "true"}, {"TAGS", "t1"}, {"CLUSTER", "c1"}};
    message.properties = properties;
    CHECK(Encoded(message, {.log_offset = LogOffset{0x1b8}, .store_time = Time(0x1a1f9fc720b)}) ==
          test::kR9);
  }
  SECTION("R10: the filler at a segment's end") {
    std::byte out[8];
    EncodeBlank(74, out);
    CHECK(ToHex(Bytes(out, 8)) == "0000004acbd43194");
  }
}

TEST_CASE("the body's CRC is RocketMQ's", "[format]") {
  const auto crc = [](Bytes body) {
    Message message = Basic("T", "");
    message.body = body;
    const RecordPlan plan = REQUIRE_VALUE(RecordPlan::Make(message, kLimits, kStoreHost, false));
    std::vector<std::byte> out(static_cast<std::size_t>(plan.size()));
    Encode(plan, {}, out);
    return LoadBig<std::uint32_t>(out.data() + kRecordBodyCrcAt);
  };
  CHECK(crc("") == 0);
  CHECK(crc("a") == 1756872259);
  CHECK(crc("x") == 215750275);
  CHECK(crc("abc") == 891568578);
  CHECK(crc("123456789") == 1274296614);
  CHECK(crc("The quick brown fox jumps over the lazy dog") == 1095738169);
  CHECK(crc(std::vector<std::byte>(1024)) == 1874177838);
  std::vector<std::byte> all(256);
  for (int i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = static_cast<std::byte>(i);
  CHECK(crc(all) == 688229491);
}

TEST_CASE("born time and host default to those of the append", "[format]") {
  Message message;
  message.topic = "T";
  const std::vector<std::byte> bytes = FromHex(Encoded(message, {.store_time = Time(77)}));
  const Record record = DecodeRecord(bytes).value();
  CHECK(record.born_time == Time(77));
  CHECK(record.born_host == kStoreHost);
}

TEST_CASE("an IPv4-mapped address is stored as IPv4", "[format]") {
  Message message = Basic("T", "x");
  message.sys_flag = kSysFlagBornHostV6 | kSysFlagStoreHostV6 | kSysFlagCompressed;  // lies
  message.born_host = V6("00000000000000000000ffff0a0000c8", 54321);
  const std::vector<std::byte> bytes =
      FromHex(Encoded(message, {}, false, V6("00000000000000000000ffffc0a80102", 10911)));
  CHECK(bytes.size() == 93);
  const Record record = DecodeRecord(bytes).value();
  CHECK(record.sys_flag == kSysFlagCompressed);
  CHECK(record.born_host == kBornHost);
  CHECK(record.store_host == kStoreHost);
}

TEST_CASE("prepared and rolled back messages take no queue offset", "[format]") {
  const auto stored = [](std::int32_t sys_flag) {
    Message message = Basic("T", "x");
    message.sys_flag = sys_flag;
    const Placement placement{.queue_offset = QueueOffset{9}};
    const std::vector<std::byte> bytes = FromHex(Encoded(message, placement));
    const RecordPlan plan = REQUIRE_VALUE(RecordPlan::Make(message, kLimits, kStoreHost, false));
    const Record record = DecodeRecord(bytes).value();
    CHECK(plan.Dispatch(placement).queue_offset == record.queue_offset);
    return ToInt(record.queue_offset);
  };
  CHECK(stored(0) == 9);
  CHECK(stored(kSysFlagTransactionCommit) == 9);
  CHECK(stored(kSysFlagTransactionPrepared) == 0);
  CHECK(stored(kSysFlagTransactionRollback) == 0);
}

TEST_CASE("topics are limited in bytes and characters", "[format]") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{127}})
    CHECK_OK(Refused(Basic(std::string(size, 't'), "x")));
  CHECK_FALSE(Refused(Basic("", "x")).ok());
  CHECK_FALSE(Refused(Basic(std::string(128, 't'), "x")).ok());
  const std::string retry = "%RETRY%" + std::string(248, 'g');
  CHECK_OK(Refused(Basic(retry, "x")));
  CHECK(DecodeRecord(FromHex(Encoded(Basic(retry, "x"), {}))).value().topic == retry);
  const std::string at_127 = retry.substr(0, 127), at_128 = retry.substr(0, 128);
  CHECK(DecodeRecord(FromHex(Encoded(Basic(at_127, "x"), {}))).value().magic == kRecordMagicV1);
  CHECK(DecodeRecord(FromHex(Encoded(Basic(at_128, "x"), {}))).value().magic == kRecordMagicV2);
  CHECK(Refused(Basic(retry + "g", "x")).code() == StatusCode::kInvalidArgument);
  CHECK_OK(Refused(Basic("%DLQ%a_B-9|z", "x")));
  for (int c = 0; c < 256; ++c) {
    const bool allowed = c < 128 && (std::isalnum(c) || std::strchr("_%|-", c)) && c != 0;
    CAPTURE(c);
    CHECK(Refused(Basic(std::string("a") + static_cast<char>(c), "x")).ok() == allowed);
  }
}

TEST_CASE("limits and names are checked, and the message says which", "[format]") {
  Message message = Basic("T", "x");
  SECTION("queue") {
    message.queue = -1;
    CHECK_THAT(Refused(message).message(), ContainsSubstring("queue -1"));
    message.queue = kQueueMax + 1;
    CHECK_THAT(Refused(message).message(), ContainsSubstring("queue 65536; 0 to 65535"));
  }
  SECTION("body") {
    const std::string body(101, 'b');
    message.body = body;
    CHECK_OK(Refused(message, {.message_bytes_max = 101}));
    CHECK_THAT(Refused(message, {.message_bytes_max = 100}).message(), ContainsSubstring("100"));
  }
  SECTION("separators in fields and properties") {
    for (const char* bad : {"a\1b", "\2", "x\2"}) {
      Message tags = message, keys = message, unique = message, name = message, value = message;
      tags.tags = bad;
      keys.keys = bad;
      unique.unique_key = bad;
      const Property bad_name[] = {{bad, "v"}}, bad_value[] = {{"n", bad}};
      name.properties = bad_name;
      value.properties = bad_value;
      for (const Message& refused : {tags, keys, unique, name, value})
        CHECK(Refused(refused).code() == StatusCode::kInvalidArgument);
    }
    const Property no_name[] = {{"", "v"}};
    message.properties = no_name;
    CHECK_FALSE(Refused(message).ok());
  }
  SECTION("given twice") {
    message.tags = "a";
    const Property properties[] = {{"TAGS", "b"}};
    message.properties = properties;
    CHECK_THAT(Refused(message).message(), ContainsSubstring("TAGS"));
    message.properties = {};
    message.encoded_properties = "X\1y\2TAGS\1b\2";
    CHECK_THAT(Refused(message).message(), ContainsSubstring("TAGS"));
    message.tags = {};
    CHECK_OK(Refused(message));
  }
  SECTION("hosts") {
    message.born_host = V4({1, 2, 3, 4}, 65536);
    CHECK_THAT(Refused(message).message(), ContainsSubstring("65536"));
  }
  SECTION("numbers that Java could not read") {
    message.topic = kScheduleTopic;
    const Property delay[] = {{"DELAY", "soon"}};
    message.properties = delay;
    CHECK_THAT(Refused(message).message(), ContainsSubstring("soon"));
    message.topic = "T";
    CHECK_OK(Refused(message));
    message.sys_flag = kSysFlagInnerBatch;
    const Property inner[] = {{"INNER_NUM", "two"}, {"INNER_BASE", "0"}};
    message.properties = inner;
    CHECK_FALSE(Refused(message).ok());
    const Property batch[] = {{"INNER_NUM", "2"}};
    message.properties = batch;
    CHECK_OK(Refused(message));
    message.sys_flag = 0;
    CHECK_FALSE(Refused(message).ok());
  }
  SECTION("LMQ lists that stop a Java broker") {
    const Property lists[] = {{"INNER_MULTI_DISPATCH", "other,%LMQ%b"}};
    message.properties = lists;
    CHECK_OK(Refused(message));
    RecordLimits limits;
    limits.light_queues = true;
    CHECK_THAT(Refused(message, limits).message(), ContainsSubstring("other"));
  }
}

TEST_CASE("properties fill 32767 bytes and not one more", "[format]") {
  const bool crc = GENERATE(false, true);
  const std::size_t room = 32767 - (crc ? 20 : 0);
  const std::string value(room - 3, 'v');
  const Property fits[] = {{"n", value}};
  Message message = Basic("T", "x");
  message.properties = fits;
  const std::vector<std::byte> bytes = FromHex(Encoded(message, {}, crc));
  const Checked checked = CheckRecord(bytes, {.force_crc_property = crc});
  REQUIRE(checked.kind == Checked::Kind::kRecord);
  CHECK(checked.record.properties.size() == 32767);
  CHECK(FindProperty(checked.record.properties, "n") == value);

  const Property over[] = {{"nn", value}};
  message.properties = over;
  const Status refused = RecordPlan::Make(message, kLimits, kStoreHost, crc).error();
  CHECK_THAT(refused.message(), ContainsSubstring("32768"));

  // A missing last separator counts, since it will be written.
  const std::string encoded = "n\1" + value;
  message.properties = {};
  message.encoded_properties = encoded;
  CHECK(RecordPlan::Make(message, kLimits, kStoreHost, crc).has_value());
  const std::string longer = encoded + "v";
  message.encoded_properties = longer;
  CHECK_FALSE(RecordPlan::Make(message, kLimits, kStoreHost, crc).has_value());
}

TEST_CASE("empty values are not stored", "[format]") {
  const Property properties[] = {{"A", ""}, {"B", "c"}};
  Message message = Basic("T", "x");
  message.properties = properties;
  CHECK(DecodeRecord(FromHex(Encoded(message, {}))).value().properties == "B\1c\2");
}

TEST_CASE("the first record of a batch tells its length, a copy of it does not", "[format]") {
  Message message = Basic("T", "x");
  message.tags = "a";
  const RecordPlan single = REQUIRE_VALUE(RecordPlan::Make(message, kLimits, kStoreHost, true));
  RecordPlan plan = REQUIRE_VALUE(RecordPlan::Make(message, kLimits, kStoreHost, true, 1));
  CHECK(plan.size() == single.size() + kBatchPropertyBytes);
  plan.SetBatchBytes(2147483647);
  std::vector<std::byte> bytes(static_cast<std::size_t>(plan.size()));
  Encode(plan, {.log_offset = LogOffset{12345}}, bytes);
  const Checked checked = CheckRecord(bytes, {.force_crc_property = true});
  REQUIRE(checked.kind == Checked::Kind::kRecord);
  CHECK(FindProperty(checked.record.properties, kPropertyBatch) ==
        "2147483647@0000000000000012345");
  CHECK(BatchBytesOf(checked.record) == 2147483647);

  // What a Java broker does when a consumer sends the message back: all properties, another place.
  std::vector<std::byte> copy = bytes;
  StoreBig<std::int64_t>(copy.data() + kRecordLogOffsetAt, 99999);
  CHECK(BatchBytesOf(DecodeRecord(copy).value()) == 0);

  // What we do: it is dropped, with the CRC.
  Message again = Basic("T", "x");
  again.encoded_properties = checked.record.properties;
  CHECK(DecodeRecord(FromHex(Encoded(again, {}))).value().properties == "TAGS\1a\2");
  const std::vector<Property> properties = BuildView(checked.record).properties();
  again.encoded_properties = {};
  again.properties = properties;
  CHECK(DecodeRecord(FromHex(Encoded(again, {}))).value().properties == "TAGS\1a\2");
}

TEST_CASE("properties of ours are cut out of encoded ones anywhere", "[format]") {
  const auto stored = [](std::string_view encoded) {
    Message message = Basic("T", "x");
    message.encoded_properties = encoded;
    const std::vector<std::byte> bytes = FromHex(Encoded(message, {}));
    return std::string(DecodeRecord(bytes).value().properties);
  };
  CHECK(stored("__CRC32#\1x") == "");
  CHECK(stored("A\1b\2__CRC32#\1x\2C\1d") == "A\1b\2C\1d\2");
  CHECK(stored("__TIDEMARK_BATCH\1x\2__CRC32#\1y\2A\1b\2") == "A\1b\2");
  CHECK(stored("junk\2__CRC32#\1x\2\2A\1b\2") == "junk\2\2A\1b\2");
  CHECK(stored("A\1__CRC32#\2") == "A\1__CRC32#\2");
}

TEST_CASE("no batch begins where the property is not ours", "[format]") {
  const auto batch = [](std::string_view value, std::int64_t offset) {
    std::string properties = "A\1b\2";
    AppendProperty(properties, kPropertyBatch, value);
    const std::vector<std::byte> bytes(200);
    Record record;
    record.bytes = bytes;
    record.properties = properties;
    record.log_offset = LogOffset{offset};
    return BatchBytesOf(record);
  };
  CHECK(batch("0000000200@0000000000000000007", 7) == 200);
  CHECK(batch("0000000199@0000000000000000007", 7) == 0);  // shorter than the record
  CHECK(batch("2147483648@0000000000000000007", 7) == 0);
  CHECK(batch("0000000200@0000000000000000007", 8) == 0);
  CHECK(batch("0000000200#0000000000000000007", 7) == 0);
  CHECK(batch("000000020x@0000000000000000007", 7) == 0);
  CHECK(batch("0000000200", 7) == 0);
  CHECK(BatchBytesOf(Record()) == 0);
}

TEST_CASE("the CRC property holds its digits backwards", "[format]") {
  // 16.2: the last digit first, zeros behind.
  Message message = Basic("T", "abc");
  for (int i = 0; i < 50; ++i) {
    const std::string tag = std::to_string(i);
    message.tags = tag;
    const std::vector<std::byte> bytes = FromHex(Encoded(message, {}, true));
    const std::uint32_t crc = RocketCrc32(Bytes(bytes.data(), bytes.size() - 20));
    std::string digits(Bytes(bytes.data() + bytes.size() - 11, 10).text());
    std::reverse(digits.begin(), digits.end());
    CHECK(std::stoull(digits) == crc);
  }
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/format/check.h"

#include <cstring>
#include <memory>

#include "src/base/byte_order.h"
#include "src/format/message_view.h"
#include "tests/format/vectors.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using test::FromHex;
using Kind = Checked::Kind;

const std::string_view kVectors[] = {test::kR1, test::kR2, test::kR3, test::kR4, test::kR5,
                                     test::kR6, test::kR7, test::kR8, test::kR9};

/// A copy on the heap of exactly this size, so that a sanitizer sees every read outside.
class Exact {
 public:
  explicit Exact(std::span<const std::byte> bytes)
      : data_(new std::byte[bytes.size()]), size_(bytes.size()) {
    if (size_ != 0) std::memcpy(data_.get(), bytes.data(), size_);
  }
  std::span<const std::byte> span() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_;
};

TEST_CASE("RocketMQ's records are sound", "[format]") {
  for (const std::string_view hex : kVectors) {
    const std::vector<std::byte> bytes = FromHex(hex);
    CAPTURE(hex);
    const Checked checked = CheckRecord(bytes, {});
    CHECK(checked.kind == Kind::kRecord);
    CHECK(checked.size == static_cast<std::int32_t>(bytes.size()));
    CHECK(checked.why.empty());
    const auto decoded = DecodeRecord(bytes);
    REQUIRE(decoded.has_value());
    CHECK(decoded->bytes.size() == bytes.size());
    // What follows in the segment is not part of it.
    std::vector<std::byte> followed = bytes;
    followed.resize(bytes.size() + 100, std::byte{0xFF});
    CHECK(CheckRecord(followed, {}).size == checked.size);
    CHECK(DecodeRecord(followed)->bytes.size() == bytes.size());
  }
}

TEST_CASE("every field of a record is read", "[format]") {
  const std::vector<std::byte> bytes = FromHex(test::kR1);
  const Record record = CheckRecord(bytes, {}).record;
  const MessageView view = BuildView(record);
  CHECK(view.topic() == "TopicTest");
  CHECK(view.body().text() == "hello world");
  CHECK(view.tags() == "TagA");
  CHECK(view.keys() == "k1 k2");
  CHECK(view.unique_key() == "C0A80102000078308DB1F1A2B3C40001");
  CHECK(view.born_time().time_since_epoch().count() == 1700000000000);
  CHECK(view.store_time().time_since_epoch().count() == 1795195236199);
  CHECK(view.born_host().port == 54321);
  CHECK(view.store_host().port == 10911);
  CHECK(view.body_crc() == 222957957);
  CHECK(view.offset_message_id() == "C0A8010200002A9F0000000000000000");
  CHECK(view.record().size() == 174);
  CHECK(record.header_bytes() == 88);
  CHECK(record.size() == 174);
  CHECK(record.magic == kRecordMagicV1);

  const std::vector<std::byte> v6 = FromHex(test::kR4);
  const MessageView other = BuildView(CheckRecord(v6, {}).record);
  CHECK(other.offset_message_id() == "20010DB800000000000000000000000200002A9F0000000000000069");
  CHECK(other.queue_offset() == QueueOffset{1});
  CHECK(other.log_offset() == LogOffset{105});
  CHECK(other.store_host().v6);
  CHECK_FALSE(other.born_host().v6);
  CHECK(DecodeRecord(v6)->header_bytes() == 100);

  // Fields that are 0 in every vector.
  std::vector<std::byte> odd = FromHex(test::kR3);
  StoreBig<std::int32_t>(odd.data() + kRecordQueueAt, 7);
  StoreBig<std::int32_t>(odd.data() + kRecordFlagAt, -2);
  StoreBig<std::int32_t>(odd.data() + 84, 5);  // behind 20 bytes of host, a time and 8 of host
  StoreBig<std::int64_t>(odd.data() + 88, 1ll << 40);
  const Record fields = DecodeRecord(odd).value();
  CHECK(fields.queue == 7);
  CHECK(fields.flag == -2);
  CHECK(fields.reconsume_times == 5);
  CHECK(fields.prepared_transaction_offset == LogOffset{1ll << 40});
}

TEST_CASE("a record is found at no shorter length", "[format]") {
  for (const std::string_view hex : kVectors) {
    const std::vector<std::byte> bytes = FromHex(hex);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const Exact cut(Bytes(bytes).span().first(length));
      CAPTURE(hex, length);
      const Checked checked = CheckRecord(cut.span(), {});
      REQUIRE(checked.kind == Kind::kBad);
      REQUIRE_FALSE(checked.why.empty());
      REQUIRE(checked.size == 0);
      REQUIRE_FALSE(DecodeRecord(cut.span()).has_value());
    }
  }
}

TEST_CASE("no flipped bit leads outside, and in the body none goes unseen", "[format]") {
  for (const std::string_view hex : kVectors) {
    std::vector<std::byte> bytes = FromHex(hex);
    const Record sound = DecodeRecord(bytes).value();
    const auto body_start = static_cast<std::size_t>(sound.header_bytes());
    const std::size_t body_end = body_start + sound.body.size();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      const Exact damaged(bytes);
      const Checked checked = CheckRecord(damaged.span(), {});
      CheckRecord(damaged.span(), {.crc = false});
      CAPTURE(hex, bit);
      if (const auto record = DecodeRecord(damaged.span()); record.has_value()) {
        REQUIRE(record->bytes.size() <= bytes.size());
        BuildView(*record).properties();
      }
      if (bit / 8 >= body_start && bit / 8 < body_end) {
        REQUIRE(checked.kind == Kind::kBad);
        REQUIRE(CheckRecord(damaged.span(), {.crc = false}).kind == Kind::kRecord);
      }
      bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    }
  }
}

TEST_CASE("with the CRC property no flipped bit of the record goes unseen", "[format]") {
  std::vector<std::byte> bytes = FromHex(test::kR2);
  const CheckOptions forced{.force_crc_property = true};
  REQUIRE(CheckRecord(bytes, forced).kind == Kind::kRecord);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    CAPTURE(bit);
    // The last separator may be missing, and after 0x01 or 0x02 a value goes on.
    if (bit / 8 != bytes.size() - 1) REQUIRE(CheckRecord(bytes, forced).kind != Kind::kRecord);
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
  }
  CHECK(CheckRecord(FromHex(test::kR1), forced).why == "no CRC property");
  // The body's own CRC is not looked at then.
  StoreBig<std::int32_t>(bytes.data() + kRecordBodyCrcAt, 1);
  CHECK(CheckRecord(bytes, {}).why == "the body's CRC differs");
  CHECK(CheckRecord(bytes, forced).why == "the record's CRC differs");
}

TEST_CASE("a filler ends the segment, whatever its size says", "[format]") {
  std::vector<std::byte> bytes = FromHex("0000004acbd43194");
  bytes.resize(74);
  const Checked checked = CheckRecord(bytes, {});
  CHECK(checked.kind == Kind::kBlank);
  CHECK(checked.size == 74);
  CHECK(CheckRecord(FromHex("00000008cbd43194"), {}).kind == Kind::kBlank);
  CHECK(CheckRecord(FromHex("00000000cbd43194"), {}).kind == Kind::kBlank);
  CHECK(CheckRecord(FromHex("ffffffffcbd43194"), {}).kind == Kind::kBlank);
  CHECK(CheckRecord(FromHex("00000009cbd43194"), {}).kind == Kind::kBad);
  CHECK(CheckRecord(FromHex("00000008cbd431"), {}).kind == Kind::kBad);
  CHECK_FALSE(DecodeRecord(bytes).has_value());
}

TEST_CASE("space that was never written ends the log", "[format]") {
  const std::vector<std::byte> zeros(4096);
  CHECK(CheckRecord(zeros, {}).kind == Kind::kBad);
  CHECK(CheckRecord(zeros, {}).why == "nothing written");
  CHECK(CheckRecord({}, {}).kind == Kind::kBad);
}

TEST_CASE("parts that do not add up are told from damage", "[format]") {
  std::vector<std::byte> bytes = FromHex(test::kR3);
  bytes.resize(bytes.size() + 50);
  StoreBig<std::int32_t>(bytes.data(), 106);
  const Checked checked = CheckRecord(bytes, {});
  CHECK(checked.kind == Kind::kWrongLength);
  CHECK(checked.size == 106);
  CHECK_FALSE(DecodeRecord(bytes).has_value());
}

TEST_CASE("numbers that Java cannot read make a record bad", "[format]") {
  std::vector<std::byte> bytes = FromHex(test::kR6);
  const Record sound = DecodeRecord(bytes).value();
  const std::size_t level = static_cast<std::size_t>(
      sound.properties.data() - reinterpret_cast<const char*>(bytes.data()) + 6);
  REQUIRE(bytes[level] == std::byte{'3'});
  bytes[level] = std::byte{'x'};
  CHECK(CheckRecord(bytes, {}).why == "DELAY is no number");

  bytes = FromHex(test::kR8);
  CHECK(CheckRecord(bytes, {}).dispatch.batch_number == 2);
  const std::size_t number = static_cast<std::size_t>(
      DecodeRecord(bytes)->properties.data() - reinterpret_cast<const char*>(bytes.data()) + 10);
  REQUIRE(bytes[number] == std::byte{'2'});
  bytes[number] = std::byte{'x'};
  CHECK(CheckRecord(bytes, {}).kind == Kind::kBad);
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/format/check.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "src/base/byte_order.h"
#include "src/base/crc32.h"
#include "src/format/record.h"

namespace tidemark {
namespace {

/// Java's ByteBuffer over `bytes`, with its exceptions as a state: after a read out of range, or of
/// more than the `copy_max` bytes that Java has room for, everything reads as zero and ok() is
/// false.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::size_t copy_max)
      : bytes_(bytes), copy_max_(copy_max) {}

  template <typename T>
  T Integer() {
    const Bytes raw = Take(sizeof(T));
    return raw.empty() ? T{0} : LoadBig<T>(raw.data());
  }

  Bytes Copied(std::int64_t length) {
    if (length < 0 || static_cast<std::uint64_t>(length) > copy_max_) ok_ = false;
    return ok_ ? Take(static_cast<std::size_t>(length)) : Bytes();
  }

  HostAddress Host(bool v6) {
    HostAddress host;
    const Bytes raw = Copied(v6 ? kHostBytesV6 : kHostBytesV4);
    if (raw.empty()) return host;
    host.v6 = v6;
    std::memcpy(host.address.data(), raw.data(), raw.size() - 4);
    host.port = LoadBig<std::int32_t>(raw.data() + raw.size() - 4);
    return host;
  }

  WallTime Time() { return WallTime(std::chrono::milliseconds(Integer<std::int64_t>())); }

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }

 private:
  Bytes Take(std::size_t length) {
    if (!ok_ || bytes_.size() - position_ < length) {
      ok_ = false;
      return {};
    }
    const Bytes taken(bytes_.data() + position_, length);
    position_ += length;
    return taken;
  }

  std::span<const std::byte> bytes_;
  std::size_t copy_max_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

bool IsRecordMagic(std::int32_t magic) {
  return magic == kRecordMagicV1 || magic == kRecordMagicV2;
}

/// Everything in the order Java reads it. False: a read failed on the way.
/// A negative body or properties length counts as 0.
bool ReadFields(Reader& reader, Record& record) {
  reader.Integer<std::int32_t>();  // the size, known to the caller
  record.magic = reader.Integer<std::int32_t>();
  record.body_crc = reader.Integer<std::uint32_t>();
  record.queue = reader.Integer<std::int32_t>();
  record.flag = reader.Integer<std::int32_t>();
  record.queue_offset = QueueOffset{reader.Integer<std::int64_t>()};
  record.log_offset = LogOffset{reader.Integer<std::int64_t>()};
  record.sys_flag = reader.Integer<std::int32_t>();
  record.born_time = reader.Time();
  record.born_host = reader.Host((record.sys_flag & kSysFlagBornHostV6) != 0);
  record.store_time = reader.Time();
  record.store_host = reader.Host((record.sys_flag & kSysFlagStoreHostV6) != 0);
  record.reconsume_times = reader.Integer<std::int32_t>();
  record.prepared_transaction_offset = LogOffset{reader.Integer<std::int64_t>()};
  const auto body_bytes = reader.Integer<std::int32_t>();
  record.body = reader.Copied(std::max(body_bytes, 0));
  const std::int32_t topic_bytes = record.magic == kRecordMagicV1 ? reader.Integer<std::int8_t>()
                                                                  : reader.Integer<std::int16_t>();
  record.topic = reader.Copied(topic_bytes).text();
  const auto properties_bytes = reader.Integer<std::int16_t>();
  record.properties = reader.Copied(std::max<std::int32_t>(properties_bytes, 0)).text();
  return reader.ok();
}

/// The number in a CRC property: digits from the least significant on, read with Java's arithmetic,
/// which wraps and takes any character for a digit. -1 without one.
std::int32_t ExpectedCrc(std::string_view digits) {
  if (digits.empty()) return -1;
  std::uint32_t value = 0;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit)
    value = value * 10 + static_cast<std::uint32_t>(static_cast<unsigned char>(*digit)) - '0';
  return static_cast<std::int32_t>(value);
}

bool ReadDigits(std::string_view digits, std::int64_t& value) {
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value);
  return result.ec == std::errc() && result.ptr == end && value >= 0;
}

Checked Bad(std::string_view why) {
  Checked checked;
  checked.why = why;
  return checked;
}

}  // namespace

Checked CheckRecord(std::span<const std::byte> bytes, const CheckOptions& options) {
  if (bytes.size() <= 4) return Bad("no room for a record");
  const auto size = LoadBig<std::int32_t>(bytes.data() + kRecordSizeAt);
  // As in Java: bytes behind the size field against size - 4, in wrapping 32-bit arithmetic.
  const auto follow = static_cast<std::int32_t>(static_cast<std::uint32_t>(size) - 4);
  if (static_cast<std::int64_t>(bytes.size()) - 4 < follow) return Bad("size reaches past the end");
  if (bytes.size() < 8) return Bad("no room for a magic");
  const auto magic = LoadBig<std::int32_t>(bytes.data() + kRecordMagicAt);
  if (magic == kBlankMagic) {
    Checked checked;
    checked.kind = Checked::Kind::kBlank;
    checked.size = size;
    return checked;
  }
  if (!IsRecordMagic(magic)) return Bad(magic == 0 ? "nothing written" : "unknown magic");
  if (size < 0) return Bad("negative size");

  Checked checked;
  Record& record = checked.record;
  Reader reader(bytes, static_cast<std::size_t>(size));
  if (!ReadFields(reader, record)) return Bad("a part reaches past the end");
  const std::size_t end = reader.position();
  if (options.crc && !options.force_crc_property && !record.body.empty() &&
      RocketCrc32(record.body) != record.body_crc)
    return Bad("the body's CRC differs");

  const KnownProperties known = ScanProperties(record.properties);
  DispatchView& dispatch = checked.dispatch;
  dispatch.topic = record.topic;
  dispatch.queue_offset = record.queue_offset;
  const DispatchView::BadNumber bad = dispatch.SetProperties(known);
  if (bad == DispatchView::BadNumber::kDelay) return Bad("DELAY is no number");
  if (options.crc && options.force_crc_property) {
    const std::int32_t expected = ExpectedCrc(known.crc);
    if (expected < 0) return Bad("no CRC property");
    // Of another length Java covers other bytes, which have no chance to fit.
    if (end != static_cast<std::size_t>(size) || end < kCrcPropertyBytes)
      return Bad("the CRC property is not the record's");
    const Bytes covered(bytes.data(), end - kCrcPropertyBytes);
    if (RocketCrc32(covered) != static_cast<std::uint32_t>(expected))
      return Bad("the record's CRC differs");
  }
  if (end != static_cast<std::size_t>(size)) {
    checked.size = size;
    checked.kind = Checked::Kind::kWrongLength;
    checked.why = "the parts do not add up to the size";
    return checked;
  }
  if (bad == DispatchView::BadNumber::kInner) return Bad("INNER_NUM or INNER_BASE is no number");
  checked.kind = Checked::Kind::kRecord;
  checked.size = size;
  record.bytes = Bytes(bytes.data(), end);
  dispatch.log_offset = record.log_offset;
  dispatch.store_time = record.store_time;
  dispatch.queue = record.queue;
  dispatch.size = size;
  dispatch.sys_flag = record.sys_flag;
  return checked;
}

std::optional<Record> DecodeRecord(std::span<const std::byte> bytes) {
  if (bytes.size() < static_cast<std::size_t>(kRecordBytesMin)) return std::nullopt;
  const auto size = LoadBig<std::int32_t>(bytes.data() + kRecordSizeAt);
  if (size < kRecordBytesMin || static_cast<std::size_t>(size) > bytes.size() ||
      !IsRecordMagic(LoadBig<std::int32_t>(bytes.data() + kRecordMagicAt)))
    return std::nullopt;
  std::optional<Record> record(std::in_place);
  Reader reader(bytes.first(static_cast<std::size_t>(size)), static_cast<std::size_t>(size));
  if (!ReadFields(reader, *record) || reader.position() != static_cast<std::size_t>(size))
    return std::nullopt;
  record->bytes = Bytes(bytes.data(), static_cast<std::size_t>(size));
  return record;
}

std::int32_t BatchBytesOf(const Record& record) {
  const std::optional<std::string_view> value = FindProperty(record.properties, kPropertyBatch);
  if (!value.has_value() || value->size() != kBatchValueBytes ||
      (*value)[kBatchLengthDigits] != kBatchValueSeparator)
    return 0;
  std::int64_t bytes = 0, offset = 0;
  if (!ReadDigits(value->substr(0, kBatchLengthDigits), bytes) ||
      !ReadDigits(value->substr(kBatchLengthDigits + 1), offset) ||
      offset != ToInt(record.log_offset) || bytes < record.size() ||
      bytes > std::numeric_limits<std::int32_t>::max())
    return 0;
  return static_cast<std::int32_t>(bytes);
}

}  // namespace tidemark

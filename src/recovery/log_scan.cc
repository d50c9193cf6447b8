// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/log_scan.h"

#include <algorithm>

#include "src/base/byte_order.h"
#include "src/format/record.h"

namespace tidemark {
namespace {

constexpr std::int64_t kSectorBytes = 512;

/// Whether some sector holds nothing but zeroes of the record, which begins at byte `position` of
/// its file, though a part of its topic or properties belongs there.
bool LacksSector(const Record& record, std::int64_t position) {
  const std::int64_t size = record.size();
  const auto place_of = [&](std::string_view part) {
    return reinterpret_cast<const std::byte*>(part.data()) - record.bytes.data();
  };
  const std::int64_t topic_at = place_of(record.topic);
  const std::int64_t topic_end = topic_at + static_cast<std::int64_t>(record.topic.size());
  // Without properties the last bytes are the zeroes of their length.
  const std::int64_t texts_end = record.properties.empty() ? topic_end : size;
  std::int64_t start = (position + topic_at) / kSectorBytes * kSectorBytes - position;
  for (; start < texts_end; start += kSectorBytes) {
    const auto sector =
        record.bytes.span().subspan(static_cast<std::size_t>(std::max<std::int64_t>(start, 0)),
                                    static_cast<std::size_t>(std::min(start + kSectorBytes, size) -
                                                             std::max<std::int64_t>(start, 0)));
    if (std::all_of(sector.begin(), sector.end(), [](std::byte b) { return b == std::byte{0}; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<std::optional<Checked>> LogScan::Next() {
  while (at_ < segments_.end()) {
    TM_ASSIGN_OR_RETURN(const bool filler, FillerAt(at_));
    if (filler) {
      const LogOffset next = segments_.BaseOf(at_) + segments_.segment_bytes();
      // Like Java: a filler with no segment behind it is where the log goes on.
      if (next >= segments_.end()) {
        why_ = "a filler, and no segment behind it";
        return std::optional<Checked>();
      }
      at_ = next;
      continue;
    }
    TM_ASSIGN_OR_RETURN(std::optional<Checked> record, RecordAt(at_));
    if (!record.has_value()) return std::optional<Checked>();
    if (const std::int64_t batch_bytes = BatchBytesOf(record->record); batch_bytes > 0) {
      TM_ASSIGN_OR_RETURN(const bool whole, BatchIsWhole(at_, batch_bytes));
      if (!whole) {
        why_ = Format("a batch of {} bytes that is not whole: {}", batch_bytes, why_);
        return std::optional<Checked>();
      }
      TM_ASSIGN_OR_RETURN(record, RecordAt(at_));  // the look ahead may have moved the bytes
    }
    at_ = at_ + record->record.size();
    return record;
  }
  why_ = "the end of the last segment";
  return std::optional<Checked>();
}

Result<bool> LogScan::FillerAt(LogOffset at) {
  TM_ASSIGN_OR_RETURN(const auto bytes, reader_.At(at, kBlankHeaderBytes));
  if (bytes.size() < static_cast<std::size_t>(kBlankHeaderBytes)) return false;
  const std::int64_t left = segments_.BaseOf(at) + segments_.segment_bytes() - at;
  const auto size = LoadBig<std::int32_t>(bytes.data());
  return LoadBig<std::int32_t>(bytes.data() + kRecordMagicAt) == kBlankMagic && size >= 0 &&
         size <= left;
}

Result<std::optional<Checked>> LogScan::RecordAt(LogOffset at) {
  TM_ASSIGN_OR_RETURN(auto bytes, reader_.At(at, kBlankHeaderBytes));
  const std::int64_t left = segments_.BaseOf(at) + segments_.segment_bytes() - at;
  const std::int64_t size = bytes.size() < 4 ? 0 : LoadBig<std::int32_t>(bytes.data());
  if (size < kRecordBytesMin || size > left) {
    why_ = size == 0 ? "zeroes" : Format("a size of {} with {} bytes left", size, left);
    return std::optional<Checked>();
  }
  TM_ASSIGN_OR_RETURN(bytes, reader_.At(at, size));
  const Checked checked =
      CheckRecord(bytes.first(static_cast<std::size_t>(size)), {.crc = options_.crc});
  if (checked.kind != Checked::Kind::kRecord) {
    why_ = std::string(checked.why);
    return std::optional<Checked>();
  }
  if (checked.record.log_offset != at) {
    why_ = Format("a record that belongs at log offset {}", ToInt(checked.record.log_offset));
    return std::optional<Checked>();
  }
  if (at >= options_.torn_from && LacksSector(checked.record, segments_.PositionIn(at))) {
    why_ = "a sector of its topic or properties is missing";
    return std::optional<Checked>();
  }
  return std::optional<Checked>(checked);
}

Result<bool> LogScan::BatchIsWhole(LogOffset at, std::int64_t bytes) {
  for (const LogOffset end = at + bytes; at < end;) {
    TM_ASSIGN_OR_RETURN(const std::optional<Checked> record, RecordAt(at));
    if (!record.has_value()) return false;
    at = at + record->record.size();
    if (at > end) {
      why_ = "its records do not add up";
      return false;
    }
  }
  return true;
}

}  // namespace tidemark

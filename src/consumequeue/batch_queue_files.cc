// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/batch_queue_files.h"

#include <algorithm>
#include <array>
#include <vector>

#include "src/base/byte_order.h"
#include "src/base/check.h"

namespace tidemark {
namespace {

constexpr std::int64_t kFilesRecovered = 3;
constexpr std::int64_t kUnitsAtOnce = 256;

std::int64_t PositionOf(std::int64_t index) {
  return index * kBatchUnitBytes;
}

}  // namespace

void EncodeBatchUnit(const BatchUnit& unit, std::byte* to) {
  StoreBig(to, ToInt(unit.log_offset));
  StoreBig(to + 8, unit.size);
  StoreBig(to + 12, unit.tags_code);
  StoreBig(to + 20, static_cast<std::int64_t>(unit.store_time.time_since_epoch().count()));
  StoreBig(to + 28, ToInt(unit.first));
  StoreBig(to + 36, unit.messages);
  StoreBig(to + 38, std::int32_t{-1});
  StoreBig(to + 42, std::int32_t{0});
}

BatchUnit DecodeBatchUnit(const std::byte* from) {
  BatchUnit unit;
  unit.log_offset = LogOffset{LoadBig<std::int64_t>(from)};
  unit.size = LoadBig<std::int32_t>(from + 8);
  unit.tags_code = LoadBig<std::int64_t>(from + 12);
  unit.store_time = WallTime(std::chrono::milliseconds(LoadBig<std::int64_t>(from + 20)));
  unit.first = QueueOffset{LoadBig<std::int64_t>(from + 28)};
  unit.messages = LoadBig<std::int16_t>(from + 36);
  return unit;
}

BatchQueueFiles::BatchQueueFiles(const QueueStorage& storage, const std::string& topic,
                                 std::int32_t queue)
    : directory_(storage, topic, queue) {
  TM_CHECK(storage.file_bytes > 0 && storage.file_bytes % kBatchUnitBytes == 0,
           "batch queue files of {} bytes", storage.file_bytes);
}

Result<BatchUnit> BatchQueueFiles::UnitAt(std::int64_t index) {
  std::array<std::byte, kBatchUnitBytes> bytes;
  TM_RETURN_IF_ERROR(directory_.Read(PositionOf(index), bytes));
  return DecodeBatchUnit(bytes.data());
}

template <typename Predicate>
Result<std::int64_t> BatchQueueFiles::FirstUnit(std::int64_t low, std::int64_t high,
                                                Predicate holds) {
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    TM_ASSIGN_OR_RETURN(const BatchUnit unit, UnitAt(middle));
    if (holds(unit)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

Status BatchQueueFiles::Recover() {
  TM_ASSIGN_OR_RETURN(const QueueDirectory::Span span, directory_.Bounds());
  first_ = span.first / kBatchUnitBytes;
  end_ =
      std::max(span.first, span.end - kFilesRecovered * directory_.file_bytes()) / kBatchUnitBytes;
  const std::int64_t room_end = span.end / kBatchUnitBytes;
  std::vector<std::byte> bytes(kUnitsAtOnce * kBatchUnitBytes);
  for (bool valid = true; valid && end_ < room_end;) {
    const std::int64_t here = std::min(kUnitsAtOnce, room_end - end_);
    TM_RETURN_IF_ERROR(directory_.Read(
        PositionOf(end_), std::span(bytes).first(static_cast<std::size_t>(PositionOf(here)))));
    for (std::int64_t i = 0; i < here && valid; ++i) {
      valid = DecodeBatchUnit(&bytes[static_cast<std::size_t>(PositionOf(i))]).IsValid();
      if (valid) ++end_;
    }
  }
  return TakeBounds();
}

Status BatchQueueFiles::TakeBounds() {
  min_ = max_ = QueueOffset{0};
  last_log_offset_.reset();
  if (first_ == end_) return {};
  TM_ASSIGN_OR_RETURN(const BatchUnit first, UnitAt(first_));
  TM_ASSIGN_OR_RETURN(const BatchUnit last, UnitAt(end_ - 1));
  min_ = first.first;
  max_ = last.end();
  last_log_offset_ = last.log_offset;
  return {};
}

Result<std::optional<BatchUnit>> BatchQueueFiles::Find(QueueOffset offset) {
  if (offset < min_ || offset >= max_) return std::optional<BatchUnit>();
  TM_ASSIGN_OR_RETURN(
      const std::int64_t behind,
      FirstUnit(first_, end_, [&](const BatchUnit& unit) { return unit.first > offset; }));
  if (behind == first_) return std::optional<BatchUnit>();
  TM_ASSIGN_OR_RETURN(const BatchUnit found, UnitAt(behind - 1));
  // Offsets of a topic that was made again may leave holes.
  if (offset >= found.end()) return std::optional<BatchUnit>();
  return std::optional<BatchUnit>(found);
}

Status BatchQueueFiles::Append(const BatchUnit& unit) {
  TM_CHECK(unit.IsValid(), "unit at log offset {} of {} messages", ToInt(unit.log_offset),
           unit.messages);
  TM_CHECK(unit.first >= max_, "unit of offset {}, the queue ends at {}", ToInt(unit.first),
           ToInt(max_));
  std::array<std::byte, kBatchUnitBytes> bytes;
  EncodeBatchUnit(unit, bytes.data());
  TM_RETURN_IF_ERROR(directory_.Write(PositionOf(end_), bytes));
  if (first_ == end_) min_ = unit.first;
  ++end_;
  max_ = unit.end();
  last_log_offset_ = unit.log_offset;
  return {};
}

Status BatchQueueFiles::TruncateFrom(LogOffset log_end) {
  TM_ASSIGN_OR_RETURN(end_, FirstUnit(first_, end_, [&](const BatchUnit& unit) {
                        return unit.log_offset >= log_end || unit.log_offset + unit.size > log_end;
                      }));
  TM_RETURN_IF_ERROR(directory_.ClearFrom(PositionOf(end_)));
  return TakeBounds();
}

Status BatchQueueFiles::CorrectMin(LogOffset log_min) {
  if (first_ == end_) return {};
  TM_ASSIGN_OR_RETURN(const std::int64_t live, FirstUnit(first_, end_, [&](const BatchUnit& unit) {
                        return unit.log_offset >= log_min;
                      }));
  if (live == first_) return {};
  // Behind the last message that is gone, which need not be where the next one begins.
  TM_ASSIGN_OR_RETURN(const BatchUnit gone, UnitAt(live - 1));
  min_ = std::max(min_, gone.end());
  return {};
}

Result<QueueOffset> BatchQueueFiles::OffsetAt(WallTime time, bool upper) {
  if (first_ == end_) return min_;
  TM_ASSIGN_OR_RETURN(std::int64_t at, FirstUnit(first_, end_, [&](const BatchUnit& unit) {
                        return unit.store_time > time || (!upper && unit.store_time == time);
                      }));
  if (upper && at > first_) --at;
  if (at == end_) return max_;
  TM_ASSIGN_OR_RETURN(const BatchUnit found, UnitAt(at));
  return std::max(min_, found.first);
}

Status BatchQueueFiles::DeleteBefore(LogOffset log_min) {
  const std::int64_t units_per_file = directory_.file_bytes() / kBatchUnitBytes;
  while (true) {
    TM_ASSIGN_OR_RETURN(const QueueDirectory::Span span, directory_.Bounds());
    const std::int64_t file_end = span.first / kBatchUnitBytes + units_per_file;
    if (span.first + directory_.file_bytes() >= span.end || file_end >= end_) return {};
    TM_ASSIGN_OR_RETURN(const BatchUnit last, UnitAt(file_end - 1));
    if (last.log_offset >= log_min) return {};
    TM_RETURN_IF_ERROR(directory_.RemoveFirst());
    first_ = file_end;
  }
}

Status BatchQueueFiles::RemoveAll() {
  TM_RETURN_IF_ERROR(directory_.RemoveAll());
  first_ = end_ = 0;
  return TakeBounds();
}

}  // namespace tidemark

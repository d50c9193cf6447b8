// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "src/consumequeue/queue_directory.h"
#include "tidemark/types.h"

// Topics whose `queue.type` is BatchCQ keep their queues in <store>/batchconsumequeue: one unit a
// record, which holds one message or several. A unit, 46 bytes, all big-endian:
//   0  i64  log offset of the record
//   8  i32  size of the record
//  12  i64  tags code
//  20  i64  store time
//  28  i64  queue offset of the record's first message
//  36  i16  number of messages
//  38  i32  compacted offset: -1
//  42  i32  reserved: 0
// Units follow each other from the first file on; where a unit lies says nothing of its offset.
namespace tidemark {

inline constexpr std::int64_t kBatchUnitBytes = 46;
static_assert(kBatchUnitBytes == 8 + 4 + 8 + 8 + 8 + 2 + 4 + 4, "part of the format");

struct BatchUnit {
  LogOffset log_offset{};
  std::int32_t size = 0;
  std::int64_t tags_code = 0;
  WallTime store_time{};
  QueueOffset first{};
  std::int16_t messages = 0;

  /// Behind the last message.
  QueueOffset end() const { return first + messages; }
  /// What RocketMQ's recovery takes for a unit.
  bool IsValid() const {
    return ToInt(log_offset) >= 0 && size > 0 && ToInt(first) >= 0 && messages > 0;
  }
  friend bool operator==(const BatchUnit&, const BatchUnit&) = default;
};

void EncodeBatchUnit(const BatchUnit& unit, std::byte* to);
BatchUnit DecodeBatchUnit(const std::byte* from);

/// The units of one BatchCQ queue. Thread-bound.
class BatchQueueFiles {
 public:
  /// `storage.file_bytes` is a multiple of 46 (mapperFileSizeBatchConsumeQueue).
  BatchQueueFiles(const QueueStorage& storage, const std::string& topic, std::int32_t queue);

  /// Finds the end of the units as RocketMQ does, in the last three files, and the bounds. First of
  /// all calls. Changes nothing. Errors: as QueueDirectory::Bounds.
  Status Recover();

  /// Messages lie in [min, max). Without units both are 0.
  QueueOffset min() const { return min_; }
  QueueOffset max() const { return max_; }
  /// Where the last unit's record starts: a record at or below is there already.
  std::optional<LogOffset> last_log_offset() const { return last_log_offset_; }
  std::int64_t units() const { return end_ - first_; }

  /// The unit of the record that holds message `offset`; none outside [min, max).
  Result<std::optional<BatchUnit>> Find(QueueOffset offset);

  /// The offset of the first record stored at or after `time`, or (`upper`) of the last one at or
  /// before; clamped into [min, max].
  Result<QueueOffset> OffsetAt(WallTime time, bool upper);

  /// Adds a unit behind the others. Durable after Sync.
  Status Append(const BatchUnit& unit);
  Status Sync() { return directory_.Sync(); }

  /// The log was cut at `log_end`: units that point at or past it go, and what is behind the last
  /// one kept is zeroed, durably.
  Status TruncateFrom(LogOffset log_end);

  /// The log begins at `log_min`: raises min past the units that point below.
  Status CorrectMin(LogOffset log_min);
  /// Removes files, oldest first and never the last, whose last unit points below `log_min`.
  Status DeleteBefore(LogOffset log_min);
  /// Removes all files; none of the queue is left.
  Status RemoveAll();

 private:
  Result<BatchUnit> UnitAt(std::int64_t index);
  /// The first unit in [low, high) for which `holds`, which is false up to it and true from it on.
  template <typename Predicate>
  Result<std::int64_t> FirstUnit(std::int64_t low, std::int64_t high, Predicate holds);
  Status TakeBounds();

  QueueDirectory directory_;
  // Units lie at [first_, end_), counted in units from byte 0.
  std::int64_t first_ = 0;
  std::int64_t end_ = 0;
  QueueOffset min_{0};
  QueueOffset max_{0};
  std::optional<LogOffset> last_log_offset_;
};

}  // namespace tidemark

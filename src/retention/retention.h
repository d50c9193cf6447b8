// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "src/base/mutex.h"
#include "src/commitlog/block_checksums.h"
#include "src/commitlog/commit_log.h"
#include "src/consumequeue/batch_queues.h"
#include "src/consumequeue/queue_table.h"
#include "src/index/key_index.h"
#include "tidemark/options.h"

namespace tidemark {

/// Decides which segments may go, and lets them go one at a time: the oldest first, never the one
/// in use, never past the checkpoint; queue and index files follow. RocketMQ's rules
/// (CleanCommitLogService). Thread-safe.
class Retention {
 public:
  Retention(io::Machine& machine, const std::filesystem::path& root,
            const RetentionOptions& options, CommitLog& log, QueueTable& queues,
            BatchQueueTable& batch_queues, KeyIndex* index, BlockChecksums& checksums,
            WallTime last_store_time);

  /// What is due now, at most one segment; `rest` is lowered to when to come again.
  /// Returns how many segments went.
  Result<std::int64_t> Turn(LogOffset checkpoint, std::chrono::nanoseconds* rest);

  /// All segments that end at or below `offset`.
  Result<std::int64_t> DeleteBefore(LogOffset offset, LogOffset checkpoint);
  /// All that age and size allow, at any hour.
  Result<std::int64_t> DeleteExpired(LogOffset checkpoint);

  /// Not ok while the disk is so full that appends are to be refused.
  Status refusal();

 private:
  bool MayDeleteOldest(LogOffset checkpoint) const;
  Result<bool> OldestIsExpired();
  bool LogIsTooLarge() const;
  bool HourHasCome();
  /// A wall clock that jumped would expire everything at once.
  bool ClockIsTrusted();
  Status DeleteOldest() REQUIRES(mutex_);
  Status FollowUp() REQUIRES(mutex_);

  io::Machine& machine_;
  const std::filesystem::path& root_;
  const RetentionOptions options_;
  CommitLog& log_;
  QueueTable& queues_;
  BatchQueueTable& batch_queues_;
  KeyIndex* const index_;
  BlockChecksums& checksums_;
  /// What wall clock and monotonic clock differed by when the store opened.
  const std::chrono::nanoseconds clock_difference_;
  /// Whether the wall clock then agreed with the times in the log.
  const bool clock_fits_log_;
  Mutex mutex_;
  Mutex refusal_mutex_;
  Status refusal_ GUARDED_BY(refusal_mutex_);
};

}  // namespace tidemark

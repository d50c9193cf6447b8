// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>

#include "src/base/mutex.h"
#include "src/commitlog/commit_log.h"
#include "src/engine/sequencer.h"
#include "src/recovery/recover.h"

namespace tidemark {

/// Brings queues, index and the sidecar up to the durable log, so that a recovery starts there.
/// Thread-safe; one at a time runs.
class Checkpointer {
 public:
  Checkpointer(io::Machine& machine, const std::filesystem::path& root, RecoveredStore& store,
               CommitLog& log, Sequencer& sequencer, std::int64_t unsynced_bytes_max)
      : machine_(machine),
        root_(root),
        store_(store),
        log_(log),
        sequencer_(sequencer),
        unsynced_bytes_max_(unsynced_bytes_max) {}

  /// Takes a checkpoint; `seal`: the last one, the store is closed after it.
  Status Run(bool seal);
  /// Notes the durable mark, if it advanced.
  Status WriteMark();

  LogOffset checkpoint() const { return LogOffset{checkpoint_.load(std::memory_order_acquire)}; }
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  Snapshot TakeSnapshot(LogOffset checkpoint) REQUIRES(mutex_);
  Status WriteJavaCheckpoint(LogOffset checkpoint, WallTime time) REQUIRES(mutex_);

  io::Machine& machine_;
  const std::filesystem::path& root_;
  RecoveredStore& store_;
  CommitLog& log_;
  Sequencer& sequencer_;
  const std::int64_t unsynced_bytes_max_;
  Mutex mutex_;
  LogOffset marked_ GUARDED_BY(mutex_){};
  std::atomic<std::int64_t> checkpoint_{-1};
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "src/base/mutex.h"
#include "src/commitlog/commit_log.h"
#include "src/engine/append_path.h"

namespace tidemark {

/// Takes another store's log in: raw bytes, cut anywhere, become whole checked records at the very
/// offsets they had. Thread-safe; slices come one after the other.
class ReplicaIntake {
 public:
  ReplicaIntake(CommitLog& log, AppendPath& append_path) : log_(log), append_path_(append_path) {}

  /// Takes `bytes`, which belong at `offset`; what is no whole record (or batch) yet waits here.
  /// Returns the end of what was taken, where the next slice has to start.
  /// Errors: kOutOfRange (`offset` is elsewhere), kDataLoss (an invalid record: neither it nor
  /// anything behind it was taken), as Append.
  Result<LogOffset> Append(LogOffset offset, Bytes bytes);

  static Status RefuseAppend();

 private:
  /// Takes whole records off the front of what waits.
  Status TakeRecords() REQUIRES(mutex_);

  CommitLog& log_;
  AppendPath& append_path_;
  Mutex mutex_;
  /// Received, not appended yet; starts where the log ends, or within a filler behind it.
  std::vector<std::byte> waiting_ GUARDED_BY(mutex_);
  LogOffset waiting_start_ GUARDED_BY(mutex_){-1};
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/retention/retention.h"

#include <time.h>

#include <algorithm>

namespace tidemark {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::hours kClockJumpMax{1};
// A store that lay closed for so long is more likely one whose computer lost the time.
constexpr std::chrono::days kClosedMax{180};
constexpr std::chrono::seconds kLookAgain{10};  // cleanResourceInterval

}  // namespace

Retention::Retention(io::Machine& machine, const std::filesystem::path& root,
                     const RetentionOptions& options, CommitLog& log, QueueTable& queues,
                     BatchQueueTable& batch_queues, KeyIndex* index, BlockChecksums& checksums,
                     WallTime last_store_time)
    : machine_(machine),
      root_(root),
      options_(options),
      log_(log),
      queues_(queues),
      batch_queues_(batch_queues),
      index_(index),
      checksums_(checksums),
      clock_difference_(machine.clock().Wall() - machine.clock().Monotonic()),
      clock_fits_log_(last_store_time == WallTime{} ||
                      machine.clock().Wall() - last_store_time.time_since_epoch() <= kClosedMax) {}

bool Retention::MayDeleteOldest(LogOffset checkpoint) const {
  const LogOffset oldest_end = log_.min() + log_.segments().segment_bytes();
  // The segment in use is never deleted, and recovery reads from the checkpoint on.
  return oldest_end <= log_.segments().BaseOf(log_.published()) && oldest_end <= checkpoint;
}

Result<bool> Retention::OldestIsExpired() {
  if (!ClockIsTrusted()) return false;
  TM_ASSIGN_OR_RETURN(const io::FileInfo info,
                      machine_.files().Stat(log_.segments().PathOf(log_.min())));
  return machine_.clock().Wall() - nanoseconds(info.modified_ns) >= options_.age_max;
}

bool Retention::ClockIsTrusted() {
  if (!clock_fits_log_) return false;
  const nanoseconds difference = machine_.clock().Wall() - machine_.clock().Monotonic();
  return std::chrono::abs(difference - clock_difference_) <= kClockJumpMax;
}

bool Retention::LogIsTooLarge() const {
  return options_.log_bytes_max > 0 && log_.published() - log_.min() > options_.log_bytes_max;
}

bool Retention::HourHasCome() {
  if (options_.delete_hours.empty()) return true;
  const std::time_t now =
      std::chrono::duration_cast<std::chrono::seconds>(machine_.clock().Wall()).count();
  std::tm local{};
  localtime_r(&now, &local);
  return std::find(options_.delete_hours.begin(), options_.delete_hours.end(), local.tm_hour) !=
         options_.delete_hours.end();
}

Result<std::int64_t> Retention::Turn(LogOffset checkpoint, nanoseconds* rest) {
  TM_ASSIGN_OR_RETURN(const io::SpaceInfo space, machine_.files().Space(root_));
  const double used = static_cast<double>(space.total_bytes - space.free_bytes);
  const double ratio = used + static_cast<double>(space.available_bytes) > 0
                           ? used / (used + static_cast<double>(space.available_bytes))
                           : 0;
  {
    MutexLock lock(refusal_mutex_);
    refusal_ =
        ratio > options_.disk_ratio_refuse
            ? ResourceExhausted(
                  "the disk of {} is {:.0f} % full, above disk_ratio_refuse ({:.0f} %): free "
                  "space, or let retention delete more",
                  root_.string(), 100 * ratio, 100 * options_.disk_ratio_refuse)
            : Status();
  }
  if (!options_.automatic) return std::int64_t{0};
  *rest = std::min<nanoseconds>(*rest, kLookAgain);
  MutexLock lock(mutex_);
  if (!MayDeleteOldest(checkpoint)) return std::int64_t{0};
  bool due = ratio > options_.disk_ratio_force || LogIsTooLarge();
  if (!due && (HourHasCome() || ratio > options_.disk_ratio_expire)) {
    TM_ASSIGN_OR_RETURN(due, OldestIsExpired());
  }
  if (!due) return std::int64_t{0};
  TM_RETURN_IF_ERROR(DeleteOldest());
  *rest = std::min<nanoseconds>(*rest, options_.pause);
  return std::int64_t{1};
}

Result<std::int64_t> Retention::DeleteBefore(LogOffset offset, LogOffset checkpoint) {
  MutexLock lock(mutex_);
  std::int64_t deleted = 0;
  while (MayDeleteOldest(checkpoint) && log_.min() + log_.segments().segment_bytes() <= offset) {
    TM_RETURN_IF_ERROR(DeleteOldest());
    ++deleted;
  }
  return deleted;
}

Result<std::int64_t> Retention::DeleteExpired(LogOffset checkpoint) {
  MutexLock lock(mutex_);
  std::int64_t deleted = 0;
  while (MayDeleteOldest(checkpoint)) {
    TM_ASSIGN_OR_RETURN(const bool expired, OldestIsExpired());
    if (!expired && !LogIsTooLarge()) break;
    TM_RETURN_IF_ERROR(DeleteOldest());
    ++deleted;
  }
  return deleted;
}

Status Retention::DeleteOldest() {
  TM_RETURN_IF_ERROR(log_.DeleteFirstSegment());
  return FollowUp();
}

Status Retention::FollowUp() {
  Status first_error;
  queues_.ForEach([&](ConsumeQueue& queue) {
    const Status status = queue.DeleteBefore(log_.min());
    if (first_error.ok()) first_error = status;
  });
  TM_RETURN_IF_ERROR(first_error);
  TM_RETURN_IF_ERROR(
      batch_queues_.ForEach([&](BatchQueue& queue) { return queue.DeleteBefore(log_.min()); }));
  if (index_ != nullptr) TM_RETURN_IF_ERROR(index_->DeleteBefore(log_.min()).error());
  return checksums_.DropBefore(log_.min());
}

Status Retention::refusal() {
  MutexLock lock(refusal_mutex_);
  return refusal_;
}

}  // namespace tidemark

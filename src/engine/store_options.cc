// SPDX-License-Identifier: Apache-2.0
#include "src/engine/store_options.h"

#include <algorithm>
#include <chrono>

namespace tidemark {
namespace {

// Longer than any store lives, and short enough for 64 bits of nanoseconds with a clock on top.
constexpr std::chrono::hours kNever{24 * 365 * 200};
constexpr std::int64_t kBytesMax = std::int64_t{1} << 60;
// The largest message that RocketMQ takes by default, with its topic and properties.
constexpr std::int64_t kRecordBytesMax = (4 << 20) + (64 << 10);

template <typename Duration>
void Bound(Duration& duration) {
  duration = std::min<Duration>(duration, kNever);
}

Status CheckRetention(const RetentionOptions& options) {
  if (options.age_max.count() < 0 || options.pause.count() < 0 || options.log_bytes_max < 0) {
    return InvalidArgument("age_max, pause or log_bytes_max of the retention lies below 0");
  }
  for (const int hour : options.delete_hours) {
    if (hour < 0 || hour > 23) {
      return InvalidArgument("delete_hours has {}, and a day the hours 0 to 23", hour);
    }
  }
  for (const double ratio :
       {options.disk_ratio_expire, options.disk_ratio_force, options.disk_ratio_refuse}) {
    if (!(ratio > 0 && ratio <= 1)) {
      return InvalidArgument("a disk ratio of {} lies outside (0, 1]", ratio);
    }
  }
  return {};
}

}  // namespace

Status CheckStoreOptions(const StoreOptions& options) {
  if (options.memory_bytes_max < (256 << 10)) {
    return InvalidArgument("memory_bytes_max {} lies below 256 KiB", options.memory_bytes_max);
  }
  if (options.message_bytes_max < 1 || options.write_behind_bytes_max < 1 ||
      options.unsynced_bytes_max < 1 || options.checkpoint_log_bytes < 1) {
    return InvalidArgument("a bound of the options lies below 1");
  }
  if (options.sync_interval.count() <= 0 || options.checkpoint_interval.count() <= 0 ||
      options.append_timeout.count() < 0) {
    return InvalidArgument("an interval of the options is not positive");
  }
  return CheckRetention(options.retention);
}

void BoundStoreOptions(StoreOptions& options) {
  Bound(options.sync_interval);
  Bound(options.append_timeout);
  Bound(options.checkpoint_interval);
  Bound(options.retention.age_max);
  Bound(options.retention.pause);
  for (std::int64_t* const bytes :
       {&options.memory_bytes_max, &options.write_behind_bytes_max, &options.unsynced_bytes_max,
        &options.checkpoint_log_bytes, &options.retention.log_bytes_max}) {
    *bytes = std::min(*bytes, kBytesMax);
  }
}

// Beyond the soft bound: what two claims of the largest record, each with a filler before it, add.
std::int64_t UnsyncedHardMax(const StoreOptions& options) {
  return options.unsynced_bytes_max +
         4 * std::max<std::int64_t>(kRecordBytesMax, options.message_bytes_max);
}

}  // namespace tidemark

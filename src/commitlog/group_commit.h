// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "src/base/mutex.h"
#include "src/commitlog/log_writer.h"
#include "tidemark/options.h"

namespace tidemark {

/// Lets many appenders share one write and one sync. The first who waits leads: commits everything
/// published, hands leadership to one of those that came meanwhile, then wakes those it covered.
/// Never two commits at once. After an error that leaves the device in doubt nothing is ever
/// acknowledged again. Thread-safe.
class GroupCommit {
 public:
  using Callback = std::function<void(Status)>;

  GroupCommit(LogWriter& writer, Marks& marks, io::Clock& clock)
      : writer_(writer), marks_(marks), clock_(clock) {}

  /// Called after *durable* or *written* advanced, without a lock. Set before use.
  void set_on_progress(std::function<void()> on_progress) { on_progress_ = std::move(on_progress); }

  /// Returns when `end` (which is published) is as durable as `until` asks; leads if nobody does.
  /// Errors: kDeadlineExceeded (monotonic `deadline`), kDataLoss (the log's device failed).
  /// Settled callbacks run here: the caller holds no lock.
  Status Await(LogOffset end, Durability until, std::chrono::nanoseconds deadline);

  /// Runs callbacks whose outcome is known. Never under a lock: whoever leads may hold one.
  void RunSettled();
  bool has_settled() const { return has_settled_.load(std::memory_order_acquire); }

  /// As Await; `done` runs in somebody's RunSettled (or here, when there is nothing to wait for).
  /// False: the commit that
  /// runs now, if one does, does not cover it, so somebody must be told to lead another (the writer
  /// thread).
  bool AwaitAsync(LogOffset end, Durability until, Callback done);

  /// Commits now, once whoever leads has finished. `sync`: up to the device.
  /// Errors: kResourceExhausted (no room for what is in memory: nothing is lost yet), kDataLoss,
  /// kDeadlineExceeded (somebody else leads for so long).
  Status CommitNow(bool sync, std::chrono::nanoseconds deadline = std::chrono::nanoseconds::max());

  /// Appends that a callback waits for.
  bool has_callbacks();
  /// Somebody waits for a sync that no commit brings yet.
  bool sync_wanted();

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  /// Ok, or what failed the log for good.
  Status failure();
  /// Fails the log for good, as a device error would; callbacks are left to RunSettled.
  void Fail(Status why);

  /// Completes every callback, with `why` if its outcome is not known. Never under a lock.
  void Abandon(const Status& why);

 private:
  struct Waiting {
    LogOffset end;
    Durability until;
    Callback done;
  };
  struct Settled {
    Callback done;
    Status outcome;
  };
  struct Group {
    std::atomic<std::uint32_t> word{0};
    int sleepers = 0;
  };

  /// What to do while the kernel has no room for what is published.
  enum class NoSpace : std::uint8_t { kWait, kReturn };
  Status AwaitOr(LogOffset end, Durability until, std::chrono::nanoseconds deadline,
                 NoSpace no_space);

  bool Reached(LogOffset end, Durability until) const {
    return end <= (until == Durability::kDevice ? marks_.durable : marks_.written).get();
  }
  void Settle(Waiting& waiting, Status outcome) REQUIRES(mutex_) {
    settled_.push_back({std::move(waiting.done), std::move(outcome)});
    has_settled_.store(true, std::memory_order_release);
  }
  /// With leadership taken: commits, settles callbacks, gives leadership up. Called and left with
  /// the mutex held.
  Status Lead(bool sync) REQUIRES(mutex_);
  /// Nobody leads and somebody sleeps: wakes one, who will.
  void PassOn() REQUIRES(mutex_);
  Group& next_group() REQUIRES(mutex_) { return groups_[(commits_ + 1) & 1]; }

  LogWriter& writer_;
  Marks& marks_;
  io::Clock& clock_;
  std::function<void()> on_progress_;
  std::atomic<bool> failed_{false};

  Mutex mutex_;
  bool leading_ GUARDED_BY(mutex_) = false;
  bool sync_wanted_ GUARDED_BY(mutex_) = false;  // by somebody whom no commit covers yet
  std::uint64_t commits_ GUARDED_BY(mutex_) = 0;
  LogOffset covered_ GUARDED_BY(mutex_){};  // by the commit in flight
  bool covered_sync_ GUARDED_BY(mutex_) = false;
  // Sleepers of the commit in flight, and of the one after it, in turn.
  Group groups_[2];
  std::vector<Waiting> callbacks_ GUARDED_BY(mutex_);
  std::vector<Settled> settled_ GUARDED_BY(mutex_);  // for RunSettled
  std::atomic<bool> has_settled_{false};
  Status failure_ GUARDED_BY(mutex_);
};

}  // namespace tidemark

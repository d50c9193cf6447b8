// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/group_commit.h"

#include <algorithm>

#include "src/base/futex.h"

namespace tidemark {
namespace {

using std::chrono::nanoseconds;

Status Overdue(LogOffset end, Durability until) {
  return DeadlineExceeded(
      "the log did not reach offset {} on the {} in time; the append may still succeed", ToInt(end),
      until == Durability::kDevice ? "device" : "kernel's side");
}

}  // namespace

Status GroupCommit::AwaitOr(LogOffset end, Durability until, nanoseconds deadline,
                            NoSpace no_space) {
  if (Reached(end, until)) return {};
  mutex_.Lock();
  Status result;
  while (!Reached(end, until)) {
    if (!failure_.ok()) {
      result = failure_;
      break;
    }
    const nanoseconds left = deadline - clock_.Monotonic();
    if (left.count() <= 0) {
      result = Overdue(end, until);
      break;
    }
    if (!leading_) {
      Status committed = Lead(until == Durability::kDevice);
      if (committed.code() == StatusCode::kResourceExhausted) {
        if (no_space == NoSpace::kReturn) {
          result = std::move(committed);
          break;
        }
        // The kernel has no room just now; what is published stays in memory for the next try.
        mutex_.Unlock();
        std::atomic<std::uint32_t> never{0};
        FutexWait(never, 0, std::min<nanoseconds>(left, std::chrono::milliseconds(10)));
        mutex_.Lock();
      }
      continue;
    }
    const bool covered = end <= covered_ && (until != Durability::kDevice || covered_sync_);
    if (!covered && until == Durability::kDevice) sync_wanted_ = true;
    Group& group = covered ? groups_[commits_ & 1] : next_group();
    const std::uint32_t word = group.word.load(std::memory_order_relaxed);
    ++group.sleepers;
    mutex_.Unlock();
    FutexWait(group.word, word, left);
    mutex_.Lock();
    --group.sleepers;
  }
  PassOn();
  mutex_.Unlock();
  return result;
}

bool GroupCommit::AwaitAsync(LogOffset end, Durability until, Callback done) {
  Status now;
  {
    MutexLock lock(mutex_);
    if (failure_.ok() && !Reached(end, until)) {
      callbacks_.push_back({end, until, std::move(done)});
      const bool covered =
          leading_ && end <= covered_ && (until != Durability::kDevice || covered_sync_);
      if (!covered && until == Durability::kDevice) sync_wanted_ = true;
      return covered;
    }
    now = Reached(end, until) ? Status() : failure_;
  }
  done(std::move(now));
  return true;
}

Status GroupCommit::Await(LogOffset end, Durability until, nanoseconds deadline) {
  Status result = AwaitOr(end, until, deadline, NoSpace::kWait);
  RunSettled();
  return result;
}

void GroupCommit::RunSettled() {
  // A callback may append and settle others.
  while (has_settled()) {
    std::vector<Settled> settled;
    {
      MutexLock lock(mutex_);
      settled.swap(settled_);
      has_settled_.store(false, std::memory_order_relaxed);
    }
    for (Settled& one : settled) one.done(std::move(one.outcome));
  }
}

Status GroupCommit::CommitNow(bool sync, nanoseconds deadline) {
  const LogOffset end = marks_.published.get();
  return AwaitOr(end, sync ? Durability::kDevice : Durability::kKernel, deadline, NoSpace::kReturn);
}

bool GroupCommit::has_callbacks() {
  MutexLock lock(mutex_);
  return !callbacks_.empty();
}

bool GroupCommit::sync_wanted() {
  MutexLock lock(mutex_);
  return sync_wanted_;
}

Status GroupCommit::Lead(bool sync) {
  leading_ = true;
  covered_sync_ = sync || sync_wanted_;
  sync_wanted_ = false;
  covered_ = marks_.published.get();
  ++commits_;
  const bool want_sync = covered_sync_;
  mutex_.Unlock();

  const Status committed = writer_.Commit(want_sync);
  if (on_progress_) on_progress_();  // one that failed may have come some way

  mutex_.Lock();
  leading_ = false;
  if (!committed.ok()) {
    if (committed.code() == StatusCode::kResourceExhausted) {
      sync_wanted_ = sync_wanted_ || want_sync;
    } else if (failure_.ok()) {
      failure_ = DataLoss(
          "the log could not be written to its device; what was not acknowledged before is in "
          "doubt, and nothing is acknowledged any more until the store was reopened: {}",
          committed.message());
      failed_.store(true, std::memory_order_release);
    }
  }
  std::vector<Waiting> open;
  for (Waiting& waiting : callbacks_) {
    if (Reached(waiting.end, waiting.until)) {
      Settle(waiting, Status());
    } else if (!failure_.ok()) {
      Settle(waiting, failure_);
    } else {
      open.push_back(std::move(waiting));
    }
  }
  callbacks_ = std::move(open);
  for (const Waiting& waiting : callbacks_) {
    if (waiting.until == Durability::kDevice) sync_wanted_ = true;
  }
  Group& covered = groups_[commits_ & 1];
  const bool wake = covered.sleepers > 0;
  if (wake) covered.word.fetch_add(1, std::memory_order_relaxed);
  // The next leader starts before anybody else is woken: waking takes longer than a write.
  PassOn();
  if (wake) {
    mutex_.Unlock();
    FutexWakeAll(covered.word);
    mutex_.Lock();
  }
  return committed;
}

void GroupCommit::PassOn() {
  Group& group = next_group();
  if (leading_ || group.sleepers == 0) return;
  group.word.fetch_add(1, std::memory_order_relaxed);
  FutexWakeOne(group.word);
}

Status GroupCommit::failure() {
  MutexLock lock(mutex_);
  return failure_;
}

void GroupCommit::Fail(Status why) {
  MutexLock lock(mutex_);
  if (!failure_.ok()) return;
  failure_ = why;
  failed_.store(true, std::memory_order_release);
  for (Waiting& waiting : callbacks_) Settle(waiting, why);
  callbacks_.clear();
  for (Group& group : groups_) {
    group.word.fetch_add(1, std::memory_order_relaxed);
    FutexWakeAll(group.word);
  }
}

void GroupCommit::Abandon(const Status& why) {
  {
    MutexLock lock(mutex_);
    for (Waiting& waiting : callbacks_) Settle(waiting, why);
    callbacks_.clear();
  }
  RunSettled();
}

}  // namespace tidemark

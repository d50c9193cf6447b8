// SPDX-License-Identifier: Apache-2.0
#include "src/engine/sequencer.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "src/base/check.h"
#include "src/format/record.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A smaller step back of the clock repeats the last store time; a larger one is a corrected clock.
constexpr milliseconds kClockStepIgnored{10'000};

/// Waits for another thread's few instructions: spins, yields, then naps.
class Patience {
 public:
  void Wait() {
    if (++turns_ < 64) {
      __builtin_ia32_pause();
    } else if (turns_ < 128) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

 private:
  int turns_ = 0;
};

}  // namespace

Sequencer::Sequencer(CommitLog& log, KeyIndex* index, io::Clock& clock, WallTime last_store_time)
    : log_(log),
      index_(index),
      clock_(clock),
      end_(log.published()),
      last_store_ms_(last_store_time.time_since_epoch().count()),
      slots_(std::make_unique<Slot[]>(kSlots)) {}

WallTime Sequencer::NextStoreTime(WallTime now) {
  const std::int64_t last = last_store_ms_.load(std::memory_order_relaxed);
  std::int64_t next = now.time_since_epoch().count();
  if (next < last && last - next <= kClockStepIgnored.count()) next = last;
  last_store_ms_.store(next, std::memory_order_relaxed);
  return WallTime(milliseconds(next));
}

std::int64_t Sequencer::TakeLight(std::span<const Request> requests, std::span<Granted> granted) {
  std::int64_t digits = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    for (ConsumeQueue* const queue : requests[i].light) {
      granted[i].light.push_back(queue->TakeNext(1));
      digits += OffsetDigits(granted[i].light.back());
    }
  }
  return digits;
}

void Sequencer::ReturnLight(std::span<const Request> requests, std::span<Granted> granted) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    for (ConsumeQueue* const queue : requests[i].light) queue->TakeNext(-1);
    granted[i].light.clear();
  }
}

Result<Sequencer::Ticket> Sequencer::Take(std::span<const Request> requests,
                                          std::span<Granted> granted, nanoseconds deadline) {
  std::int64_t fixed_bytes = 0;
  for (const Request& request : requests) fixed_bytes += request.bytes;
  const WallTime now(std::chrono::duration_cast<milliseconds>(clock_.Wall()));
  Patience patience;
  while (true) {
    bool slots_full = false;
    std::int64_t bytes = fixed_bytes;
    {
      MutexLock lock(mutex_);
      slots_full = next_ - published_next_.load(std::memory_order_acquire) >= kSlots;
      if (!slots_full) {
        bytes += TakeLight(requests, granted);
        TM_CHECK(bytes > 0 && bytes <= log_.claim_bytes_max(), "a claim of {} bytes", bytes);
        if (const auto place = log_.TryClaim(static_cast<std::int32_t>(bytes))) {
          Ticket ticket{next_++, place->offset + bytes, NextStoreTime(now)};
          end_ = ticket.end;
          LogOffset offset = place->offset;
          for (std::size_t i = 0; i < requests.size(); ++i) {
            granted[i].offset = offset;
            granted[i].at = place->at + (offset - place->offset);
            if (requests[i].queue != nullptr)
              granted[i].queue_offset = requests[i].queue->TakeNext(1);
            offset = offset + requests[i].bytes;
            for (const QueueOffset light : granted[i].light) offset = offset + OffsetDigits(light);
          }
          slots_[ticket.sequence % kSlots].end = ticket.end;
          return ticket;
        }
        ReturnLight(requests, granted);
      }
    }
    if (slots_full) {
      patience.Wait();
    } else {
      TM_RETURN_IF_ERROR(log_.MakeRoom(static_cast<std::int32_t>(bytes), deadline));
    }
  }
}

void Sequencer::Complete(const Ticket& ticket, std::span<Dispatch> dispatches) {
  Slot& slot = slots_[ticket.sequence % kSlots];
  slot.dispatches.assign(std::make_move_iterator(dispatches.begin()),
                         std::make_move_iterator(dispatches.end()));
  slot.complete.store(ticket.sequence + 1, std::memory_order_seq_cst);
  Drain();
  Patience patience;
  while (published_next_.load(std::memory_order_acquire) <= ticket.sequence) patience.Wait();
}

LogOffset Sequencer::AwaitPublished() {
  std::uint64_t next = 0;
  LogOffset end;
  {
    MutexLock lock(mutex_);
    next = next_;
    end = end_;
  }
  Patience patience;
  while (published_next_.load(std::memory_order_acquire) < next) patience.Wait();
  return end;
}

void Sequencer::Drain() {
  while (!publishing_.exchange(true, std::memory_order_seq_cst)) {
    std::uint64_t next = published_next_.load(std::memory_order_relaxed);
    const std::uint64_t first = next;
    while (slots_[next % kSlots].complete.load(std::memory_order_acquire) == next + 1) {
      Slot& slot = slots_[next % kSlots];
      PublishOne(slot);
      published_next_.store(++next, std::memory_order_release);
    }
    publishing_.store(false, std::memory_order_seq_cst);
    if (next != first && on_published_) on_published_();
    // A slot that became complete after the look above, while the token was taken, is ours to see.
    if (slots_[next % kSlots].complete.load(std::memory_order_seq_cst) != next + 1) return;
  }
}

void Sequencer::PublishOne(Slot& slot) {
  // Queues first: who sees the mark finds the unit.
  for (Dispatch& dispatch : slot.dispatches) {
    if (dispatch.queue != nullptr) dispatch.queue->Push(dispatch.unit, dispatch.queue_offset);
    for (const auto& [queue, offset] : dispatch.light) queue->Push(dispatch.unit, offset);
    if (index_ != nullptr) {
      for (const std::int32_t hash : dispatch.key_hashes) {
        index_->Put(hash, dispatch.unit.log_offset, dispatch.store_time);
      }
    }
  }
  slot.dispatches.clear();
  log_.Publish(slot.end, clock_.Monotonic());
}

}  // namespace tidemark

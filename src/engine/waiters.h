// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "src/base/mutex.h"
#include "src/base/status.h"

namespace tidemark {

/// Everybody who waits for something to become visible: threads in Store::Wait, and the event
/// descriptor. Costs a load when nobody waits. Thread-safe.
class Waiters {
 public:
  Waiters() = default;
  ~Waiters();

  /// Something became visible.
  void Notify();
  /// Wakes everybody, whatever they wait for.
  void NotifyAll();

  /// Must live before its owner looks at what is visible, and while it sleeps.
  class Sleeper {
   public:
    explicit Sleeper(Waiters& waiters) : waiters_(waiters) { waiters_.sleepers_.fetch_add(1); }
    ~Sleeper() { waiters_.sleepers_.fetch_sub(1); }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

   private:
    Waiters& waiters_;
  };

  /// Sleeps until a Notify that comes after `seen` was taken, at most `timeout`.
  std::uint32_t generation() const { return generation_.load(std::memory_order_acquire); }
  void Sleep(std::uint32_t seen, std::chrono::nanoseconds timeout);

  Result<int> EventFd();
  void DrainEvents();

 private:
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::int32_t> sleepers_{0};
  std::atomic<int> event_fd_{-1};
  std::atomic<bool> event_raised_{false};
  Mutex mutex_;  // making the descriptor
};

}  // namespace tidemark

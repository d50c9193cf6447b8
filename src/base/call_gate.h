// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace tidemark {

/// Counts the calls inside an object so that closing can wait for them; spread over cache lines so
/// that calls of different threads do not meet. Thread-safe.
class CallGate {
  struct alignas(64) Lane {
    std::atomic<std::int64_t> inside{0};
  };

 public:
  /// One call's stay; not inside when the gate is shut.
  class Entry {
   public:
    explicit Entry(CallGate& gate) : lane_(gate.lanes_[LaneOfThread()]) {
      lane_.inside.fetch_add(1, std::memory_order_seq_cst);
      inside_ = !gate.shut_.load(std::memory_order_seq_cst);
      if (!inside_) lane_.inside.fetch_sub(1, std::memory_order_release);
    }
    ~Entry() {
      if (inside_) lane_.inside.fetch_sub(1, std::memory_order_release);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    bool inside() const { return inside_; }

   private:
    Lane& lane_;
    bool inside_;
  };

  bool shut() const { return shut_.load(std::memory_order_acquire); }

  /// No call enters any more. False: it was shut already.
  bool Shut() { return !shut_.exchange(true, std::memory_order_seq_cst); }

  /// Waits for the calls inside; the gate is shut.
  void AwaitEmpty() const {
    for (const Lane& lane : lanes_) {
      while (lane.inside.load(std::memory_order_acquire) > 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
    }
  }

 private:
  static constexpr std::size_t kLanes = 16;

  static std::size_t LaneOfThread() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t lane = threads.fetch_add(1, std::memory_order_relaxed) % kLanes;
    return lane;
  }

  std::array<Lane, kLanes> lanes_;
  std::atomic<bool> shut_{false};
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "tidemark/io.h"

namespace tidemark::simulation {

/// Time that passes only when told, and by one tick with every look at it and every call to the
/// machine. Thread-safe.
class VirtualClock final : public io::Clock {
 public:
  using Time = std::chrono::nanoseconds;

  VirtualClock(Time wall, Time monotonic, Time tick)
      : wall_(wall.count()), monotonic_(monotonic.count()), tick_(tick.count()) {}

  Time Wall() override {
    Tick();
    return PeekWall();
  }
  Time Monotonic() override {
    Tick();
    return PeekMonotonic();
  }

  Time PeekWall() const { return Time(wall_.load()); }
  Time PeekMonotonic() const { return Time(monotonic_.load()); }

  void Tick() { Advance(Time(tick_)); }
  /// Both clocks.
  void Advance(Time by) {
    wall_ += by.count();
    monotonic_ += by.count();
  }
  /// Somebody sets the computer's clock: forward or backward.
  void SetWall(Time wall) { wall_ = wall.count(); }

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> monotonic_;
  const std::int64_t tick_;
};

}  // namespace tidemark::simulation

// SPDX-License-Identifier: Apache-2.0
#include "src/io/posix_clock.h"

#include <time.h>

#include "src/base/check.h"

namespace tidemark::io {
namespace {

std::chrono::nanoseconds Now(clockid_t clock) {
  timespec now{};
  TM_CHECK(clock_gettime(clock, &now) == 0, "clock {}", clock);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds PosixClock::Wall() {
  return Now(CLOCK_REALTIME);
}

std::chrono::nanoseconds PosixClock::Monotonic() {
  return Now(CLOCK_BOOTTIME);
}

}  // namespace tidemark::io

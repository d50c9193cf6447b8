// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tidemark/io.h"

namespace tidemark::io {

/// CLOCK_REALTIME and CLOCK_BOOTTIME.
class PosixClock final : public Clock {
 public:
  std::chrono::nanoseconds Wall() override;
  std::chrono::nanoseconds Monotonic() override;
};

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "benchmarks/meter.h"
#include "tidemark/status.h"

namespace tidemark::bench {

/// Runs `work(thread)` on `threads` threads that start at once, timed from there until the last is
/// done. One thread is the caller's own. The first error of any.
Status RunTogether(int threads, Meter& meter, const std::function<Status(int thread)>& work);

/// Calls `step(thread)`, which returns how much it did, again and again on each of `threads`
/// threads for `seconds`. Timed as above. Returns the sum.
Result<double> RunFor(double seconds, int threads, Meter& meter,
                      const std::function<Result<std::int64_t>(int thread)>& step);

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "src/base/check.h"
#include "tidemark/types.h"

namespace tidemark {

/// A position in the log that only ever advances. Thread-safe; one thread at a time advances it.
class Mark {
 public:
  LogOffset get() const { return LogOffset{value_.load(std::memory_order_acquire)}; }

  void Advance(LogOffset to) {
    const std::int64_t old = value_.load(std::memory_order_relaxed);
    TM_CHECK(ToInt(to) >= old, "a mark moves back from {} to {}", old, ToInt(to));
    value_.store(ToInt(to), std::memory_order_seq_cst);
  }

  /// Before the store serves: where it goes on.
  void Set(LogOffset to) { value_.store(ToInt(to), std::memory_order_seq_cst); }

 private:
  std::atomic<std::int64_t> value_{0};
};

}  // namespace tidemark

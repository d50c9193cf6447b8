// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <vector>

namespace tidemark {

/// Counts durations in buckets, four to each power of two of nanoseconds. Thread-safe, wait-free.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 4 * 64;

  void Add(std::chrono::nanoseconds duration) {
    counts_[BucketOf(static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count())))]
        .fetch_add(1, std::memory_order_relaxed);
  }

  std::vector<std::uint64_t> Counts() const {
    std::vector<std::uint64_t> counts(kBuckets);
    for (std::size_t i = 0; i < kBuckets; ++i)
      counts[i] = counts_[i].load(std::memory_order_relaxed);
    return counts;
  }

  static constexpr std::size_t BucketOf(std::uint64_t ns) {
    if (ns < 4) return ns;
    const int power = std::bit_width(ns) - 1;
    return static_cast<std::size_t>(4 * (power - 1)) + ((ns >> (power - 2)) & 3);
  }
  /// The smallest duration that falls into a higher bucket.
  static constexpr std::uint64_t UpperBound(std::size_t bucket) {
    if (bucket < 4) return bucket + 1;
    const std::size_t power = bucket / 4 + 1;
    return (std::uint64_t{5} + bucket % 4) << (power - 2);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
};

}  // namespace tidemark

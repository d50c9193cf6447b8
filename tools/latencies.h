// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace tidemark::tool {

/// Durations in buckets 3 % wide. Thread-bound; those of several threads are added up at the end.
class Latencies {
 public:
  void Add(std::chrono::nanoseconds took) {
    ++counts_[BucketOf(static_cast<std::uint64_t>(took.count()))];
    ++total_;
  }

  void Add(const Latencies& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }

  /// In microseconds, what `share` of the durations do not exceed; 0 when there are none.
  double Percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > 0 && seen >= wanted) return static_cast<double>(UpperBound(i)) / 1000.0;
    }
    return 0;
  }

 private:
  static constexpr int kBits = 5;  // buckets to each power of two
  static constexpr std::size_t kBuckets = std::size_t{64 - kBits + 1} << kBits;

  static std::size_t BucketOf(std::uint64_t ns) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(ns)) - kBits - 1);
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(ns >> shift);
  }
  static std::uint64_t UpperBound(std::size_t bucket) {
    if (bucket < (2u << kBits)) return bucket;
    const std::size_t shift = (bucket >> kBits) - 1;
    const std::uint64_t lead = bucket - (shift << kBits);
    return ((lead + 1) << shift) - 1;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace tidemark::tool

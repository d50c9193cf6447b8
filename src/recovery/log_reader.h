// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/segment/segmented_file.h"

namespace tidemark {

/// Reads the log front to back in large pieces, before the log serves. Thread-bound.
class LogReader {
 public:
  explicit LogReader(SegmentedFile& segments) : segments_(segments) {}

  /// At least `bytes` bytes from `offset` on, fewer only where the segment ends. Valid until the
  /// next call. Errors: kOutOfRange (no such segment), kDataLoss.
  Result<std::span<const std::byte>> At(LogOffset offset, std::int64_t bytes);

  /// Files were changed: forget what was read.
  void Forget() { size_ = 0; }

 private:
  SegmentedFile& segments_;
  std::vector<std::byte> buffer_;
  LogOffset start_{};
  std::int64_t size_ = 0;
};

}  // namespace tidemark

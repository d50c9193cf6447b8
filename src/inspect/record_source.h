// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "src/format/check.h"
#include "src/segment/segmented_file.h"

namespace tidemark {

/// Reads single records anywhere in a log that nobody appends to. Thread-bound.
class RecordSource {
 public:
  explicit RecordSource(SegmentedFile& segments) : segments_(segments) {}

  /// The record at `offset`, valid until the next call; nothing when none stands there.
  Result<std::optional<Checked>> At(LogOffset offset, const CheckOptions& options);

 private:
  SegmentedFile& segments_;
  std::vector<std::byte> buffer_;
};

}  // namespace tidemark

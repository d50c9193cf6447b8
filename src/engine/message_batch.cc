// SPDX-License-Identifier: Apache-2.0
#include "src/engine/message_batch.h"

#include "src/base/histogram.h"

namespace tidemark {

MessageBatch::MessageBatch() = default;
MessageBatch::MessageBatch(MessageBatch&&) noexcept = default;
MessageBatch& MessageBatch::operator=(MessageBatch&&) noexcept = default;
MessageBatch::~MessageBatch() = default;

LogSlice::LogSlice() = default;
LogSlice::LogSlice(LogSlice&&) noexcept = default;
LogSlice& LogSlice::operator=(LogSlice&&) noexcept = default;
LogSlice::~LogSlice() = default;

std::chrono::nanoseconds LatencyHistogram::Percentile(double share) const {
  std::uint64_t left = static_cast<std::uint64_t>(share * static_cast<double>(total));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > left || (counts[i] > 0 && counts[i] == left)) {
      return std::chrono::nanoseconds(Histogram::UpperBound(i));
    }
    left -= counts[i];
  }
  return std::chrono::nanoseconds(0);
}

}  // namespace tidemark

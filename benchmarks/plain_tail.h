// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "benchmarks/messages.h"
#include "benchmarks/plain_file.h"

namespace tidemark::bench {

/// The records of messages 0..count-1 one behind the other in memory, as a log has them: what limit
/// legs read.
class PlainTail {
 public:
  PlainTail(const Messages& messages, std::uint64_t count);

  std::span<const std::byte> bytes() const { return memory_.span().first(bytes_); }
  const std::byte* at(std::uint64_t offset) const { return memory_.data() + offset; }
  /// Where the messages of a queue lie, in their order.
  const std::vector<std::uint64_t>& OffsetsOf(std::uint64_t queue) const { return queues_[queue]; }
  std::size_t record_bytes() const { return record_bytes_; }

 private:
  const std::size_t record_bytes_;
  const std::size_t bytes_;
  PlainMemory memory_;
  std::vector<std::vector<std::uint64_t>> queues_;
};

}  // namespace tidemark::bench

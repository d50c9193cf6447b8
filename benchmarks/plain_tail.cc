// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/plain_tail.h"

#include "benchmarks/plain_record.h"

namespace tidemark::bench {

PlainTail::PlainTail(const Messages& messages, std::uint64_t count)
    : record_bytes_(messages.record_bytes()),
      bytes_(count * record_bytes_),
      memory_(bytes_),
      queues_(messages.queues()) {
  std::byte* to = memory_.data();
  for (std::uint64_t n = 0; n < count; ++n) {
    const Message message = messages.At(n);
    std::vector<std::uint64_t>& offsets = queues_[messages.QueueOf(n)];
    const auto offset = static_cast<std::uint64_t>(to - memory_.data());
    to = EncodePlain(message, PlainBodyCrc(message.body),
                     {.log_offset = static_cast<std::int64_t>(offset),
                      .queue_offset = static_cast<std::int64_t>(offsets.size())},
                     to);
    offsets.push_back(offset);
  }
}

}  // namespace tidemark::bench

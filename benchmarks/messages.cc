// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "benchmarks/plain_record.h"

namespace tidemark::bench {

Messages::Messages(std::size_t body_bytes, std::int64_t queues)
    : queues_(static_cast<std::uint64_t>(queues)) {
  for (std::uint64_t i = 0; i * kQueuesOfTopic < queues_; ++i) {
    topics_.push_back(fmt::format("orders-{:05}", i));
  }
  for (int i = 0; i < 4096; ++i) keys_.push_back(fmt::format("order-{:010}", i));
  std::mt19937_64 random(1);
  const std::size_t bodies = std::clamp<std::size_t>((1 << 20) / (body_bytes + 1), 4, 64);
  for (std::size_t i = 0; i < bodies; ++i) {
    std::string body(body_bytes, '\0');
    for (char& c : body) c = static_cast<char>(random());
    bodies_.push_back(std::move(body));
  }
  record_bytes_ = PlainRecordBytes(At(0));
}

}  // namespace tidemark::bench

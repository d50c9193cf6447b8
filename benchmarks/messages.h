// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tidemark/message.h"
#include "tidemark/types.h"

namespace tidemark::bench {

/// The messages that all legs append: message n is the same for all of them. Each has a tag and a
/// key. Made beforehand, so that making them takes no time in a leg. Thread-compatible.
class Messages {
 public:
  /// Spread over `queues` queues, eight to a topic, neighbours to different topics.
  Messages(std::size_t body_bytes, std::int64_t queues);

  Message At(std::uint64_t n) const {
    const std::uint64_t queue = n * kStride % queues_;
    return {.topic = topics_[queue / kQueuesOfTopic],
            .queue = static_cast<std::int32_t>(queue % kQueuesOfTopic),
            .tags = "paid",
            .keys = keys_[n % keys_.size()],
            .body = bodies_[n % bodies_.size()]};
  }
  /// The number of the queue, from 0, that message n goes to, and its name.
  std::uint64_t QueueOf(std::uint64_t n) const { return n * kStride % queues_; }
  TopicQueue Name(std::uint64_t queue) const {
    return {topics_[queue / kQueuesOfTopic], static_cast<std::int32_t>(queue % kQueuesOfTopic)};
  }
  std::uint64_t queues() const { return queues_; }

  /// Of the record of every message, the same for all.
  std::size_t record_bytes() const { return record_bytes_; }

 private:
  static constexpr std::uint64_t kQueuesOfTopic = 8;
  static constexpr std::uint64_t kStride = 7919;  // a prime: all queues come in turn

  const std::uint64_t queues_;
  std::vector<std::string> topics_;
  std::vector<std::string> keys_;
  std::vector<std::string> bodies_;
  std::size_t record_bytes_ = 0;
};

}  // namespace tidemark::bench

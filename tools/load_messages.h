// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace tidemark::tool {

/// The messages that `load` appends, each told by its number: a checker can make them again.
///
/// Message `seq` goes to topic `tidemark-load-<seq % topics>`, queue `(seq / topics) % queues`,
/// with the tag `t<seq % 4>` and the key `load-<seed>-<seq>`. Byte i of its body is byte i % 8,
/// least significant first, of output i / 8 of SplitMix64 seeded with seed * 2^32 + seq (mod 2^64).
class LoadMessages {
 public:
  LoadMessages(std::uint64_t seed, std::int64_t size, std::int64_t topics, std::int64_t queues)
      : seed_(seed), size_(size), topics_(topics), queues_(queues) {}

  std::string Topic(std::int64_t seq) const {
    return "tidemark-load-" + std::to_string(seq % topics_);
  }
  std::int32_t Queue(std::int64_t seq) const {
    return static_cast<std::int32_t>(seq / topics_ % queues_);
  }
  std::string Tags(std::int64_t seq) const { return "t" + std::to_string(seq % 4); }
  std::string Keys(std::int64_t seq) const {
    return "load-" + std::to_string(seed_) + "-" + std::to_string(seq);
  }
  std::string Body(std::int64_t seq) const;

 private:
  const std::uint64_t seed_;
  const std::int64_t size_;
  const std::int64_t topics_;
  const std::int64_t queues_;
};

}  // namespace tidemark::tool

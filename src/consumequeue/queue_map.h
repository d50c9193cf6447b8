// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/consumequeue/consume_queue.h"
#include "tidemark/types.h"

namespace tidemark {

/// (topic, queue) -> ConsumeQueue*: open addressing in an array of atomics, so that a look-up takes
/// no lock and writes no memory. Owns no queue.
/// Threads: `Find` from any, together with everything; the others one at a time.
class QueueMap {
 public:
  QueueMap();

  ConsumeQueue* Find(TopicQueue name) const;

  /// Its name is not in the map.
  void Insert(ConsumeQueue& queue);
  void Erase(const ConsumeQueue& queue);

  /// Frees arrays that were outgrown. Nobody may still be in a Find that began before they were.
  void FreeOutgrown() { outgrown_.clear(); }

 private:
  struct Slot {
    std::atomic<std::uint64_t> hash{0};
    std::atomic<ConsumeQueue*> queue{nullptr};
  };
  struct Slots {
    explicit Slots(std::size_t size) : mask(size - 1), slots(new Slot[size]) {}
    std::size_t size() const { return mask + 1; }
    const std::size_t mask;
    const std::unique_ptr<Slot[]> slots;
  };

  void Grow();
  static void Put(Slots& slots, std::uint64_t hash, ConsumeQueue* queue);

  std::atomic<const Slots*> current_;
  std::unique_ptr<Slots> slots_;
  std::vector<std::unique_ptr<Slots>> outgrown_;
  std::size_t used_ = 0;  // slots that are not empty
  std::size_t live_ = 0;  // of those, not erased
};

}  // namespace tidemark

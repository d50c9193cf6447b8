// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_map.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "src/base/check.h"

namespace tidemark {
namespace {

constexpr std::size_t kSlotsMin = 256;

/// What a slot holds whose queue was erased: look-ups go on behind it.
ConsumeQueue* Erased() {
  return reinterpret_cast<ConsumeQueue*>(alignof(ConsumeQueue));
}

std::uint64_t HashOf(TopicQueue name) {
  return XXH3_64bits_withSeed(name.topic.data(), name.topic.size(),
                              static_cast<std::uint64_t>(name.queue));
}

}  // namespace

QueueMap::QueueMap() : slots_(std::make_unique<Slots>(kSlotsMin)) {
  current_.store(slots_.get(), std::memory_order_release);
}

ConsumeQueue* QueueMap::Find(TopicQueue name) const {
  const std::uint64_t hash = HashOf(name);
  const Slots& slots = *current_.load(std::memory_order_acquire);
  for (std::size_t at = hash & slots.mask;; at = (at + 1) & slots.mask) {
    const Slot& slot = slots.slots[at];
    ConsumeQueue* queue = slot.queue.load(std::memory_order_acquire);
    if (queue == nullptr) return nullptr;
    if (slot.hash.load(std::memory_order_relaxed) != hash || queue == Erased()) continue;
    if (queue->queue() == name.queue && queue->topic() == name.topic) return queue;
  }
}

void QueueMap::Put(Slots& slots, std::uint64_t hash, ConsumeQueue* queue) {
  std::size_t at = hash & slots.mask;
  // Slots of erased queues are not taken again: a look-up may be reading their hash.
  while (slots.slots[at].queue.load(std::memory_order_relaxed) != nullptr) {
    at = (at + 1) & slots.mask;
  }
  slots.slots[at].hash.store(hash, std::memory_order_relaxed);
  slots.slots[at].queue.store(queue, std::memory_order_release);
}

void QueueMap::Insert(ConsumeQueue& queue) {
  // Half empty, so that misses end soon.
  if ((used_ + 1) * 2 > slots_->size()) Grow();
  Put(*slots_, HashOf({queue.topic(), queue.queue()}), &queue);
  ++used_;
  ++live_;
}

void QueueMap::Erase(const ConsumeQueue& queue) {
  std::size_t at = HashOf({queue.topic(), queue.queue()}) & slots_->mask;
  while (slots_->slots[at].queue.load(std::memory_order_relaxed) != &queue) {
    TM_CHECK(slots_->slots[at].queue.load(std::memory_order_relaxed) != nullptr,
             "{}-{} is not in the map", queue.topic(), queue.queue());
    at = (at + 1) & slots_->mask;
  }
  slots_->slots[at].queue.store(Erased(), std::memory_order_release);
  --live_;
}

void QueueMap::Grow() {
  auto grown = std::make_unique<Slots>(std::max(kSlotsMin, std::bit_ceil((live_ + 1) * 4)));
  for (std::size_t at = 0; at < slots_->size(); ++at) {
    ConsumeQueue* queue = slots_->slots[at].queue.load(std::memory_order_relaxed);
    if (queue == nullptr || queue == Erased()) continue;
    Put(*grown, slots_->slots[at].hash.load(std::memory_order_relaxed), queue);
  }
  used_ = live_;
  current_.store(grown.get(), std::memory_order_release);
  outgrown_.push_back(std::exchange(slots_, std::move(grown)));
}

}  // namespace tidemark

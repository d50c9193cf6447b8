// SPDX-License-Identifier: Apache-2.0
#include "src/index/pending_keys.h"

#include <limits>

#include "src/base/check.h"

namespace tidemark {

void PendingKeys::Push(std::int32_t key_hash, LogOffset record, WallTime store_time) {
  entries_.push_back(Entry{key_hash, 0, record, store_time});
  if (entries_.size() > heads_.size()) {
    Grow();
  } else {
    Link(entries_.size() - 1);
  }
}

void PendingKeys::PopFront(std::size_t count) {
  TM_CHECK(count <= entries_.size(), "{} of {}", count, entries_.size());
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
  first_ += count;
  // What a burst needed is not kept.
  if (entries_.empty()) heads_ = {};
}

void PendingKeys::PopFrom(LogOffset end) {
  while (!entries_.empty() && entries_.back().record >= end) {
    const Entry& last = entries_.back();
    const std::uint64_t sequence = first_ + entries_.size() - 1;
    Head(last.key_hash) = last.older == 0 ? 0 : sequence - last.older;
    entries_.pop_back();
  }
}

void PendingKeys::Clear() {
  PopFront(entries_.size());
}

std::optional<std::size_t> PendingKeys::Newest(std::int32_t slot) const {
  if (heads_.empty()) return std::nullopt;
  return InSlot(At(heads_[static_cast<std::size_t>(slot) & (heads_.size() - 1)]), slot);
}

std::optional<std::size_t> PendingKeys::Older(std::size_t i) const {
  return InSlot(Back(i), entries_[i].key_hash % slots_);
}

std::int64_t PendingKeys::memory_bytes() const {
  return static_cast<std::int64_t>(entries_.size() * sizeof(Entry) +
                                   heads_.size() * sizeof(std::uint64_t));
}

std::optional<std::size_t> PendingKeys::At(std::uint64_t sequence) const {
  if (sequence < first_) return std::nullopt;
  return sequence - first_;
}

std::optional<std::size_t> PendingKeys::InSlot(std::optional<std::size_t> i,
                                               std::int32_t slot) const {
  while (i.has_value() && entries_[*i].key_hash % slots_ != slot) i = Back(*i);
  return i;
}

std::optional<std::size_t> PendingKeys::Back(std::size_t i) const {
  const std::uint32_t older = entries_[i].older;
  if (older == 0 || older > i) return std::nullopt;
  return i - older;
}

std::uint64_t& PendingKeys::Head(std::int32_t key_hash) {
  return heads_[static_cast<std::size_t>(key_hash % slots_) & (heads_.size() - 1)];
}

void PendingKeys::Link(std::size_t i) {
  const std::uint64_t sequence = first_ + i;
  std::uint64_t& head = Head(entries_[i].key_hash);
  const std::uint64_t back = head < first_ ? 0 : sequence - head;
  TM_CHECK(back <= std::numeric_limits<std::uint32_t>::max(), "{} pending entries", i);
  entries_[i].older = static_cast<std::uint32_t>(back);
  head = sequence;
}

void PendingKeys::Grow() {
  heads_.assign(heads_.empty() ? 16 : heads_.size() * 2, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) Link(i);
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "tidemark/types.h"

namespace tidemark {

/// Index entries that are in no file yet, in log order, with the chains they will form there.
/// Thread-compatible.
class PendingKeys {
 public:
  struct Entry {
    std::int32_t key_hash = 0;
    std::uint32_t older = 0;  ///< How many entries back this one's chain goes on; 0: it ends here.
    LogOffset record{};
    WallTime store_time{};
  };
  static_assert(sizeof(Entry) == 24, "a busy store holds many of these between two checkpoints");

  /// `slots`: chains are those of an index file with so many.
  explicit PendingKeys(std::int32_t slots) : slots_(slots) {}

  void Push(std::int32_t key_hash, LogOffset record, WallTime store_time);
  /// Forgets the `count` oldest.
  void PopFront(std::size_t count);
  /// Forgets the entries of records at or behind `end`.
  void PopFrom(LogOffset end);
  void Clear();

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  /// 0 is the oldest.
  const Entry& operator[](std::size_t i) const { return entries_[i]; }

  /// The newest entry of the slot's chain.
  std::optional<std::size_t> Newest(std::int32_t slot) const;
  /// The next older one of the chain that entry `i` is in.
  std::optional<std::size_t> Older(std::size_t i) const;

  std::int64_t memory_bytes() const;

 private:
  // Sequence numbers count from 1 and are never reused; 0 in a head is "none". One that lies below
  // first_ belongs to an entry that has left.
  std::optional<std::size_t> At(std::uint64_t sequence) const;
  std::optional<std::size_t> InSlot(std::optional<std::size_t> i, std::int32_t slot) const;
  std::optional<std::size_t> Back(std::size_t i) const;
  std::uint64_t& Head(std::int32_t key_hash);
  void Link(std::size_t i);
  void Grow();

  std::int32_t slots_;
  std::deque<Entry> entries_;
  std::uint64_t first_ = 1;  ///< Sequence number of entries_[0].
  /// Newest sequence number of each bucket; a bucket holds the chains of several slots.
  std::vector<std::uint64_t> heads_;
};

}  // namespace tidemark

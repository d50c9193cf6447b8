// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/index/index_file.h"
#include "src/index/pending_keys.h"

namespace tidemark {

/// What one step of the index does to one file: entries appended, slots pointed at them, a header.
/// Doing it twice is the same as doing it once.
struct IndexChange {
  struct Slot {
    std::int32_t slot = 0;
    std::int32_t value = 0;
    friend bool operator==(const Slot&, const Slot&) = default;
  };

  std::string name;
  IndexHeader before;
  IndexHeader after;
  std::vector<IndexEntry> entries;  ///< Numbers from before.next_entry on.
  std::vector<Slot> slots;          ///< Sorted by slot, each once.

  /// Null: the slot is as it was.
  const Slot* FindSlot(std::int32_t slot) const;
  friend bool operator==(const IndexChange&, const IndexChange&) = default;
};

/// What RocketMQ would do to the file when it is given the keys one by one. `header` is the file's
/// (not read again); there is room for all keys.
Result<IndexChange> PlanIndexChange(IndexFile& file, const IndexHeader& header,
                                    std::span<const PendingKeys::Entry> keys);

/// Gives the bytes that the change writes real blocks, so that a full disk is met here.
Status AllocateForIndexChange(IndexFile& file, const IndexChange& change);

/// Writes the change in place, without a sync. Killed at any moment it leaves what RocketMQ reads
/// without losing an entry that was there before.
Status WriteIndexChange(IndexFile& file, const IndexChange& change);

}  // namespace tidemark

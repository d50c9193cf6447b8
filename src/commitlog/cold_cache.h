// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <map>

#include "src/base/mutex.h"
#include "src/segment/block.h"

namespace tidemark {

/// Blocks that were read from files, least recently used last. Thread-safe.
class ColdCache {
 public:
  /// The block that holds all of [offset, offset + bytes), if there is one.
  BlockRef Find(LogOffset offset, std::int64_t bytes);
  /// How much the block holds that begins before `offset` and reaches it: a reader who wants the
  /// bytes at `offset` goes on from there. 0: there is none.
  std::int64_t BytesUpTo(LogOffset offset);
  /// Blocks may overlap; those that hold nothing more than this one are replaced.
  void Insert(BlockRef block);
  /// Drops the least recently used block; false when there is none.
  bool EvictOne();
  /// Forgets blocks that start before `offset`.
  void DropBefore(LogOffset offset);

 private:
  struct Entry {
    BlockRef block;
    std::list<LogOffset>::iterator use;
  };
  Mutex mutex_;
  std::map<LogOffset, Entry> blocks_ GUARDED_BY(mutex_);
  std::list<LogOffset> uses_ GUARDED_BY(mutex_);  // starts, most recently used first
};

}  // namespace tidemark

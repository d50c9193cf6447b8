// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/cold_cache.h"

namespace tidemark {

BlockRef ColdCache::Find(LogOffset offset, std::int64_t bytes) {
  MutexLock lock(mutex_);
  auto after = blocks_.upper_bound(offset);
  if (after == blocks_.begin()) return BlockRef();
  Entry& entry = std::prev(after)->second;
  if (offset + bytes > entry.block->end()) return BlockRef();
  uses_.splice(uses_.begin(), uses_, entry.use);
  return entry.block;
}

void ColdCache::Insert(BlockRef block) {
  MutexLock lock(mutex_);
  const LogOffset start = block->start();
  if (auto old = blocks_.find(start); old != blocks_.end()) {
    old->second.block = std::move(block);
    uses_.splice(uses_.begin(), uses_, old->second.use);
    return;
  }
  uses_.push_front(start);
  blocks_.emplace(start, Entry{std::move(block), uses_.begin()});
}

bool ColdCache::EvictOne() {
  MutexLock lock(mutex_);
  if (uses_.empty()) return false;
  blocks_.erase(uses_.back());
  uses_.pop_back();
  return true;
}

void ColdCache::DropBefore(LogOffset offset) {
  MutexLock lock(mutex_);
  while (!blocks_.empty() && blocks_.begin()->first < offset) {
    uses_.erase(blocks_.begin()->second.use);
    blocks_.erase(blocks_.begin());
  }
}

}  // namespace tidemark

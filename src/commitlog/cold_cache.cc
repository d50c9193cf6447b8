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

std::int64_t ColdCache::BytesUpTo(LogOffset offset) {
  MutexLock lock(mutex_);
  auto at = blocks_.lower_bound(offset);
  if (at == blocks_.begin()) return 0;
  const Block& block = *std::prev(at)->second.block;
  return block.end() >= offset ? block.end() - block.start() : 0;
}

void ColdCache::Insert(BlockRef block) {
  MutexLock lock(mutex_);
  const LogOffset start = block->start();
  for (auto old = blocks_.lower_bound(start);
       old != blocks_.end() && old->second.block->end() <= block->end();) {
    uses_.erase(old->second.use);
    old = blocks_.erase(old);
  }
  // One of the same start that holds more, which another reader was quicker to bring, stays.
  if (blocks_.contains(start)) return;
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

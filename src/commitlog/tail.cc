// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/tail.h"

#include <algorithm>

#include "src/base/check.h"

namespace tidemark {

std::byte* Tail::Extend(LogOffset offset, std::size_t bytes, std::size_t spare) {
  if (!newest_ || newest_->end() != offset) return nullptr;
  const std::size_t used = static_cast<std::size_t>(offset - newest_->start());
  if (newest_->capacity() - used < bytes + spare) return nullptr;
  newest_->set_size(used + bytes);
  return newest_->at(offset);
}

std::byte* Tail::Add(BlockRef block, LogOffset offset, std::size_t bytes) {
  TM_CHECK(block->capacity() >= bytes, "{} bytes into a block of {}", bytes, block->capacity());
  block->set_start(offset);
  block->set_size(bytes);
  block->set_verified(true);
  newest_ = block;
  std::byte* const at = block->at(offset);
  MutexLock lock(mutex_);
  blocks_.push_back(std::move(block));
  return at;
}

BlockRef Tail::Find(LogOffset offset, std::int64_t bytes) const {
  MutexLock lock(mutex_);
  auto after =
      std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                       [](LogOffset at, const BlockRef& block) { return at < block->start(); });
  if (after == blocks_.begin()) return BlockRef();
  const BlockRef& block = *std::prev(after);
  return offset + bytes <= block->end() ? block : BlockRef();
}

std::optional<LogOffset> Tail::Start() const {
  MutexLock lock(mutex_);
  if (blocks_.empty()) return std::nullopt;
  return blocks_.front()->start();
}

std::vector<TailPiece> Tail::Pieces(LogOffset from, LogOffset to, std::size_t pieces_max) const {
  std::vector<TailPiece> pieces;
  MutexLock lock(mutex_);
  auto block = std::upper_bound(blocks_.begin(), blocks_.end(), from,
                                [](LogOffset at, const BlockRef& b) { return at < b->start(); });
  if (block != blocks_.begin()) --block;
  for (; block != blocks_.end() && pieces.size() < pieces_max; ++block) {
    const LogOffset start = std::max(from, (*block)->start());
    const LogOffset end = std::min(to, (*block)->end());
    if ((*block)->start() >= to) break;
    if (start >= end) continue;
    pieces.push_back(
        {start, Bytes((*block)->at(start), static_cast<std::size_t>(end - start)), *block});
  }
  return pieces;
}

bool Tail::EvictOldest(LogOffset durable) {
  BlockRef oldest;  // freed outside the lock
  MutexLock lock(mutex_);
  if (blocks_.size() < 2 || blocks_.front()->end() > durable) return false;
  oldest = std::move(blocks_.front());
  blocks_.pop_front();
  return true;
}

}  // namespace tidemark

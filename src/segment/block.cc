// SPDX-License-Identifier: Apache-2.0
#include "src/segment/block.h"

#include <cstdlib>

#include "src/base/check.h"

namespace tidemark {
namespace {

constexpr std::size_t kAlignment = 4096;  // direct I/O reads straight into blocks

std::size_t RoundUp(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Block::Block(MemoryBudget& budget, std::size_t capacity)
    : budget_(budget),
      capacity_(capacity),
      data_(static_cast<std::byte*>(std::aligned_alloc(kAlignment, capacity))) {}

Block::~Block() {
  std::free(data_);
}

BlockRef::BlockRef(Block* block) : block_(block) {
  if (block_ != nullptr) block_->references_.fetch_add(1, std::memory_order_relaxed);
}

BlockRef::~BlockRef() {
  if (block_ != nullptr && block_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    block_->budget_.Free(block_);
  }
}

BlockPin& BlockPin::operator=(BlockPin&& other) noexcept {
  Release();
  block_ = std::move(other.block_);
  return *this;
}

BlockPin::~BlockPin() {
  Release();
}

void BlockPin::Release() {
  if (!block_) return;
  if (block_->pins_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    block_->budget_.pinned_.fetch_sub(static_cast<std::int64_t>(block_->capacity()),
                                      std::memory_order_relaxed);
  }
  block_ = BlockRef();
}

MemoryBudget::MemoryBudget(std::int64_t bytes_max, std::int64_t tail_reserve,
                           std::size_t block_bytes)
    : bytes_max_(bytes_max), tail_reserve_(tail_reserve), block_bytes_(RoundUp(block_bytes)) {}

MemoryBudget::~MemoryBudget() {
  TM_CHECK(live_blocks_.load() == 0,
           "{} memory blocks are still in use: a MessageBatch or LogSlice outlives its "
           "Store",
           live_blocks_.load());
  MutexLock lock(mutex_);
  for (Block* block : spare_) delete block;
}

BlockRef MemoryBudget::TryAllocate(std::size_t bytes, For whom) {
  // What readers bring keeps its own size: a single record must not take a whole block's.
  const std::size_t capacity =
      bytes <= block_bytes_ && whom == For::kTail ? block_bytes_ : RoundUp(bytes);
  const std::int64_t limit = whom == For::kTail ? bytes_max_ : bytes_max_ - tail_reserve_;
  const auto charge = static_cast<std::int64_t>(capacity);
  {
    MutexLock lock(mutex_);
    const std::int64_t idle = static_cast<std::int64_t>(spare_.size() * block_bytes_);
    if (used_bytes() - idle + charge > limit) return BlockRef();
    if (capacity == block_bytes_ && !spare_.empty()) {
      Block* const block = spare_.back();
      spare_.pop_back();
      live_blocks_.fetch_add(1, std::memory_order_relaxed);
      block->set_size(0);
      return BlockRef(block);
    }
    // Spare blocks of the usual size are what stands in the way of another.
    while (!spare_.empty() && used_bytes() + charge > limit) {
      delete spare_.back();
      spare_.pop_back();
      used_.fetch_sub(static_cast<std::int64_t>(block_bytes_), std::memory_order_relaxed);
    }
  }
  if (used_.fetch_add(charge, std::memory_order_relaxed) + charge > limit) {
    used_.fetch_sub(charge, std::memory_order_relaxed);
    return BlockRef();
  }
  auto* const block = new Block(*this, capacity);
  if (block->data_ == nullptr) {
    delete block;
    used_.fetch_sub(charge, std::memory_order_relaxed);
    return BlockRef();
  }
  live_blocks_.fetch_add(1, std::memory_order_relaxed);
  return BlockRef(block);
}

bool MemoryBudget::TryPin(const BlockRef& block, BlockPin* pin) {
  if (block->pins_.fetch_add(1, std::memory_order_acq_rel) == 0) {
    const auto bytes = static_cast<std::int64_t>(block->capacity());
    if (pinned_.fetch_add(bytes, std::memory_order_relaxed) + bytes > bytes_max_ - tail_reserve_) {
      if (block->pins_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        pinned_.fetch_sub(bytes, std::memory_order_relaxed);
        return false;
      }
      // Another reader pinned it meanwhile and counts on this charge: leave it with him.
      return false;
    }
  }
  *pin = BlockPin(block);
  return true;
}

void MemoryBudget::Free(Block* block) {
  live_blocks_.fetch_sub(1, std::memory_order_relaxed);
  if (block->capacity() == block_bytes_ && !over()) {
    MutexLock lock(mutex_);
    spare_.push_back(block);
    return;
  }
  used_.fetch_sub(static_cast<std::int64_t>(block->capacity()), std::memory_order_relaxed);
  delete block;
}

}  // namespace tidemark

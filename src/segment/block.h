// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "src/base/mutex.h"
#include "tidemark/types.h"

namespace tidemark {

class MemoryBudget;

/// A run of log bytes in memory: [start, start + size) of one segment. Whoever holds a BlockRef
/// keeps the bytes; they never move and never change once published. Thread-safe.
class Block {
 public:
  LogOffset start() const { return start_; }
  LogOffset end() const { return start_ + size_.load(std::memory_order_acquire); }
  std::size_t capacity() const { return capacity_; }
  std::byte* at(LogOffset offset) { return data_ + (offset - start_); }
  const std::byte* at(LogOffset offset) const { return data_ + (offset - start_); }

  /// The bytes never left memory, or agree with a checksum.
  bool verified() const { return verified_; }

  /// Only by whoever fills the block, in one thread at a time.
  void set_verified(bool verified) { verified_ = verified; }
  void set_start(LogOffset start) { start_ = start; }
  void set_size(std::size_t size) {
    size_.store(static_cast<std::int64_t>(size), std::memory_order_release);
  }

 private:
  friend class BlockRef;
  friend class BlockPin;
  friend class MemoryBudget;
  Block(MemoryBudget& budget, std::size_t capacity);
  ~Block();

  MemoryBudget& budget_;
  const std::size_t capacity_;
  std::byte* const data_;
  LogOffset start_{};
  bool verified_ = false;
  std::atomic<std::int64_t> size_{0};
  std::atomic<std::int32_t> references_{0};
  std::atomic<std::int32_t> pins_{0};
};

/// A counted reference to a Block.
class BlockRef {
 public:
  BlockRef() = default;
  BlockRef(const BlockRef& other) : BlockRef(other.block_) {}
  BlockRef(BlockRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  BlockRef& operator=(BlockRef other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockRef();

  Block* get() const { return block_; }
  Block* operator->() const { return block_; }
  Block& operator*() const { return *block_; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  friend class MemoryBudget;
  explicit BlockRef(Block* block);
  Block* block_ = nullptr;
};

/// A reader's reference: counts in MemoryBudget::pinned_bytes() while it lives. Movable.
class BlockPin {
 public:
  BlockPin() = default;
  BlockPin(BlockPin&&) noexcept = default;
  BlockPin& operator=(BlockPin&& other) noexcept;
  ~BlockPin();

  const Block* operator->() const { return block_.get(); }
  const Block* get() const { return block_.get(); }

 private:
  friend class MemoryBudget;
  explicit BlockPin(BlockRef block) : block_(std::move(block)) {}
  void Release();
  BlockRef block_;
};

/// The one bound on memory that holds messages. Blocks of the usual size are kept for reuse when
/// freed: their pages are there already. Thread-safe; outlives its blocks (checked).
class MemoryBudget {
 public:
  /// At most `bytes_max` in all; readers (pins and cold blocks) never get the last `tail_reserve`.
  MemoryBudget(std::int64_t bytes_max, std::int64_t tail_reserve, std::size_t block_bytes);
  ~MemoryBudget();

  std::size_t block_bytes() const { return block_bytes_; }
  std::int64_t used_bytes() const { return used_.load(std::memory_order_relaxed); }
  std::int64_t pinned_bytes() const { return pinned_.load(std::memory_order_relaxed); }
  std::int64_t bytes_max() const { return bytes_max_; }

  enum class For { kTail, kReader };
  /// A block of at least `bytes`, or none when the bound forbids it: then free something first.
  BlockRef TryAllocate(std::size_t bytes, For whom);

  /// Pins a block for a reader; an empty pin when readers hold all they may.
  bool TryPin(const BlockRef& block, BlockPin* pin);

  /// Memory outside of blocks (queue tails) that counts in the bound.
  void Charge(std::int64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void Release(std::int64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  bool over() const { return used_bytes() > bytes_max_; }

 private:
  friend class Block;
  friend class BlockRef;
  friend class BlockPin;
  void Free(Block* block);

  const std::int64_t bytes_max_;
  const std::int64_t tail_reserve_;
  const std::size_t block_bytes_;
  std::atomic<std::int64_t> used_{0};
  std::atomic<std::int64_t> pinned_{0};
  std::atomic<std::int64_t> live_blocks_{0};
  Mutex mutex_;
  std::vector<Block*> spare_ GUARDED_BY(mutex_);
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tidemark::simulation {

/// What a disk writes whole or not at all.
inline constexpr std::size_t kSectorBytes = 512;
/// What is copied when one of its bytes changes, and the unit of allocation.
inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kSectorsPerPage = kPageBytes / kSectorBytes;

/// Bit i: sector i of a page.
using SectorMask = std::uint8_t;
inline constexpr SectorMask kAllSectors = 0xff;

/// 4 KiB of a file. Immutable once other code can see it, so that files, snapshots and machines
/// share it.
class Page {
 public:
  Page() = default;
  explicit Page(const Page* copied);
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  std::array<std::byte, kPageBytes> bytes;

  /// XXH3 of the bytes, 0 when all are zero; computed once.
  std::uint64_t Hash() const;

 private:
  mutable std::atomic<std::uint64_t> hash_{kUnknown};
  static constexpr std::uint64_t kUnknown = 1;
};

/// Null stands for zeros.
using PagePtr = std::shared_ptr<const Page>;

/// The page that holds `fresh`'s sectors where `mask` says so and `base`'s elsewhere.
PagePtr Blend(const PagePtr& base, const PagePtr& fresh, SectorMask mask);

/// The bytes of one file: sparse, cheap to copy (a pointer a page). Thread-compatible.
class Content {
 public:
  std::uint64_t size() const { return size_; }
  void SetSize(std::uint64_t size);  ///< Drops whatever lies behind it.

  PagePtr PageAt(std::uint64_t index) const;
  void SetPage(std::uint64_t index, PagePtr page);

  /// Fills `out` from byte `offset`; what lies past the end reads as zero.
  void Read(std::uint64_t offset, std::span<std::byte> out) const;

  /// Calls `each(index, page)` for every page that is not known to be zero, in order.
  template <typename Each>
  void ForEachPage(Each each) const {
    for (const Slot& slot : pages_) each(slot.index, slot.page);
  }

  /// Gives pages [first, end) real blocks.
  void Allocate(std::uint64_t first, std::uint64_t end);
  bool IsAllocated(std::uint64_t page) const;
  /// How many pages of [first, end) have no block.
  std::uint64_t Unallocated(std::uint64_t first, std::uint64_t end) const;
  std::uint64_t allocated_bytes() const { return allocated_pages_ * kPageBytes; }

  /// Of size and bytes; not of what has blocks.
  std::uint64_t Hash() const;

 private:
  struct Slot {
    std::uint64_t index;
    PagePtr page;
  };
  struct Extent {
    std::uint64_t first;
    std::uint64_t end;
  };
  std::vector<Slot>::const_iterator Find(std::uint64_t index) const;

  std::uint64_t size_ = 0;
  std::vector<Slot> pages_;      // sorted by index
  std::vector<Extent> extents_;  // sorted, neither touching nor overlapping
  std::uint64_t allocated_pages_ = 0;
  mutable std::uint64_t hash_ = 0;
  mutable bool hash_known_ = false;
};

}  // namespace tidemark::simulation

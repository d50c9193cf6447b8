// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/content.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "tests/simulation/random.h"

namespace tidemark::simulation {
namespace {

bool AllZero(std::span<const std::byte> bytes) {
  return bytes[0] == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

Page::Page(const Page* copied) {
  if (copied != nullptr) {
    std::memcpy(bytes.data(), copied->bytes.data(), kPageBytes);
  } else {
    bytes.fill(std::byte{0});
  }
}

std::uint64_t Page::Hash() const {
  std::uint64_t hash = hash_.load(std::memory_order_relaxed);
  if (hash == kUnknown) {
    // Zero pages weigh nothing, so that a hole and written zeros are the same state.
    hash = AllZero(bytes) ? 0 : XXH3_64bits(bytes.data(), kPageBytes) | 2;
    hash_.store(hash, std::memory_order_relaxed);
  }
  return hash;
}

PagePtr Blend(const PagePtr& base, const PagePtr& fresh, SectorMask mask) {
  if (mask == kAllSectors || base == fresh) return fresh;
  auto page = std::make_shared<Page>(base.get());
  for (std::size_t sector = 0; sector < kSectorsPerPage; ++sector) {
    if ((mask >> sector & 1) == 0) continue;
    std::byte* to = page->bytes.data() + sector * kSectorBytes;
    if (fresh != nullptr) {
      std::memcpy(to, fresh->bytes.data() + sector * kSectorBytes, kSectorBytes);
    } else {
      std::memset(to, 0, kSectorBytes);
    }
  }
  return page;
}

std::vector<Content::Slot>::const_iterator Content::Find(std::uint64_t index) const {
  if (pages_.empty() || pages_.back().index < index) return pages_.end();
  return std::lower_bound(
      pages_.begin(), pages_.end(), index,
      [](const Slot& slot, std::uint64_t wanted) { return slot.index < wanted; });
}

void Content::SetSize(std::uint64_t size) {
  hash_known_ = false;
  size_ = size;
  while (!pages_.empty() && pages_.back().index * kPageBytes >= size) pages_.pop_back();
  const std::size_t tail = size % kPageBytes;
  if (tail == 0 || pages_.empty() || pages_.back().index != size / kPageBytes) return;
  const auto behind = std::span(pages_.back().page->bytes).subspan(tail);
  if (AllZero(behind)) return;
  auto cut = std::make_shared<Page>(pages_.back().page.get());
  std::fill(cut->bytes.begin() + static_cast<std::ptrdiff_t>(tail), cut->bytes.end(), std::byte{0});
  pages_.back().page = std::move(cut);
}

PagePtr Content::PageAt(std::uint64_t index) const {
  const auto found = Find(index);
  return found != pages_.end() && found->index == index ? found->page : nullptr;
}

void Content::SetPage(std::uint64_t index, PagePtr page) {
  hash_known_ = false;
  const auto found = Find(index);
  if (found != pages_.end() && found->index == index) {
    const auto at = pages_.begin() + (found - pages_.cbegin());
    if (page == nullptr) {
      pages_.erase(at);
    } else {
      at->page = std::move(page);
    }
  } else if (page != nullptr) {
    pages_.insert(found, Slot{index, std::move(page)});
  }
}

void Content::Read(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const std::size_t within = offset % kPageBytes;
    const std::size_t count = std::min(out.size(), kPageBytes - within);
    const auto found = Find(offset / kPageBytes);
    if (found != pages_.end() && found->index == offset / kPageBytes) {
      std::memcpy(out.data(), found->page->bytes.data() + within, count);
    } else {
      std::memset(out.data(), 0, count);
    }
    offset += count;
    out = out.subspan(count);
  }
}

std::uint64_t Content::Unallocated(std::uint64_t first, std::uint64_t end) const {
  std::uint64_t missing = end - first;
  for (const Extent& extent : extents_) {
    const std::uint64_t from = std::max(first, extent.first);
    const std::uint64_t to = std::min(end, extent.end);
    if (from < to) missing -= to - from;
  }
  return missing;
}

bool Content::IsAllocated(std::uint64_t page) const {
  return Unallocated(page, page + 1) == 0;
}

void Content::Allocate(std::uint64_t first, std::uint64_t end) {
  if (first >= end) return;
  const std::uint64_t missing = Unallocated(first, end);
  if (missing == 0) return;
  allocated_pages_ += missing;
  // Everything that touches the new extent melts into it.
  auto from = std::find_if(extents_.begin(), extents_.end(),
                           [&](const Extent& extent) { return extent.end >= first; });
  auto to = from;
  while (to != extents_.end() && to->first <= end) {
    first = std::min(first, to->first);
    end = std::max(end, to->end);
    ++to;
  }
  extents_.insert(extents_.erase(from, to), Extent{first, end});
}

std::uint64_t Content::Hash() const {
  if (!hash_known_) {
    hash_ = Mix(size_ + 1);
    for (const Slot& slot : pages_) {
      if (const std::uint64_t page = slot.page->Hash(); page != 0)
        hash_ += Mix(page ^ Mix(slot.index));
    }
    hash_known_ = true;
  }
  return hash_;
}

}  // namespace tidemark::simulation

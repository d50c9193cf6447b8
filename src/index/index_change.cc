// SPDX-License-Identifier: Apache-2.0
#include "src/index/index_change.h"

#include <algorithm>
#include <array>

#include "src/base/byte_order.h"
#include "src/base/check.h"
#include "src/base/status.h"

namespace tidemark {
namespace {

constexpr std::int64_t kPageBytes = 4096;
constexpr std::int64_t kAllocationBytes = 1 << 20;

using Slot = IndexChange::Slot;

/// Calls `visit` with each run of slots that lie in one page, so that a page costs one read or
/// write however many of its slots are concerned.
template <typename SlotSpan, typename Visit>
Status ForEachPage(SlotSpan left, const IndexGeometry& geometry, const Visit& visit) {
  const auto page = [&](const Slot& slot) { return geometry.SlotPosition(slot.slot) / kPageBytes; };
  while (!left.empty()) {
    std::size_t count = 1;
    while (count < left.size() && page(left[count]) == page(left[0])) ++count;
    TM_RETURN_IF_ERROR(visit(left.first(count)));
    left = left.subspan(count);
  }
  return {};
}

/// The bytes of the file between the run's first and last slot.
class PageOfSlots {
 public:
  PageOfSlots(const IndexGeometry& geometry, std::int32_t first, std::int32_t last)
      : first_(first), position_(geometry.SlotPosition(first)) {
    bytes_ = std::span(page_).first(
        static_cast<std::size_t>(geometry.SlotPosition(last) + kIndexSlotBytes - position_));
  }
  PageOfSlots(const PageOfSlots&) = delete;
  PageOfSlots& operator=(const PageOfSlots&) = delete;

  Status Read(IndexFile& file) { return file.Read(position_, bytes_); }
  Status Write(IndexFile& file) { return file.Write(position_, bytes_); }
  std::byte* At(std::int32_t slot) { return &bytes_[(slot - first_) * kIndexSlotBytes]; }

 private:
  std::int32_t first_;
  std::int64_t position_;
  std::array<std::byte, kPageBytes> page_;
  std::span<std::byte> bytes_;
};

Result<std::vector<Slot>> ReadSlots(IndexFile& file, const IndexHeader& header,
                                    std::span<const PendingKeys::Entry> keys) {
  std::vector<Slot> slots;
  slots.reserve(keys.size());
  for (const auto& key : keys) slots.push_back({file.geometry().SlotOf(key.key_hash), 0});
  std::sort(slots.begin(), slots.end(),
            [](const Slot& a, const Slot& b) { return a.slot < b.slot; });
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  if (header.empty()) return slots;  // no slot of an empty file is worth reading
  TM_RETURN_IF_ERROR(
      ForEachPage(std::span(slots), file.geometry(), [&](std::span<Slot> run) -> Status {
        PageOfSlots page(file.geometry(), run.front().slot, run.back().slot);
        TM_RETURN_IF_ERROR(page.Read(file));
        for (Slot& slot : run) slot.value = LoadBig<std::int32_t>(page.At(slot.slot));
        return {};
      }));
  return slots;
}

auto LowerBound(auto& slots, std::int32_t slot) {
  return std::lower_bound(slots.begin(), slots.end(), slot,
                          [](const Slot& a, std::int32_t b) { return a.slot < b; });
}

}  // namespace

const Slot* IndexChange::FindSlot(std::int32_t slot) const {
  const auto found = LowerBound(slots, slot);
  return found == slots.end() || found->slot != slot ? nullptr : &*found;
}

Result<IndexChange> PlanIndexChange(IndexFile& file, const IndexHeader& header,
                                    std::span<const PendingKeys::Entry> keys) {
  const IndexGeometry& geometry = file.geometry();
  TM_CHECK(static_cast<std::int64_t>(keys.size()) <= geometry.entries - header.next_entry,
           "{} keys at entry {} of {}", keys.size(), header.next_entry, geometry.entries);
  IndexChange change;
  change.name = file.path().filename().string();
  change.before = header;
  change.after = header;
  TM_ASSIGN_OR_RETURN(change.slots, ReadSlots(file, header, keys));
  change.entries.reserve(keys.size());
  IndexHeader& after = change.after;
  for (const auto& key : keys) {
    Slot& slot = *LowerBound(change.slots, geometry.SlotOf(key.key_hash));
    const bool linked = slot.value > 0 && slot.value <= after.next_entry;
    change.entries.push_back({key.key_hash, key.record, IndexEntrySeconds(after, key.store_time),
                              linked ? slot.value : 0});
    slot.value = after.next_entry;
    if (after.empty()) {
      after.begin_record = key.record;
      after.begin_time = key.store_time;
    }
    if (!linked) ++after.used_slots;
    ++after.next_entry;
    after.end_record = key.record;
    after.end_time = key.store_time;
  }
  return change;
}

Status AllocateForIndexChange(IndexFile& file, const IndexChange& change) {
  const IndexGeometry& geometry = file.geometry();
  const std::int64_t first = geometry.EntryPosition(change.before.next_entry);
  const std::int64_t end = geometry.EntryPosition(change.after.next_entry);
  // Header and slots at once, the entries as they come.
  TM_RETURN_IF_ERROR(file.Allocate(0, geometry.EntryPosition(1)));
  const std::int64_t start = first / kAllocationBytes * kAllocationBytes;
  const std::int64_t stop = std::min(
      geometry.FileBytes(), (end + kAllocationBytes - 1) / kAllocationBytes * kAllocationBytes);
  return file.Allocate(start, stop - start);
}

Status WriteIndexChange(IndexFile& file, const IndexChange& change) {
  const IndexGeometry& geometry = file.geometry();
  // Entries nobody points at, then a count that covers them, then the slots: in this order a slot
  // never points behind the count, which would cost its whole chain.
  std::vector<std::byte> entries(change.entries.size() * kIndexEntryBytes);
  for (std::size_t i = 0; i < change.entries.size(); ++i) {
    EncodeIndexEntry(change.entries[i], &entries[i * kIndexEntryBytes]);
  }
  TM_RETURN_IF_ERROR(file.Write(geometry.EntryPosition(change.before.next_entry), entries));
  std::array<std::byte, kIndexHeaderBytes> header;
  EncodeIndexHeader(change.after, header.data());
  TM_RETURN_IF_ERROR(file.Write(0, header));
  return ForEachPage(std::span(change.slots), geometry, [&](std::span<const Slot> run) -> Status {
    PageOfSlots page(geometry, run.front().slot, run.back().slot);
    if (run.back().slot - run.front().slot >= static_cast<std::int64_t>(run.size())) {
      TM_RETURN_IF_ERROR(page.Read(file));
    }
    for (const Slot& slot : run) StoreBig(page.At(slot.slot), slot.value);
    return page.Write(file);
  });
}

}  // namespace tidemark

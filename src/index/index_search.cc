// SPDX-License-Identifier: Apache-2.0
#include "src/index/index_search.h"

#include <algorithm>
#include <utility>

#include "src/io/io.h"

namespace tidemark {

IndexSearch::IndexSearch(const IndexGeometry& geometry, std::int32_t key_hash, TimeRange range,
                         std::int32_t max)
    : geometry_(geometry), key_hash_(key_hash), range_(range), max_(max), done_(max <= 0) {}

bool IndexSearch::Overlaps(const IndexHeader& header) const {
  const auto [begin, end] = std::pair(header.begin_time, header.end_time);
  return (range_.first < begin && range_.last > end) ||
         (range_.first >= begin && range_.first <= end) ||
         (range_.last >= begin && range_.last <= end);
}

/// Takes the entry if it is wanted. False: the chain need not be followed further.
bool IndexSearch::Visit(const IndexHeader& header, std::int32_t key_hash, std::int32_t seconds,
                        LogOffset record) {
  if (seconds < 0) return false;
  const WallTime time = IndexEntryTime(header, seconds);
  if (key_hash == key_hash_ && range_.first <= time && time <= range_.last) {
    found_.push_back(record);
  }
  return time >= range_.first && !Full();
}

void IndexSearch::Leave(const IndexHeader& header) {
  done_ = Full() || header.begin_time < range_.first;
}

void IndexSearch::SearchPending(const PendingKeys& pending, const IndexFileState* newest) {
  if (done_ || pending.empty()) return;
  const std::size_t file_max = static_cast<std::size_t>(geometry_.entries) - 1;
  std::size_t room = 0;
  if (newest != nullptr) {
    room = static_cast<std::size_t>(std::max(0, geometry_.entries - newest->header.next_entry));
  }
  const std::int32_t slot = geometry_.SlotOf(key_hash_);
  auto at = pending.Newest(slot);
  // Files to be, as ranges [first, last) of pending entries; what fits into `newest` comes last.
  std::size_t last = pending.size();
  while (last > 0 && !done_) {
    const bool fits = last <= room;
    const std::size_t first = fits ? 0 : room + (last - 1 - room) / file_max * file_max;
    IndexHeader header = fits ? newest->header : IndexHeader{};
    if (header.empty()) header.begin_time = pending[first].store_time;
    header.next_entry += static_cast<std::int32_t>(last - first);
    header.end_time = pending[last - 1].store_time;
    const bool overlaps = Overlaps(header);
    bool ended = false;
    for (; at.has_value() && *at >= first; at = pending.Older(*at)) {
      if (!overlaps || ended) continue;
      const auto& entry = pending[*at];
      ended =
          !Visit(header, entry.key_hash, IndexEntrySeconds(header, entry.store_time), entry.record);
    }
    if (fits) {
      newest_pending_ = true;
      newest_header_ = header;
      newest_ended_ = ended;
      if (Full()) done_ = true;
      return;
    }
    Leave(header);
    last = first;
  }
}

Status IndexSearch::SearchFile(io::FileSystem& files, const std::filesystem::path& directory,
                               const IndexFileState& state) {
  // Only the newest file can be followed by pending entries, and it is the first to come.
  const IndexHeader header = std::exchange(newest_pending_, false) ? newest_header_ : state.header;
  if (done_ || header.empty()) return {};
  if (!Overlaps(header) || std::exchange(newest_ended_, false)) {
    Leave(header);
    return {};
  }
  auto file = IndexFile::Open(files, directory / state.name, geometry_, io::Access::kRead);
  if (!file.has_value()) {
    // Retention may take a file away under a search.
    if (file.error().code() != StatusCode::kNotFound) return file.error();
    Leave(header);
    return {};
  }

  std::int32_t number = 0;
  const std::int32_t slot = geometry_.SlotOf(key_hash_);
  if (state.change != nullptr && state.change->FindSlot(slot) != nullptr) {
    number = state.change->FindSlot(slot)->value;
  } else {
    TM_ASSIGN_OR_RETURN(number, file->ReadSlot(slot));
  }
  // A true chain only goes down, which also ends every false one.
  for (std::int32_t below = geometry_.entries;
       number > 0 && number <= state.header.next_entry && number < below;) {
    IndexEntry entry;
    if (state.change != nullptr && number >= state.change->before.next_entry &&
        number < state.change->after.next_entry) {
      entry = state.change->entries[number - state.change->before.next_entry];
    } else {
      TM_ASSIGN_OR_RETURN(entry, file->ReadEntry(number));
    }
    if (!Visit(header, entry.key_hash, entry.seconds, entry.record)) break;
    below = number;
    number = entry.previous;
  }
  Leave(header);
  return {};
}

}  // namespace tidemark

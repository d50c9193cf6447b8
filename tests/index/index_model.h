// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/index/key_index.h"
#include "tests/support/memory_files.h"

namespace tidemark::test {

inline WallTime Millis(std::int64_t ms) {
  return WallTime(std::chrono::milliseconds(ms));
}
inline std::int64_t Millis(WallTime time) {
  return time.time_since_epoch().count();
}

struct Key {
  std::int32_t hash = 0;
  std::int64_t record = 0;
  std::int64_t time = 0;
};

inline void Put(KeyIndex& index, const Key& key) {
  index.Put(key.hash, LogOffset{key.record}, Millis(key.time));
}

/// RocketMQ's index as simply as it can be said: whole files in memory, keys put one by one.
class IndexModel {
 public:
  IndexModel(std::int32_t slots, std::int32_t entries) : slots_(slots), entries_(entries) {}

  void Put(const Key& key) {
    if (files_.empty() || files_.back().next >= entries_) {
      files_.push_back({std::vector<std::int32_t>(slots_), std::vector<Entry>(entries_)});
    }
    File& file = files_.back();
    std::int32_t& slot = file.slots[key.hash % slots_];
    std::int64_t seconds = (key.time - file.begin_time) / 1000;
    if (file.begin_time <= 0 || file.next <= 1 || seconds < 0) seconds = 0;
    seconds = std::min<std::int64_t>(seconds, INT32_MAX);
    file.entries[file.next] = {key.hash, key.record, static_cast<std::int32_t>(seconds), slot};
    if (slot == 0) ++file.used;
    slot = file.next;
    if (file.next <= 1) {
      file.begin_time = key.time;
      file.begin_record = key.record;
    }
    ++file.next;
    file.end_time = key.time;
    file.end_record = key.record;
  }

  std::vector<std::int64_t> Query(std::int32_t hash, std::int64_t begin, std::int64_t end,
                                  std::size_t max) const {
    std::vector<std::int64_t> found;
    for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
      const bool overlaps = (begin < file->begin_time && end > file->end_time) ||
                            (begin >= file->begin_time && begin <= file->end_time) ||
                            (end >= file->begin_time && end <= file->end_time);
      for (std::int32_t i = overlaps ? file->slots[hash % slots_] : 0; i > 0;) {
        if (found.size() >= max) break;
        const Entry& entry = file->entries[i];
        const std::int64_t time = file->begin_time + std::int64_t{1000} * entry.seconds;
        if (entry.hash == hash && begin <= time && time <= end) found.push_back(entry.record);
        if (time < begin) break;
        i = entry.previous;
      }
      if (found.size() >= max || file->begin_time < begin) break;
    }
    return found;
  }

  /// The files' bytes, oldest first.
  std::vector<std::string> Bytes() const {
    std::vector<std::string> all;
    for (const File& file : files_) {
      std::string bytes;
      Big(bytes, file.begin_time, 8), Big(bytes, file.end_time, 8);
      Big(bytes, file.begin_record, 8), Big(bytes, file.end_record, 8);
      Big(bytes, file.used, 4), Big(bytes, file.next, 4);
      for (const std::int32_t slot : file.slots) Big(bytes, slot, 4);
      for (const Entry& entry : file.entries) {
        Big(bytes, entry.hash, 4), Big(bytes, entry.record, 8);
        Big(bytes, entry.seconds, 4), Big(bytes, entry.previous, 4);
      }
      all.push_back(bytes);
    }
    return all;
  }

 private:
  struct Entry {
    std::int32_t hash = 0;
    std::int64_t record = 0;
    std::int32_t seconds = 0;
    std::int32_t previous = 0;
  };
  struct File {
    std::vector<std::int32_t> slots;
    std::vector<Entry> entries;
    std::int64_t begin_time = 0, end_time = 0, begin_record = 0, end_record = 0;
    std::int32_t used = 0, next = 1;
  };
  static void Big(std::string& to, std::int64_t value, int bytes) {
    while (bytes-- > 0) to += static_cast<char>(value >> (8 * bytes));
  }

  std::int32_t slots_;
  std::int32_t entries_;
  std::vector<File> files_;
};

inline KeyIndexOptions IndexOptions(std::int32_t slots, std::int32_t entries) {
  KeyIndexOptions options;
  options.directory = "/store/index";
  options.journal = "/store/tidemark/index-journal";
  options.geometry = {slots, entries};
  return options;
}

/// An index ready for use.
inline Result<std::unique_ptr<KeyIndex>> OpenIndex(io::Machine& machine,
                                                   const KeyIndexOptions& options) {
  TM_ASSIGN_OR_RETURN(auto index, KeyIndex::Open(machine, options));
  TM_RETURN_IF_ERROR(index->Resume());
  return index;
}

/// The bytes of the index files, oldest first.
inline std::vector<std::string> IndexFiles(const MemoryMachine& machine) {
  std::vector<std::string> all;
  for (const std::string& name : machine.Names()) {
    if (name.starts_with("/store/index/")) all.push_back(machine.Content(name));
  }
  return all;
}

inline std::vector<std::int64_t> Offsets(const KeyIndex::Found& found) {
  std::vector<std::int64_t> offsets;
  for (const LogOffset record : found.records) offsets.push_back(ToInt(record));
  return offsets;
}

}  // namespace tidemark::test

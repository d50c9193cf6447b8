// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "tidemark/io.h"
#include "tidemark/options.h"
#include "tidemark/types.h"

// One file of RocketMQ's key index: a hash table with H slots whose chains run through N entries.
// Integers are big-endian.
//
//   0            header, 40 bytes
//     0   i64    store time of the first entry's record
//     8   i64    store time of the last entry's record
//     16  i64    log offset of the first entry's record
//     24  i64    log offset of the last entry's record
//     32  i32    slots in use
//     36  i32    number of the next entry; starts at 1, and <= 0 means 1
//   40           H slots of 4 bytes: number of the newest entry of the chain, 0 for none
//   40 + 4H      N entries of 20 bytes; entry 0 is never used
//     0   i32    hash of the key
//     4   i64    log offset
//     12  i32    whole seconds since the header's first time
//     16  i32    the chain's next older entry, 0 for none
//
// H and N are nowhere in the file: they come from the configuration.

namespace tidemark {

inline constexpr std::int64_t kIndexHeaderBytes = 40;
inline constexpr std::int64_t kIndexSlotBytes = 4;
inline constexpr std::int64_t kIndexEntryBytes = 20;

/// How large the parts of every index file of a store are.
struct IndexGeometry {
  std::int32_t slots = 5'000'000;
  std::int32_t entries = 20'000'000;  ///< Entries are numbered 1 .. entries - 1.

  /// The given sizes, RocketMQ's defaults for those not set. Errors: as Check.
  static Result<IndexGeometry> From(const FileSizes& sizes);
  /// Errors: kInvalidArgument (less than one slot or usable entry, a file of 2 GiB or more).
  Status Check() const;

  std::int64_t SlotPosition(std::int32_t slot) const {
    return kIndexHeaderBytes + kIndexSlotBytes * slot;
  }
  std::int64_t EntryPosition(std::int32_t number) const {
    return SlotPosition(slots) + kIndexEntryBytes * number;
  }
  std::int64_t FileBytes() const { return EntryPosition(entries); }
  /// `key_hash` is not negative.
  std::int32_t SlotOf(std::int32_t key_hash) const { return key_hash % slots; }

  friend bool operator==(const IndexGeometry&, const IndexGeometry&) = default;
};

struct IndexHeader {
  WallTime begin_time{};
  WallTime end_time{};
  LogOffset begin_record{};
  LogOffset end_record{};
  std::int32_t used_slots = 0;
  std::int32_t next_entry = 1;

  bool empty() const { return next_entry <= 1; }
  friend bool operator==(const IndexHeader&, const IndexHeader&) = default;
};

struct IndexEntry {
  std::int32_t key_hash = 0;
  LogOffset record{};
  std::int32_t seconds = 0;   ///< Since the header's begin_time.
  std::int32_t previous = 0;  ///< The chain's next older entry; 0: none.
  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

/// `from` and `to` have kIndexHeaderBytes.
IndexHeader DecodeIndexHeader(const std::byte* from);
void EncodeIndexHeader(const IndexHeader& header, std::byte* to);

/// `from` and `to` have kIndexEntryBytes.
IndexEntry DecodeIndexEntry(const std::byte* from);
void EncodeIndexEntry(const IndexEntry& entry, std::byte* to);

/// The time of an entry as RocketMQ computes it; wraps around where the file holds garbage.
WallTime IndexEntryTime(const IndexHeader& header, std::int32_t seconds);

/// What RocketMQ stores as `IndexEntry::seconds` in a file with this header.
std::int32_t IndexEntrySeconds(const IndexHeader& header, WallTime store_time);

/// An open index file. Thread-safe. Errors of all calls name the file.
class IndexFile {
 public:
  /// Errors: kNotFound.
  static Result<IndexFile> Open(io::FileSystem& files, const std::filesystem::path& path,
                                const IndexGeometry& geometry, io::Access access);
  IndexFile(std::unique_ptr<io::File> file, std::filesystem::path path,
            const IndexGeometry& geometry);

  Result<IndexHeader> ReadHeader();
  /// `slot` lies in [0, slots).
  Result<std::int32_t> ReadSlot(std::int32_t slot);
  /// `number` lies in [0, entries).
  Result<IndexEntry> ReadEntry(std::int32_t number);

  Status Read(std::int64_t position, io::ReadBuffer out);
  Status Write(std::int64_t position, io::WriteBuffer data);
  Status Allocate(std::int64_t position, std::int64_t length);
  Status Sync();

  const std::filesystem::path& path() const { return path_; }
  const IndexGeometry& geometry() const { return geometry_; }

 private:
  Status Named(Status status) const;

  std::unique_ptr<io::File> file_;
  std::filesystem::path path_;
  IndexGeometry geometry_;
};

}  // namespace tidemark

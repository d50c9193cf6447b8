// SPDX-License-Identifier: Apache-2.0
#include "src/index/index_file.h"

#include <algorithm>
#include <array>
#include <limits>

#include "src/base/byte_order.h"
#include "src/base/check.h"
#include "src/io/io.h"

namespace tidemark {

Result<IndexGeometry> IndexGeometry::From(const FileSizes& sizes) {
  IndexGeometry geometry;
  geometry.slots = sizes.index_slots.value_or(geometry.slots);
  geometry.entries = sizes.index_entries.value_or(geometry.entries);
  TM_RETURN_IF_ERROR(geometry.Check());
  return geometry;
}

Status IndexGeometry::Check() const {
  if (slots < 1) {
    return InvalidArgument("maxHashSlotNum is {}; an index file has at least one slot", slots);
  }
  if (entries < 2) {
    return InvalidArgument("maxIndexNum is {}; entry 0 is never used, so it is at least 2",
                           entries);
  }
  // RocketMQ computes positions in 32-bit integers.
  if (FileBytes() > std::numeric_limits<std::int32_t>::max()) {
    return InvalidArgument(
        "maxHashSlotNum {} and maxIndexNum {} make index files of {} bytes; RocketMQ reads less "
        "than 2 GiB",
        slots, entries, FileBytes());
  }
  return {};
}

IndexHeader DecodeIndexHeader(const std::byte* from) {
  IndexHeader header;
  header.begin_time = WallTime(std::chrono::milliseconds(LoadBig<std::int64_t>(from)));
  header.end_time = WallTime(std::chrono::milliseconds(LoadBig<std::int64_t>(from + 8)));
  header.begin_record = LogOffset{LoadBig<std::int64_t>(from + 16)};
  header.end_record = LogOffset{LoadBig<std::int64_t>(from + 24)};
  header.used_slots = LoadBig<std::int32_t>(from + 32);
  header.next_entry = std::max(1, LoadBig<std::int32_t>(from + 36));
  return header;
}

void EncodeIndexHeader(const IndexHeader& header, std::byte* to) {
  StoreBig<std::int64_t>(to, header.begin_time.time_since_epoch().count());
  StoreBig<std::int64_t>(to + 8, header.end_time.time_since_epoch().count());
  StoreBig(to + 16, ToInt(header.begin_record));
  StoreBig(to + 24, ToInt(header.end_record));
  StoreBig(to + 32, header.used_slots);
  StoreBig(to + 36, header.next_entry);
}

IndexEntry DecodeIndexEntry(const std::byte* from) {
  IndexEntry entry;
  entry.key_hash = LoadBig<std::int32_t>(from);
  entry.record = LogOffset{LoadBig<std::int64_t>(from + 4)};
  entry.seconds = LoadBig<std::int32_t>(from + 12);
  entry.previous = LoadBig<std::int32_t>(from + 16);
  return entry;
}

void EncodeIndexEntry(const IndexEntry& entry, std::byte* to) {
  StoreBig(to, entry.key_hash);
  StoreBig(to + 4, ToInt(entry.record));
  StoreBig(to + 12, entry.seconds);
  StoreBig(to + 16, entry.previous);
}

WallTime IndexEntryTime(const IndexHeader& header, std::int32_t seconds) {
  const auto begin = static_cast<std::uint64_t>(header.begin_time.time_since_epoch().count());
  const std::uint64_t since = std::uint64_t{1000} * static_cast<std::uint64_t>(seconds);
  return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(begin + since)));
}

std::int32_t IndexEntrySeconds(const IndexHeader& header, WallTime store_time) {
  // A rolled file's first entry would get its distance to the file before; RocketMQ's readers then
  // see a time that is too large. Nothing depends on it, so it is 0 here.
  if (header.empty()) return 0;
  const std::int64_t begin = header.begin_time.time_since_epoch().count();
  if (begin <= 0) return 0;
  const std::int64_t store = store_time.time_since_epoch().count();
  if (store <= begin) return 0;
  return static_cast<std::int32_t>(
      std::min<std::int64_t>((store - begin) / 1000, std::numeric_limits<std::int32_t>::max()));
}

Result<IndexFile> IndexFile::Open(io::FileSystem& files, const std::filesystem::path& path,
                                  const IndexGeometry& geometry, io::Access access) {
  TM_ASSIGN_OR_RETURN(auto file, files.Open(path, access));
  return IndexFile(std::move(file), path, geometry);
}

IndexFile::IndexFile(std::unique_ptr<io::File> file, std::filesystem::path path,
                     const IndexGeometry& geometry)
    : file_(std::move(file)), path_(std::move(path)), geometry_(geometry) {}

Result<IndexHeader> IndexFile::ReadHeader() {
  std::array<std::byte, kIndexHeaderBytes> bytes;
  TM_RETURN_IF_ERROR(Read(0, bytes));
  return DecodeIndexHeader(bytes.data());
}

Result<std::int32_t> IndexFile::ReadSlot(std::int32_t slot) {
  TM_CHECK(slot >= 0 && slot < geometry_.slots, "slot {} of {}", slot, geometry_.slots);
  std::array<std::byte, kIndexSlotBytes> bytes;
  TM_RETURN_IF_ERROR(Read(geometry_.SlotPosition(slot), bytes));
  return LoadBig<std::int32_t>(bytes.data());
}

Result<IndexEntry> IndexFile::ReadEntry(std::int32_t number) {
  TM_CHECK(number >= 0 && number < geometry_.entries, "entry {} of {}", number, geometry_.entries);
  std::array<std::byte, kIndexEntryBytes> bytes;
  TM_RETURN_IF_ERROR(Read(geometry_.EntryPosition(number), bytes));
  return DecodeIndexEntry(bytes.data());
}

Status IndexFile::Read(std::int64_t position, io::ReadBuffer out) {
  return Named(io::ReadExact(*file_, static_cast<std::uint64_t>(position), out));
}

Status IndexFile::Write(std::int64_t position, io::WriteBuffer data) {
  return Named(io::WriteAll(*file_, static_cast<std::uint64_t>(position), data));
}

Status IndexFile::Allocate(std::int64_t position, std::int64_t length) {
  return Named(
      file_->Allocate(static_cast<std::uint64_t>(position), static_cast<std::uint64_t>(length)));
}

Status IndexFile::Sync() {
  return Named(file_->Sync());
}

Status IndexFile::Named(Status status) const {
  return status.ok() ? status : Prefix("index file " + path_.string(), status);
}

}  // namespace tidemark

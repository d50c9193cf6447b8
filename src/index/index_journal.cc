// SPDX-License-Identifier: Apache-2.0
#include "src/index/index_journal.h"

#include <xxhash.h>

#include <algorithm>

#include "src/base/little_endian.h"
#include "src/io/io.h"

// A journal file; our own, so integers are little-endian except inside headers and entries, which
// are the index file's bytes.
//
//   0   u64      magic
//   8   u64      XXH3 of what follows
//   16  u64      bytes that follow this field
//   24  u64      sequence
//       i64      applied_to
//       i32 i32  geometry: slots, entries
//       name     remove_through       (a name is a u16 of its length and its characters)
//       name     newest
//       40       newest's header
//       u32      changes, each:
//         name   file
//         40 40  header before and after
//         u32    entries, 20 bytes each
//         u32    slots: i32 slot, i32 value each
//
// What stands behind is left of a longer step before.

namespace tidemark {
namespace {

constexpr std::uint64_t kMagic = 0x326C6E726A78646E;  // "ndxjrnl2"
constexpr std::size_t kFrontBytes = 24;
constexpr std::uint64_t kJournalBytesMax = std::uint64_t{1} << 30;

IndexHeader GetHeader(LittleReader& in) {
  const std::byte* from = in.Take(kIndexHeaderBytes);
  return from == nullptr ? IndexHeader{} : DecodeIndexHeader(from);
}

void EncodeChange(const IndexChange& change, LittleWriter& out) {
  out.PutText(change.name);
  EncodeIndexHeader(change.before, out.Add(kIndexHeaderBytes));
  EncodeIndexHeader(change.after, out.Add(kIndexHeaderBytes));
  out.Put(static_cast<std::uint32_t>(change.entries.size()));
  for (const IndexEntry& entry : change.entries) EncodeIndexEntry(entry, out.Add(kIndexEntryBytes));
  out.Put(static_cast<std::uint32_t>(change.slots.size()));
  for (const IndexChange::Slot& slot : change.slots) {
    out.Put(slot.slot);
    out.Put(slot.value);
  }
}

IndexChange DecodeChange(LittleReader& in) {
  IndexChange change;
  change.name = in.GetText();
  change.before = GetHeader(in);
  change.after = GetHeader(in);
  change.entries.resize(in.GetCount<std::uint32_t>(kIndexEntryBytes));
  for (IndexEntry& entry : change.entries) {
    const std::byte* from = in.Take(kIndexEntryBytes);
    if (from != nullptr) entry = DecodeIndexEntry(from);
  }
  change.slots.resize(in.GetCount<std::uint32_t>(2 * sizeof(std::int32_t)));
  for (IndexChange::Slot& slot : change.slots) {
    slot.slot = in.Get<std::int32_t>();
    slot.value = in.Get<std::int32_t>();
  }
  return change;
}

/// The change stays inside a file of this geometry and says so itself.
bool Fits(const IndexChange& change, const IndexGeometry& geometry) {
  const auto count = static_cast<std::int64_t>(change.entries.size());
  const bool slots_ascend = std::adjacent_find(change.slots.begin(), change.slots.end(),
                                               [](const auto& a, const auto& b) {
                                                 return a.slot >= b.slot;
                                               }) == change.slots.end();
  return !change.name.empty() && change.name.find('/') == std::string::npos && count > 0 &&
         change.after.next_entry == change.before.next_entry + count &&
         change.after.next_entry <= geometry.entries && slots_ascend && !change.slots.empty() &&
         change.slots.front().slot >= 0 && change.slots.back().slot < geometry.slots;
}

}  // namespace

std::vector<std::byte> EncodeIndexStep(const IndexStep& step) {
  LittleWriter out;
  std::size_t whole = 256;
  for (const IndexChange& change : step.changes) {
    whole += 128 + change.name.size() + change.entries.size() * kIndexEntryBytes +
             change.slots.size() * sizeof(IndexChange::Slot);
  }
  out.Reserve(whole);
  out.Add(kFrontBytes);
  out.Put(step.sequence);
  out.Put(ToInt(step.applied_to));
  out.Put(step.geometry.slots);
  out.Put(step.geometry.entries);
  out.PutText(step.remove_through);
  out.PutText(step.newest);
  EncodeIndexHeader(step.newest_header, out.Add(kIndexHeaderBytes));
  out.Put(static_cast<std::uint32_t>(step.changes.size()));
  for (const IndexChange& change : step.changes) EncodeChange(change, out);
  std::vector<std::byte> bytes = std::move(out).Take();
  StoreLittle(bytes.data(), kMagic);
  StoreLittle<std::uint64_t>(bytes.data() + 16, bytes.size() - kFrontBytes);
  StoreLittle<std::uint64_t>(bytes.data() + 8, XXH3_64bits(bytes.data() + 16, bytes.size() - 16));
  return bytes;
}

std::optional<IndexStep> DecodeIndexStep(std::span<const std::byte> bytes) {
  if (bytes.size() < kFrontBytes || LoadLittle<std::uint64_t>(bytes.data()) != kMagic) return {};
  const auto size = LoadLittle<std::uint64_t>(bytes.data() + 16);
  if (size > bytes.size() - kFrontBytes) return {};
  if (LoadLittle<std::uint64_t>(bytes.data() + 8) != XXH3_64bits(bytes.data() + 16, size + 8)) {
    return {};
  }
  LittleReader in(bytes.subspan(kFrontBytes, size));
  IndexStep step;
  step.sequence = in.Get<std::uint64_t>();
  step.applied_to = LogOffset{in.Get<std::int64_t>()};
  step.geometry.slots = in.Get<std::int32_t>();
  step.geometry.entries = in.Get<std::int32_t>();
  step.remove_through = in.GetText();
  step.newest = in.GetText();
  step.newest_header = GetHeader(in);
  for (auto count = in.Get<std::uint32_t>(); count > 0 && in.good(); --count) {
    step.changes.push_back(DecodeChange(in));
    if (!Fits(step.changes.back(), step.geometry)) return {};
  }
  if (!in.done()) return {};
  return step;
}

IndexJournal::IndexJournal(io::FileSystem& files, const std::filesystem::path& path)
    : files_(files), paths_{path.string() + "-0", path.string() + "-1"} {}

Result<std::optional<IndexStep>> IndexJournal::Load() {
  std::optional<IndexStep> newest;
  for (const auto& path : paths_) {
    const auto content = io::ReadFile(files_, path, kJournalBytesMax);
    if (!content.has_value()) {
      if (content.error().code() == StatusCode::kNotFound) continue;
      return Prefix("index journal " + path.string(), content.error());
    }
    auto step = DecodeIndexStep(std::as_bytes(std::span(*content)));
    if (step.has_value() && (!newest.has_value() || step->sequence > newest->sequence)) {
      newest = std::move(step);
    }
  }
  if (newest.has_value()) sequence_ = newest->sequence;
  return newest;
}

Status IndexJournal::Write(IndexStep& step) {
  step.sequence = sequence_ + 1;
  TM_RETURN_IF_ERROR(WriteAgain(step));
  sequence_ = step.sequence;
  return {};
}

Status IndexJournal::WriteAgain(const IndexStep& step) {
  const std::filesystem::path& path = paths_[step.sequence % 2];
  if (!names_durable_) {
    TM_RETURN_IF_ERROR(io::CreateDirectories(files_, path.parent_path()));
    for (const auto& each : paths_) {
      TM_ASSIGN_OR_RETURN(const auto created, files_.Open(each, io::Access::kCreate));
    }
    TM_RETURN_IF_ERROR(io::SyncDirectory(files_, path.parent_path()));
    names_durable_ = true;
  }
  TM_ASSIGN_OR_RETURN(const auto file, files_.Open(path, io::Access::kReadWrite));
  const std::vector<std::byte> bytes = EncodeIndexStep(step);
  TM_RETURN_IF_ERROR(io::WriteAll(*file, 0, bytes));
  return file->Sync();
}

Status IndexJournal::Discard() {
  bool removed = false;
  for (const auto& path : paths_) {
    const Status status = files_.Remove(path);
    if (status.code() == StatusCode::kNotFound) continue;
    TM_RETURN_IF_ERROR(status);
    removed = true;
  }
  names_durable_ = false;
  return removed ? io::SyncDirectory(files_, paths_[0].parent_path()) : Status();
}

}  // namespace tidemark

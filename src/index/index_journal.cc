// SPDX-License-Identifier: Apache-2.0
#include "src/index/index_journal.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "src/base/byte_order.h"
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
//       name     remove_through       (a name is a u32 of its length and its characters)
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

constexpr std::uint64_t kMagic = 0x316C6E726A78646E;  // "ndxjrnl1"
constexpr std::size_t kFrontBytes = 24;
constexpr std::uint64_t kJournalBytesMax = std::uint64_t{1} << 30;

class Writer {
 public:
  template <typename T>
  void Integer(T value) {
    std::array<std::byte, sizeof(T)> little;
    StoreLittle(little.data(), value);
    bytes_.insert(bytes_.end(), little.begin(), little.end());
  }
  void Name(const std::string& name) {
    Integer(static_cast<std::uint32_t>(name.size()));
    std::memcpy(Add(name.size()), name.data(), name.size());
  }
  void Reserve(std::size_t size) { bytes_.reserve(size); }
  /// Zeroes to be filled in before the next call.
  std::byte* Add(std::size_t size) {
    bytes_.resize(bytes_.size() + size);
    return bytes_.data() + (bytes_.size() - size);
  }
  std::vector<std::byte> Take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Every call answers zeroes once the bytes have run out.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <typename T>
  T Integer() {
    const std::byte* from = Take(sizeof(T));
    return from == nullptr ? T{} : LoadLittle<T>(from);
  }
  std::string Name() {
    const auto size = Integer<std::uint32_t>();
    const std::byte* from = Take(size);
    return from == nullptr ? "" : std::string(reinterpret_cast<const char*>(from), size);
  }
  IndexHeader Header() {
    const std::byte* from = Take(kIndexHeaderBytes);
    return from == nullptr ? IndexHeader{} : DecodeIndexHeader(from);
  }
  /// A count of things that take `each` bytes; 0 when there cannot be so many.
  std::uint32_t Count(std::size_t each) {
    const auto count = Integer<std::uint32_t>();
    if (count <= left_.size() / each) return count;
    good_ = false;
    return 0;
  }
  const std::byte* Take(std::size_t size) {
    if (size > left_.size()) good_ = false;
    if (!good_) return nullptr;
    const std::byte* from = left_.data();
    left_ = left_.subspan(size);
    return from;
  }
  bool good() const { return good_; }
  bool done() const { return good_ && left_.empty(); }

 private:
  std::span<const std::byte> left_;
  bool good_ = true;
};

void EncodeChange(const IndexChange& change, Writer& out) {
  out.Name(change.name);
  EncodeIndexHeader(change.before, out.Add(kIndexHeaderBytes));
  EncodeIndexHeader(change.after, out.Add(kIndexHeaderBytes));
  out.Integer(static_cast<std::uint32_t>(change.entries.size()));
  for (const IndexEntry& entry : change.entries) EncodeIndexEntry(entry, out.Add(kIndexEntryBytes));
  out.Integer(static_cast<std::uint32_t>(change.slots.size()));
  for (const IndexChange::Slot& slot : change.slots) {
    out.Integer(slot.slot);
    out.Integer(slot.value);
  }
}

IndexChange DecodeChange(Reader& in) {
  IndexChange change;
  change.name = in.Name();
  change.before = in.Header();
  change.after = in.Header();
  change.entries.resize(in.Count(kIndexEntryBytes));
  for (IndexEntry& entry : change.entries) {
    const std::byte* from = in.Take(kIndexEntryBytes);
    if (from != nullptr) entry = DecodeIndexEntry(from);
  }
  change.slots.resize(in.Count(2 * sizeof(std::int32_t)));
  for (IndexChange::Slot& slot : change.slots) {
    slot.slot = in.Integer<std::int32_t>();
    slot.value = in.Integer<std::int32_t>();
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
  Writer out;
  std::size_t whole = 256;
  for (const IndexChange& change : step.changes) {
    whole += 128 + change.name.size() + change.entries.size() * kIndexEntryBytes +
             change.slots.size() * sizeof(IndexChange::Slot);
  }
  out.Reserve(whole);
  out.Add(kFrontBytes);
  out.Integer(step.sequence);
  out.Integer(ToInt(step.applied_to));
  out.Integer(step.geometry.slots);
  out.Integer(step.geometry.entries);
  out.Name(step.remove_through);
  out.Name(step.newest);
  EncodeIndexHeader(step.newest_header, out.Add(kIndexHeaderBytes));
  out.Integer(static_cast<std::uint32_t>(step.changes.size()));
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
  Reader in(bytes.subspan(kFrontBytes, size));
  IndexStep step;
  step.sequence = in.Integer<std::uint64_t>();
  step.applied_to = LogOffset{in.Integer<std::int64_t>()};
  step.geometry.slots = in.Integer<std::int32_t>();
  step.geometry.entries = in.Integer<std::int32_t>();
  step.remove_through = in.Name();
  step.newest = in.Name();
  step.newest_header = in.Header();
  for (auto count = in.Integer<std::uint32_t>(); count > 0 && in.good(); --count) {
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

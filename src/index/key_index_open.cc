// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "src/index/index_names.h"
#include "src/index/key_index.h"
#include "src/io/io.h"

namespace tidemark {
namespace {

/// A record's properties take at most 32767 bytes, a key at least two of them.
constexpr std::size_t kKeysOfRecordMax = 16384;

/// Whether the file's header is the one before the change, the one after it, or torn between them.
Result<bool> HeaderFits(IndexFile& file, const IndexChange& change) {
  std::array<std::byte, kIndexHeaderBytes> now, before, after;
  TM_RETURN_IF_ERROR(file.Read(0, now));
  EncodeIndexHeader(change.before, before.data());
  EncodeIndexHeader(change.after, after.data());
  const bool counted = !change.before.empty();  // an empty file's count may be 0
  for (std::size_t i = 0; i < now.size(); ++i) {
    const bool uncounted = !counted && i >= 36 && now[i] == std::byte{0};
    if (now[i] != before[i] && now[i] != after[i] && !uncounted) return false;
  }
  return true;
}

}  // namespace

KeyIndex::KeyIndex(io::Machine& machine, const KeyIndexOptions& options)
    : machine_(machine),
      options_(options),
      journal_(machine.files(), options.journal),
      files_(std::make_shared<const Files>()),
      pending_(options.geometry.slots) {}

Result<std::unique_ptr<KeyIndex>> KeyIndex::Open(io::Machine& machine,
                                                 const KeyIndexOptions& options) {
  TM_RETURN_IF_ERROR(options.geometry.Check());
  std::unique_ptr<KeyIndex> index(new KeyIndex(machine, options));
  MutexLock turn(index->turn_);
  TM_RETURN_IF_ERROR(index->LoadFiles());
  TM_RETURN_IF_ERROR(index->ReadEndOfFiles());
  TM_RETURN_IF_ERROR(index->LoadJournal());
  return index;
}

Status KeyIndex::LoadFiles() {
  auto listed = machine_.files().List(options_.directory);
  if (!listed.has_value() && listed.error().code() != StatusCode::kNotFound) {
    return Prefix("listing " + options_.directory.string(), listed.error());
  }
  Files files;
  for (const io::DirectoryEntry& entry :
       listed.has_value() ? *listed : std::vector<io::DirectoryEntry>()) {
    const std::string& name = entry.name;
    if (!IsIndexFileName(name)) {
      notes_.push_back(Format("index/{} is no index file: left alone", name));
      continue;
    }
    last_name_ = std::max(last_name_, name);
    const std::filesystem::path path = options_.directory / name;
    TM_ASSIGN_OR_RETURN(const io::FileInfo info, machine_.files().Stat(path));
    if (info.directory || info.size_bytes == 0) {
      notes_.push_back(
          Format("index/{} is {}: left alone", name, info.directory ? "a directory" : "empty"));
      continue;
    }
    const std::int64_t bytes = options_.geometry.FileBytes();
    if (static_cast<std::int64_t>(info.size_bytes) != bytes) {
      return FailedPrecondition(
          "{}: {} bytes, but maxHashSlotNum {} and maxIndexNum {} make {}; give the values the "
          "file was written with, or delete the directory index, which will be built anew",
          path.string(), info.size_bytes, options_.geometry.slots, options_.geometry.entries,
          bytes);
    }
    TM_ASSIGN_OR_RETURN(auto file, OpenFile(name, io::Access::kRead));
    TM_ASSIGN_OR_RETURN(const IndexHeader header, file.ReadHeader());
    // What a killed broker wrote may be read back and yet not be on the device.
    if (!options_.trust_journal) TM_RETURN_IF_ERROR(file.Sync());
    files.push_back({name, header, nullptr});
  }
  MutexLock lock(mutex_);
  Install(std::move(files));
  return {};
}

/// Where the files end when nothing but the files can tell.
Status KeyIndex::ReadEndOfFiles() {
  const Files files = FilesNow();
  LogOffset end{};
  std::vector<std::int32_t> hashes;
  bool more = true;
  for (std::size_t i = files.size(); i-- > 0 && more;) {
    const IndexHeader& header = files[i].header;
    if (header.empty()) continue;
    if (hashes.empty()) end = header.end_record;
    TM_ASSIGN_OR_RETURN(auto file, OpenFile(files[i].name, io::Access::kRead));
    for (auto number = std::min(header.next_entry, options_.geometry.entries); --number > 0;) {
      TM_ASSIGN_OR_RETURN(const IndexEntry entry, file.ReadEntry(number));
      more = entry.record == end && hashes.size() < kKeysOfRecordMax;
      if (!more) break;
      hashes.push_back(entry.key_hash);
    }
  }
  MutexLock lock(mutex_);
  applied_to_ = end;
  last_put_ = LogOffset{0};
  tail_record_ = end;
  tail_hashes_ = std::move(hashes);
  return {};
}

Status KeyIndex::LoadJournal() {
  if (!options_.trust_journal) return {};
  TM_ASSIGN_OR_RETURN(const auto step, journal_.Load());
  return step.has_value() ? Prepare(*step) : Status();
}

Status KeyIndex::Resume() {
  MutexLock turn(turn_);
  if (!options_.trust_journal) return journal_.Discard();
  if (!unfinished_.has_value()) return {};
  if (const Status status = journal_.WriteAgain(*unfinished_); !status.ok()) {
    return Prefix("index journal", status);
  }
  unfinished_.reset();
  return Settle();
}

Status KeyIndex::Prepare(const IndexStep& step) {
  if (step.geometry != options_.geometry) {
    AdviseRebuild(Format("the index journal is of {} slots and {} entries", step.geometry.slots,
                         step.geometry.entries));
    return {};
  }
  Files files = FilesNow();
  while (!files.empty() && files.front().name <= step.remove_through) {
    doomed_.push_back(files.front().name);
    files.erase(files.begin());
  }
  for (const IndexChange& change : step.changes) {
    const auto state = std::find_if(files.begin(), files.end(),
                                    [&](const auto& file) { return file.name == change.name; });
    if (state == files.end()) {
      // Retention took it since; any other file is missed below.
      continue;
    }
    TM_ASSIGN_OR_RETURN(auto file, OpenFile(change.name, io::Access::kRead));
    TM_ASSIGN_OR_RETURN(const bool fits, HeaderFits(file, change));
    if (!fits) {
      AdviseRebuild(Format("index/{} is not as the index journal left it", change.name));
      return {};
    }
    state->header = change.after;
    state->change = std::make_shared<const IndexChange>(change);
  }
  const auto newest = std::find_if(files.rbegin(), files.rend(),
                                   [](const auto& file) { return !file.header.empty(); });
  const bool same = newest == files.rend()
                        ? step.newest.empty()
                        : newest->name == step.newest && newest->header == step.newest_header;
  if (!same) {
    AdviseRebuild(
        Format("the newest index file is not \"{}\" as the index journal left it", step.newest));
    return {};
  }
  unfinished_ = step;
  MutexLock lock(mutex_);
  Install(std::move(files));
  applied_to_ = step.applied_to;
  tail_hashes_.clear();
  return {};
}

void KeyIndex::AdviseRebuild(std::string note) {
  doomed_.clear();
  rebuild_advised_ = true;
  notes_.push_back(note + ": it has to be built anew from the log");
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/index/key_index.h"

#include <algorithm>
#include <utility>

#include "src/base/check.h"
#include "src/index/index_names.h"
#include "src/io/io.h"

namespace tidemark {
namespace {

/// How many files there are up to the last one with an entry.
std::size_t CountToLastUsed(const std::vector<IndexFileState>& files) {
  std::size_t count = files.size();
  while (count > 0 && files[count - 1].header.empty()) --count;
  return count;
}

bool Reach(const std::vector<IndexFileState>& files, LogOffset log_end) {
  return std::any_of(files.begin(), files.end(), [&](const IndexFileState& file) {
    return !file.header.empty() && file.header.end_record >= log_end;
  });
}

}  // namespace

void KeyIndex::Put(std::int32_t key_hash, LogOffset record, WallTime store_time) {
  TM_CHECK(key_hash >= 0, "key hash {}", key_hash);
  MutexLock lock(mutex_);
  TM_CHECK(record >= last_put_, "record {} after {}", ToInt(record), ToInt(last_put_));
  last_put_ = record;
  if (record < applied_to_) return;
  if (record == tail_record_) {
    const auto there = std::find(tail_hashes_.begin(), tail_hashes_.end(), key_hash);
    if (there != tail_hashes_.end()) {
      tail_hashes_.erase(there);
      return;
    }
  }
  pending_.Push(key_hash, record, store_time);
}

Result<KeyIndex::Found> KeyIndex::Find(std::int32_t key_hash, TimeRange range, std::int32_t max) {
  TM_CHECK(key_hash >= 0, "key hash {}", key_hash);
  Found found;
  IndexSearch search(options_.geometry, key_hash, range, max);
  std::shared_ptr<const Files> files;
  std::uint64_t version = 0;
  {
    MutexLock lock(mutex_);
    files = files_;
    version = version_;
    ++searches_[version];
    const std::size_t used = CountToLastUsed(*files);
    const IndexFileState* newest = used == 0 ? nullptr : &(*files)[used - 1];
    search.SearchPending(pending_, newest);
    if (!pending_.empty()) {
      found.last_time = pending_[pending_.size() - 1].store_time;
      found.last_record = pending_[pending_.size() - 1].record;
    } else if (newest != nullptr) {
      found.last_time = newest->header.end_time;
      found.last_record = newest->header.end_record;
    }
  }
  Status status;
  for (std::size_t i = CountToLastUsed(*files); i > 0 && !search.done() && status.ok(); --i) {
    status = search.SearchFile(machine_.files(), options_.directory, (*files)[i - 1]);
  }
  {
    MutexLock lock(mutex_);
    if (--searches_[version] == 0) {
      searches_.erase(version);
      search_ended_.NotifyAll();
    }
  }
  TM_RETURN_IF_ERROR(status);
  found.records = std::move(search).TakeFound();
  return found;
}

Status KeyIndex::Apply(LogOffset durable) {
  MutexLock turn(turn_);
  TM_RETURN_IF_ERROR(Settle());
  while (true) {
    LogOffset applied_to{};
    const std::vector<PendingKeys::Entry> keys = TakeStep(durable, &applied_to);
    if (keys.empty()) break;
    TM_ASSIGN_OR_RETURN(auto changes, Plan(keys));
    TM_RETURN_IF_ERROR(Commit(std::move(changes), keys.size(), applied_to));
    TM_RETURN_IF_ERROR(Settle());
  }
  MutexLock lock(mutex_);
  applied_to_ = std::max(applied_to_, durable);
  return {};
}

/// Finishes what is committed but not in place.
Status KeyIndex::Settle() {
  while (!doomed_.empty()) {
    TM_RETURN_IF_ERROR(RemoveFile(doomed_.back()));
    doomed_.pop_back();
  }
  TM_RETURN_IF_ERROR(SyncNames());
  Files files = FilesNow();
  bool changed = false;
  for (IndexFileState& state : files) {
    if (state.change == nullptr) continue;
    // A search that began before the commit reads the old bytes.
    if (!std::exchange(changed, true)) AwaitOldSearches();
    TM_ASSIGN_OR_RETURN(auto file, OpenFile(state.name, io::Access::kReadWrite));
    TM_RETURN_IF_ERROR(WriteIndexChange(file, *state.change));
    TM_RETURN_IF_ERROR(file.Sync());
    state.change = nullptr;
  }
  if (changed) {
    MutexLock lock(mutex_);
    Install(std::move(files));
  }
  return {};
}

/// The oldest waiting keys of records before `durable`, whole records only. Every record before
/// `applied_to` is done when they are.
std::vector<PendingKeys::Entry> KeyIndex::TakeStep(LogOffset durable, LogOffset* applied_to) {
  MutexLock lock(mutex_);
  std::vector<PendingKeys::Entry> keys;
  *applied_to = durable;
  for (std::size_t i = 0; i < pending_.size() && pending_[i].record < durable; ++i) {
    if (keys.size() >= static_cast<std::size_t>(options_.step_entries_max) &&
        pending_[i].record != keys.back().record) {
      *applied_to = pending_[i].record;
      break;
    }
    keys.push_back(pending_[i]);
  }
  return keys;
}

/// Lays the keys out over the newest file and as many new ones as they need.
Result<std::vector<IndexChange>> KeyIndex::Plan(std::span<const PendingKeys::Entry> keys) {
  std::vector<IndexChange> changes;
  const std::int32_t entries = options_.geometry.entries;
  std::size_t at = CountToLastUsed(FilesNow());
  if (at > 0 && FilesNow()[at - 1].header.next_entry < entries) --at;
  for (; !keys.empty(); ++at) {
    // A step that failed may have left empty files: they come first.
    if (at == FilesNow().size()) TM_RETURN_IF_ERROR(CreateFile());
    const IndexFileState state = FilesNow()[at];
    const auto count = std::min<std::size_t>(
        keys.size(), static_cast<std::size_t>(entries - state.header.next_entry));
    TM_ASSIGN_OR_RETURN(auto file, OpenFile(state.name, io::Access::kReadWrite));
    TM_ASSIGN_OR_RETURN(auto change, PlanIndexChange(file, state.header, keys.first(count)));
    TM_RETURN_IF_ERROR(AllocateForIndexChange(file, change));
    changes.push_back(std::move(change));
    keys = keys.subspan(count);
  }
  return changes;
}

Result<IndexFile> KeyIndex::OpenFile(const std::string& name, io::Access access) {
  return IndexFile::Open(machine_.files(), options_.directory / name, options_.geometry, access);
}

Status KeyIndex::CreateFile() {
  TM_ASSIGN_OR_RETURN(const std::string name,
                      NextIndexFileName(machine_.clock().Wall(), last_name_));
  TM_RETURN_IF_ERROR(io::CreateDirectories(machine_.files(), options_.directory));
  last_name_ = name;
  const auto file = machine_.files().CreateWhole(
      options_.directory / name, static_cast<std::uint64_t>(options_.geometry.FileBytes()),
      io::Blocks::kSparse);
  if (!file.has_value()) return Prefix("making index file " + name, file.error());
  names_durable_ = false;
  Files files = FilesNow();
  files.push_back({name, {}, nullptr});
  MutexLock lock(mutex_);
  Install(std::move(files));
  return {};
}

/// The step has happened when this returns ok, though the files do not show it yet.
Status KeyIndex::Commit(std::vector<IndexChange> changes, std::size_t keys, LogOffset applied_to) {
  TM_RETURN_IF_ERROR(SyncNames());
  IndexStep step;
  step.applied_to = applied_to;
  step.newest = changes.back().name;
  step.newest_header = changes.back().after;
  step.changes = std::move(changes);
  TM_RETURN_IF_ERROR(WriteStep(step));
  Files files = FilesNow();
  for (IndexChange& change : step.changes) {
    const auto state = std::find_if(files.begin(), files.end(),
                                    [&](const auto& file) { return file.name == change.name; });
    state->header = change.after;
    state->change = std::make_shared<const IndexChange>(std::move(change));
  }
  MutexLock lock(mutex_);
  Install(std::move(files));
  pending_.PopFront(keys);
  applied_to_ = applied_to;
  return {};
}

Status KeyIndex::WriteStep(IndexStep& step) {
  step.geometry = options_.geometry;
  const Status status = journal_.Write(step);
  return status.ok() ? status : Prefix("index journal", status);
}

Result<bool> KeyIndex::DropFrom(LogOffset log_end) {
  MutexLock turn(turn_);
  TM_RETURN_IF_ERROR(Settle());
  const Files files = FilesNow();
  if (applied_to() > log_end) {
    // Durable before new records take these offsets: they must not be taken for indexed.
    IndexStep step;
    step.applied_to = log_end;
    if (const std::size_t used = CountToLastUsed(files); used > 0) {
      step.newest = files[used - 1].name;
      step.newest_header = files[used - 1].header;
    }
    TM_RETURN_IF_ERROR(WriteStep(step));
  }
  MutexLock lock(mutex_);
  pending_.PopFrom(log_end);
  applied_to_ = std::min(applied_to_, log_end);
  last_put_ = std::min(last_put_, log_end);
  if (tail_record_ >= log_end) tail_hashes_.clear();
  return Reach(files, log_end);
}

bool KeyIndex::ReachesPast(LogOffset log_end) const {
  MutexLock lock(mutex_);
  return Reach(*files_, log_end);
}

Result<std::int64_t> KeyIndex::DeleteBefore(LogOffset min) {
  MutexLock turn(turn_);
  TM_RETURN_IF_ERROR(Settle());
  Files files = FilesNow();
  std::int64_t deleted = 0;
  while (CountToLastUsed(files) > 1 && files.front().header.end_record < min) {
    TM_RETURN_IF_ERROR(RemoveFile(files.front().name));
    files.erase(files.begin());
    ++deleted;
    MutexLock lock(mutex_);
    Install(files);
  }
  TM_RETURN_IF_ERROR(SyncNames());
  return deleted;
}

Result<std::int64_t> KeyIndex::DeleteNewerThan(WallTime time) {
  MutexLock turn(turn_);
  TM_RETURN_IF_ERROR(Settle());
  TM_RETURN_IF_ERROR(journal_.Discard());
  {
    MutexLock lock(mutex_);
    pending_.Clear();
  }
  Files files = FilesNow();
  std::int64_t deleted = 0;
  for (std::size_t i = files.size(); i-- > 0;) {
    if (files[i].header.end_time <= time) continue;
    TM_RETURN_IF_ERROR(RemoveFile(files[i].name));
    files.erase(files.begin() + static_cast<std::ptrdiff_t>(i));
    ++deleted;
    MutexLock lock(mutex_);
    Install(files);
  }
  TM_RETURN_IF_ERROR(SyncNames());
  TM_RETURN_IF_ERROR(ReadEndOfFiles());
  return deleted;
}

Status KeyIndex::Rebuild() {
  MutexLock turn(turn_);
  IndexStep step;
  step.remove_through = last_name_;
  TM_RETURN_IF_ERROR(WriteStep(step));
  for (const IndexFileState& file : FilesNow()) doomed_.push_back(file.name);
  {
    MutexLock lock(mutex_);
    Install({});
    pending_.Clear();
    applied_to_ = LogOffset{0};
    last_put_ = LogOffset{0};
    tail_hashes_.clear();
  }
  return Settle();
}

Status KeyIndex::RemoveFile(const std::string& name) {
  names_durable_ = false;
  const Status status = machine_.files().Remove(options_.directory / name);
  if (status.ok() || status.code() == StatusCode::kNotFound) return {};
  return Prefix("removing index file " + name, status);
}

Status KeyIndex::SyncNames() {
  if (names_durable_) return {};
  const Status status = io::SyncDirectory(machine_.files(), options_.directory);
  if (!status.ok() && status.code() != StatusCode::kNotFound) {
    return Prefix("directory " + options_.directory.string(), status);
  }
  names_durable_ = true;
  return {};
}

LogOffset KeyIndex::applied_to() const {
  MutexLock lock(mutex_);
  return applied_to_;
}

std::int64_t KeyIndex::pending_bytes() const {
  MutexLock lock(mutex_);
  return pending_.memory_bytes();
}

KeyIndex::Snapshot KeyIndex::TakeSnapshot() const {
  MutexLock lock(mutex_);
  Snapshot snapshot;
  snapshot.applied_to = applied_to_;
  for (const IndexFileState& file : *files_) {
    snapshot.files.push_back({file.name, options_.geometry.FileBytes()});
  }
  return snapshot;
}

WallTime KeyIndex::FullFilesEndTime() const {
  MutexLock lock(mutex_);
  for (auto file = files_->rbegin(); file != files_->rend(); ++file) {
    if (file->change == nullptr && file->header.next_entry >= options_.geometry.entries) {
      return file->header.end_time;
    }
  }
  return {};
}

KeyIndex::Files KeyIndex::FilesNow() const {
  MutexLock lock(mutex_);
  return *files_;
}

void KeyIndex::Install(Files files) {
  files_ = std::make_shared<const Files>(std::move(files));
  ++version_;
}

void KeyIndex::AwaitOldSearches() {
  MutexLock lock(mutex_);
  while (!searches_.empty() && searches_.begin()->first < version_) search_ended_.Wait(mutex_);
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/index/index_file.h"
#include "src/index/index_journal.h"
#include "src/index/index_search.h"
#include "src/index/pending_keys.h"

namespace tidemark {

struct KeyIndexOptions {
  std::filesystem::path directory;  ///< `<root>/index`; made when the first file is.
  std::filesystem::path journal;    ///< `<root>/tidemark/index-journal`; "-0" and "-1" are added.
  IndexGeometry geometry;
  /// Whether nobody but us changed the index files since the journal was written. If not, Resume
  /// removes the journal, durably, so that no later open applies it to files that others changed:
  /// call it before the store calls its sidecar trusted again.
  bool trust_journal = true;
  /// Entries that go to the files in one step, which bounds memory and the journal. The keys of one
  /// record are never parted.
  std::int32_t step_entries_max = 16384;
};

/// RocketMQ's key index: which records carry a key. Entries wait in memory until their record is
/// durable, then go to the files in steps that happen whole or not at all, whatever crashes.
///
/// Thread-safe. Put is for one thread at a time; Apply, DropFrom, Rebuild and the Delete calls wait
/// for one another; Find runs beside everything.
///
/// Keys are known by their hash alone, and files that RocketMQ left may hold entries behind the
/// log's end or before its start: who reads a found record compares its place, topic and key.
class KeyIndex {
 public:
  /// Loads the index; changes nothing. `machine` outlives the index.
  /// Errors: kFailedPrecondition (a file has not the size that the geometry demands),
  /// kInvalidArgument (a geometry that cannot be).
  static Result<std::unique_ptr<KeyIndex>> Open(io::Machine& machine,
                                                const KeyIndexOptions& options);

  /// Completes the step that a crash cut short, or discards a journal that is not trusted. Once,
  /// before any other call.
  Status Resume();

  /// Adds an entry. `record` never goes back; one before applied_to() is ignored, so that a replay
  /// of the log adds each entry once. `key_hash` is not negative.
  void Put(std::int32_t key_hash, LogOffset record, WallTime store_time);

  /// Brings all entries of records before `durable`, a record's start or the log's end, to the
  /// files. On an error the steps done stay done; call again. Nothing half done is ever found, and
  /// no entry gets lost.
  Status Apply(LogOffset durable);

  struct Found {
    std::vector<LogOffset> records;  ///< Newest entry first, as RocketMQ collects them.
    WallTime last_time{};            ///< Of the newest entry of all; the epoch when there is none.
    LogOffset last_record{};
  };
  /// At most `max` records (RocketMQ never asks for more than 64) whose entries have the hash and a
  /// time in `range`, chosen as RocketMQ does. Entry times are up to a second early.
  Result<Found> Find(std::int32_t key_hash, TimeRange range, std::int32_t max);

  /// The log now ends at `log_end`: forgets the waiting entries behind it and takes records from
  /// there on again. Entries in files stay, as RocketMQ leaves them: true when there are some,
  /// which only a Rebuild removes.
  Result<bool> DropFrom(LogOffset log_end);

  /// Whether some file holds entries of records at or past `log_end`.
  bool ReachesPast(LogOffset log_end) const;

  /// Deletes the oldest files whose last record lies before `min`, never the newest file.
  /// Returns how many.
  Result<std::int64_t> DeleteBefore(LogOffset min);

  /// RocketMQ's rule for loading after a crash: deletes every file whose last entry is newer than
  /// `time`. Waiting entries are forgotten; replay the log from applied_to(). Returns how many.
  Result<std::int64_t> DeleteNewerThan(WallTime time);

  /// Forgets everything and removes all files: replay the whole log.
  Status Rebuild();

  /// The files cannot be what the journal says, or somebody added to them: Rebuild is due. Only
  /// said by Open.
  bool rebuild_advised() const { return rebuild_advised_; }
  /// What Open found worth telling, one sentence each.
  const std::vector<std::string>& notes() const { return notes_; }

  /// Every record before it has its entries in the files.
  LogOffset applied_to() const;
  /// Held by waiting entries.
  std::int64_t pending_bytes() const;

  struct FileSize {
    std::string name;
    std::int64_t bytes = 0;
    friend bool operator==(const FileSize&, const FileSize&) = default;
  };
  struct Snapshot {
    LogOffset applied_to{};
    std::vector<FileSize> files;  ///< From the oldest to the newest.
  };
  Snapshot TakeSnapshot() const;
  /// Of the newest file that is full and in place: what RocketMQ keeps as indexMsgTimestamp.
  WallTime FullFilesEndTime() const;

 private:
  using Files = std::vector<IndexFileState>;

  KeyIndex(io::Machine& machine, const KeyIndexOptions& options);

  Status LoadFiles() REQUIRES(turn_);
  Status LoadJournal() REQUIRES(turn_);
  /// Looks whether the step can be done again, and if so makes it what Resume does.
  Status Prepare(const IndexStep& step) REQUIRES(turn_);
  void AdviseRebuild(std::string note) REQUIRES(turn_);
  Status ReadEndOfFiles() REQUIRES(turn_);

  Status Settle() REQUIRES(turn_);
  std::vector<PendingKeys::Entry> TakeStep(LogOffset durable, LogOffset* applied_to);
  Result<std::vector<IndexChange>> Plan(std::span<const PendingKeys::Entry> keys) REQUIRES(turn_);
  Result<IndexFile> OpenFile(const std::string& name, io::Access access) REQUIRES(turn_);
  Status CreateFile() REQUIRES(turn_);
  Status Commit(std::vector<IndexChange> changes, std::size_t keys, LogOffset applied_to)
      REQUIRES(turn_);
  Status WriteStep(IndexStep& step) REQUIRES(turn_);
  Status RemoveFile(const std::string& name) REQUIRES(turn_);
  Status SyncNames() REQUIRES(turn_);

  Files FilesNow() const;

  /// Makes `files` what searches that begin from now on see.
  void Install(Files files) REQUIRES(mutex_);
  /// Returns when no search sees what was there before the last Install.
  void AwaitOldSearches();

  io::Machine& machine_;
  const KeyIndexOptions options_;
  bool rebuild_advised_ = false;
  std::vector<std::string> notes_;

  /// Held by whoever changes files, also while it waits for the disk. Taken before mutex_.
  mutable Mutex turn_;
  IndexJournal journal_ GUARDED_BY(turn_);
  std::string last_name_ GUARDED_BY(turn_);  ///< The largest name there has been.
  bool names_durable_ GUARDED_BY(turn_) =
      false;  ///< The directory was synced since the last change.
  /// Files that a step in the journal removes, and that are still there.
  std::vector<std::string> doomed_ GUARDED_BY(turn_);
  std::optional<IndexStep> unfinished_ GUARDED_BY(turn_);  ///< For Resume.

  /// Held for moments only.
  mutable Mutex mutex_;
  CondVar search_ended_;
  std::shared_ptr<const Files> files_ GUARDED_BY(mutex_);              ///< Sorted by name.
  std::uint64_t version_ GUARDED_BY(mutex_) = 0;                       ///< Of files_.
  std::map<std::uint64_t, std::int64_t> searches_ GUARDED_BY(mutex_);  ///< By the version they see.
  PendingKeys pending_ GUARDED_BY(mutex_);
  LogOffset applied_to_ GUARDED_BY(mutex_){};
  LogOffset last_put_ GUARDED_BY(mutex_){};
  /// Hashes of the last record in files of RocketMQ's, which it might have been killed in.
  LogOffset tail_record_ GUARDED_BY(mutex_){};
  std::vector<std::int32_t> tail_hashes_ GUARDED_BY(mutex_);
};

}  // namespace tidemark

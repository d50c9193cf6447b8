// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "src/consumequeue/queue_directory.h"
#include "src/consumequeue/unit.h"

// Unit n of a queue lies at byte n * 20 of the queue's endless file. The first file begins with
// pre-blank units when the first unit ever written to it is not the first of the file.
namespace tidemark {

/// What a scan of a queue's files found.
struct RecoveredEnd {
  QueueOffset end{};  ///< Behind the last valid unit.
  /// The end of the last unit's record; none when there is no unit but pre-blank ones.
  std::optional<LogOffset> log_end;
};

/// The units of one queue in its files. Threads: as QueueDirectory.
class QueueFiles {
 public:
  QueueFiles(const QueueStorage& storage, const std::string& topic, std::int32_t queue);

  /// The units that the files have room for: [first, end).
  struct Span {
    QueueOffset first{};
    QueueOffset end{};
    bool empty() const { return first == end; }
  };
  /// Errors: as QueueDirectory::Bounds.
  Result<Span> Bounds();
  /// As QueueDirectory::SetSettledEnd.
  void SetSettledEnd(QueueOffset end);

  /// Reads units; what was never written reads as zeroes. Errors: as QueueDirectory::Read.
  Status Read(QueueOffset from, std::span<Unit> out);

  /// Writes units that follow on those written before.
  Status Write(QueueOffset at, std::span<const Unit> units);

  /// Makes the files ready for unit `at` of a queue none of whose messages is left in them:
  /// pre-blank units in front of it as far as its file has none. Files that would leave a gap are
  /// removed.
  Status StartAt(QueueOffset at);

  /// Whether the files hold a valid unit right in front of `at`, or `at` is 0.
  Result<bool> Reach(QueueOffset at);

  Status Sync() { return directory_.Sync(); }
  Status SyncFileSystem() { return directory_.SyncFileSystem(); }
  void NoteSynced() { directory_.NoteSynced(); }

  /// Where the queue ends: scans the last three files as RocketMQ's recovery does.
  Result<RecoveredEnd> RecoverEnd();

  /// Where the units begin that point at or past `log_end`, among those in front of `end`: searched
  /// from the last file backwards. Changes nothing.
  Result<RecoveredEnd> FindCut(LogOffset log_end, QueueOffset end);

  /// Zeroes the units from `at` on and removes the files behind them, durably.
  Status ClearFrom(QueueOffset at);

  /// Removes files, oldest first and never the last, whose last unit points below `log_min`; none
  /// that reaches past `settled`, behind which units may be written again.
  Status DeleteBefore(LogOffset log_min, QueueOffset settled);

  Status RemoveAll();

  /// Units in [from, to) were written and synced: files that end there are finished, and get their
  /// checksums.
  void NoteFinished(QueueOffset from, QueueOffset to);
  /// Compares the finished files that hold units of [from, to) with their checksums, each once.
  /// Errors: kDataLoss (which file differs), and those of reading.
  Status CheckFinished(QueueOffset from, QueueOffset to);

  std::filesystem::path path() const { return directory_.path(); }

 private:
  std::int64_t units_per_file() const { return directory_.file_bytes() / kUnitBytes; }
  void DropChecksums(std::int64_t from, std::int64_t to);
  Result<RecoveredEnd> ScanValid(QueueOffset from, QueueOffset end, LogOffset log_end);

  QueueDirectory directory_;
};

}  // namespace tidemark

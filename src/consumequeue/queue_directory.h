// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "src/base/mutex.h"
#include "src/consumequeue/queue_checksums.h"
#include "src/io/io.h"
#include "src/segment/descriptor_cache.h"

namespace tidemark {

/// What the queues of one kind share. Outlives their directories.
struct QueueStorage {
  io::FileSystem& files;
  DescriptorCache& descriptors;
  std::filesystem::path root;           ///< <store>/consumequeue
  std::int64_t file_bytes;              ///< Of every file, a multiple of the unit's size.
  QueueChecksums* checksums = nullptr;  ///< Of finished files; null: none are kept.
};

/// Removes the directory, unless it holds something: a name that is none of ours, with what is in
/// it, is left to its owner.
Status RemoveIfEmpty(io::FileSystem& files, const std::filesystem::path& directory);

/// One queue's files `<root>/<topic>/<queue>/<20 digits>` as one endless file: byte positions,
/// no idea of units. All files but those that were deleted in front lie side by side.
///
/// Touches nothing until the first call that needs the files. Threads: `Read` and `Bounds` from
/// any; all others from one thread at a time (the keeper's).
class QueueDirectory {
 public:
  /// `topic` outlives the directory.
  QueueDirectory(const QueueStorage& storage, const std::string& topic, std::int32_t queue);
  /// Closes the files that the descriptor cache keeps for this directory.
  ~QueueDirectory();

  struct Span {
    std::int64_t first = 0;  ///< First byte of the first file.
    std::int64_t end = 0;    ///< Behind the last byte of the last file.
    bool empty() const { return first == end; }
  };

  /// Before the first use, where more is known than the files tell: bytes from `end` on were never
  /// settled. Files that begin there, of which a power cut may have kept any, are passed over, and
  /// replaced when their turn comes.
  void SetSettledEnd(std::int64_t end) { settled_end_ = end; }

  /// What the files cover; lists the directory if that was not done yet.
  /// Errors: kFailedPrecondition (a foreign name, or a file of another size: a Java broker would
  /// not start either), kDataLoss (a file is missing in the middle).
  Result<Span> Bounds();

  /// Reads bytes that lie in the files. Errors: kOutOfRange (not all of them do), as Bounds, and
  /// those of reading.
  Status Read(std::int64_t position, std::span<std::byte> out);

  /// Writes bytes at `position`, at most at the end of the last file, making the files it takes;
  /// the first of all files is the one that `position` falls into. What was written, and the new
  /// names, survive a power cut only after Sync, or after a sync of the whole file system.
  Status Write(std::int64_t position, std::span<const std::byte> data);

  /// Syncs the files written to since the last success, and the names made.
  Status Sync();
  /// Syncs the whole file system instead, which one call does for many queues. Something must have
  /// been written.
  Status SyncFileSystem();
  /// Somebody else did.
  void NoteSynced();

  /// Removes the files behind `position`, last first, and zeroes the rest of the one it lies in.
  /// The first file stays even if all of it is zeroed: its name keeps the queue's numbering.
  /// Synced; a crash in between can be repeated.
  Status ClearFrom(std::int64_t position);

  /// Removes the oldest file, durably. Readers of it that have begun may finish.
  Status RemoveFirst();

  /// Removes all files, whatever their lengths, and the directory; durable when the topic's
  /// directory is synced.
  Status RemoveAll();

  TopicQueue name() const { return {topic_, queue_}; }
  QueueChecksums* checksums() const { return storage_.checksums; }
  std::filesystem::path path() const;
  /// The queue's files as messages name them: path of the file that holds `position`.
  std::filesystem::path PathOf(std::int64_t position) const;
  std::int64_t file_bytes() const { return storage_.file_bytes; }

 private:
  std::int64_t BaseOf(std::int64_t position) const {
    return position / storage_.file_bytes * storage_.file_bytes;
  }
  DescriptorCache::Key KeyOf(std::int64_t base) const { return {owner_, base}; }
  Result<std::shared_ptr<io::File>> FileAt(std::int64_t base);
  Status CreateFile(std::int64_t base);
  Status RemoveLast();
  void DropHandles() REQUIRES(mutex_);
  Status SyncRange(std::int64_t from, std::int64_t end);

  const QueueStorage& storage_;
  const std::string& topic_;
  const std::uint64_t owner_;
  const std::int32_t queue_;
  std::int64_t settled_end_ = std::numeric_limits<std::int64_t>::max();
  // What one thread at a time writes.
  bool new_names_ = false;
  bool new_directory_ = false;
  std::int64_t unsynced_from_ = 0;
  std::int64_t unsynced_end_ = 0;

  Mutex mutex_;
  bool loaded_ GUARDED_BY(mutex_) = false;
  Span span_ GUARDED_BY(mutex_);
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "src/base/mutex.h"
#include "src/io/io.h"
#include "src/segment/descriptor_cache.h"
#include "tidemark/types.h"

namespace tidemark {

/// "00000000001073741824": a segment's name is the log offset of its first byte.
std::string SegmentName(LogOffset base);

/// An endless file made of files of equal size in one directory; the log's segments.
/// Thread-safe. Keeps the last used files open, kOpenMax at most; a handle that was given out works
/// as long as it is held, after its file was deleted too.
class SegmentedFile {
 public:
  static constexpr std::size_t kOpenMax = 64;

  /// Loads what the directory holds (none: an empty sequence that starts at 0) and changes nothing.
  /// A last file without bytes is passed over: a crash came between making and sizing it.
  /// Errors: kFailedPrecondition (a foreign name, or a file of another size: the message names the
  /// option to change), kDataLoss (a file is missing in the middle).
  static Result<std::unique_ptr<SegmentedFile>> Load(io::FileSystem& files,
                                                     std::filesystem::path directory,
                                                     std::int64_t segment_bytes);

  std::int64_t segment_bytes() const { return segment_bytes_; }
  const std::filesystem::path& directory() const { return directory_; }

  /// The base of the segment that holds `offset`.
  LogOffset BaseOf(LogOffset offset) const {
    return LogOffset{ToInt(offset) / segment_bytes_ * segment_bytes_};
  }
  std::int64_t PositionIn(LogOffset offset) const { return ToInt(offset) % segment_bytes_; }

  /// First byte of the first file, and the byte behind the last file.
  LogOffset first() const;
  LogOffset end() const;
  bool empty() const { return first() == end(); }

  /// The file that holds `offset`. Errors: kOutOfRange (no such file), and those of opening it.
  Result<std::shared_ptr<io::File>> FileAt(LogOffset offset);
  std::filesystem::path PathOf(LogOffset base) const { return directory_ / SegmentName(base); }

  /// Adds the next file, sparse; its name survives a power cut when this returns. After an error
  /// call it again: it goes on where it failed.
  Status Extend();
  /// Removes the oldest file, durably. Readers miss it even when this fails; then the next call
  /// removes it before another, so that no file is ever missing in the middle.
  Status RemoveFirst();
  /// Removes the newest file, durably. Only while nobody else uses the sequence, before Extend.
  Status RemoveLast();

 private:
  SegmentedFile(io::FileSystem& files, std::filesystem::path directory, std::int64_t segment_bytes)
      : files_(files),
        directory_(std::move(directory)),
        segment_bytes_(segment_bytes),
        open_(files, kOpenMax) {}

  Status CheckHeld(LogOffset offset) const;
  static DescriptorCache::Key KeyOf(LogOffset base) { return {0, ToInt(base)}; }

  io::FileSystem& files_;
  const std::filesystem::path directory_;
  const std::int64_t segment_bytes_;
  DescriptorCache open_;

  /// Adding and removing do not wait for each other: to unlink a large file takes long.
  Mutex extend_mutex_;
  /// The empty file that Load passed over; goes before the next file comes.
  std::optional<std::filesystem::path> leftover_ GUARDED_BY(extend_mutex_);
  /// Has its name, which is not durable yet; null: none.
  std::shared_ptr<io::File> made_ GUARDED_BY(extend_mutex_);

  Mutex remove_mutex_;
  /// Out of sight, and maybe not unlinked.
  std::optional<LogOffset> removing_ GUARDED_BY(remove_mutex_);

  mutable Mutex mutex_;
  LogOffset first_ GUARDED_BY(mutex_){0};
  LogOffset end_ GUARDED_BY(mutex_){0};
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <string>

#include "src/base/mutex.h"
#include "src/io/io.h"
#include "tidemark/types.h"

namespace tidemark {

/// "00000000001073741824": a segment's name is the log offset of its first byte.
std::string SegmentName(LogOffset base);

/// An endless file made of files of equal size in one directory; the log's segments.
/// Thread-safe. A handle that was given out works on after its file was deleted.
class SegmentedFile {
 public:
  /// Loads what the directory holds (none: an empty sequence that starts at 0).
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

  /// Adds the next file, sparse; its name survives a power cut when this returns.
  Status Extend();
  /// Removes the oldest (newest) file, durably.
  Status RemoveFirst();
  Status RemoveLast();

 private:
  SegmentedFile(io::FileSystem& files, std::filesystem::path directory, std::int64_t segment_bytes)
      : files_(files), directory_(std::move(directory)), segment_bytes_(segment_bytes) {}

  io::FileSystem& files_;
  const std::filesystem::path directory_;
  const std::int64_t segment_bytes_;
  mutable Mutex mutex_;
  LogOffset first_ GUARDED_BY(mutex_){0};
  std::deque<std::shared_ptr<io::File>> handles_ GUARDED_BY(mutex_);  ///< Null: not opened yet.
};

}  // namespace tidemark

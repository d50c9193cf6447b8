// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "src/base/mutex.h"
#include "src/io/io.h"
#include "src/segment/segmented_file.h"

namespace tidemark {

/// Reads what the log holds on its device only. What is in the page cache comes from there; the
/// rest comes past it, so that whoever catches up neither drives out what others read nor makes an
/// appender wait behind his read-ahead. Thread-safe.
class ColdReader {
 public:
  /// Direct reads are cut into pieces of this size; where the machine's ring is faster, so many are
  /// in flight at once. An appender's sync waits behind what is in flight: with a MiB its median is
  /// twice as long as with 256 KiB, and the reader hardly faster.
  static constexpr std::int64_t kPieceBytes = 64 << 10;
  static constexpr std::size_t kRingDepth = 4;
  static constexpr std::int64_t kAlignment = 4096;

  ColdReader(io::FileSystem& files, SegmentedFile& segments, std::unique_ptr<io::Ring> ring)
      : files_(files), segments_(segments), ring_(std::move(ring)) {}

  /// Reads [start, start + bytes), which lies in one segment and begins at a multiple of kAlignment
  /// in it. `into` is a multiple of kAlignment too, and has room for `bytes` rounded up to one.
  /// Errors: kOutOfRange (deleted), kDataLoss (with the segment's path).
  Status Read(LogOffset start, std::byte* into, std::int64_t bytes);

  /// Lets go of files that start before `first`.
  void DropBefore(LogOffset first);

 private:
  /// A segment opened in the two ways; null where that failed.
  struct Handles {
    LogOffset base;
    std::shared_ptr<io::File> cached;
    std::shared_ptr<io::File> direct;
  };

  Handles HandlesOf(LogOffset base);
  /// How many bytes came from the start on. What did not come is worth a buffered read.
  Result<std::int64_t> ReadDirect(io::File& file, std::uint64_t position, io::ReadBuffer into);
  Result<std::int64_t> ReadByRing(io::File& file, std::uint64_t position, io::ReadBuffer into);
  std::unique_ptr<io::Ring> TakeRing();
  void PutBack(std::unique_ptr<io::Ring> ring);

  io::FileSystem& files_;
  SegmentedFile& segments_;
  Mutex mutex_;
  std::vector<Handles> handles_ GUARDED_BY(mutex_);    ///< Most recently used first.
  std::unique_ptr<io::Ring> ring_ GUARDED_BY(mutex_);  ///< Null: in use, or given up.
};

}  // namespace tidemark

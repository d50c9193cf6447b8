// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "src/base/mutex.h"
#include "src/io/io.h"
#include "tidemark/types.h"

namespace tidemark {

/// XXH3 of each 64 KiB of the log (RocketMQ's CRC covers bodies only): kept for what was written
/// here, compared with what a cold read brings.
///
/// Files `tidemark/checksums/<20 digits of the segment>`: for each 64 KiB of the segment, the last
/// shorter, two little-endian u64: XXH3 of the block, and XXH3 of that and the block's log offset.
/// Where the second does not fit nothing is known: a crash may leave anything there. The files may
/// be deleted.
///
/// Thread-safe; Add is for whoever leads the group commit.
class BlockChecksums {
 public:
  static constexpr std::int64_t kBlockBytes = 64 << 10;

  BlockChecksums(io::FileSystem& files, std::filesystem::path directory,
                 std::int64_t segment_bytes);
  ~BlockChecksums();

  /// Forgets everything: somebody else may have written the log.
  Status Reset();

  /// The log goes on at `end`, a block's start. What the files say of blocks behind it may be
  /// garbage that a crash left, and is not believed.
  void Start(LogOffset end);

  /// `bytes` were written at `offset`, which is where the last ended or, behind a filler's header,
  /// the next segment's start: what lies between is zero.
  void Add(LogOffset offset, Bytes bytes);

  /// Compares whole blocks; `start` is a block's start. False: for some block nothing is known.
  /// Errors: kDataLoss (which block of which segment differs).
  Result<bool> Verify(LogOffset start, Bytes bytes);

  /// Blocks of the segment, below `end`, whose entry in the file is neither whole nor empty. Behind
  /// the last checkpoint that is what a crash may leave; before it the file was damaged.
  Result<std::vector<LogOffset>> DamagedEntries(LogOffset base, LogOffset end);

  /// Keeps what is known of blocks that end at or below `durable`. The files are synced.
  Status Save(LogOffset durable);
  /// Segments before `first` are gone.
  Status DropBefore(LogOffset first);

 private:
  /// The checksums of one segment.
  struct Segment {
    std::vector<std::uint64_t> hashes;
    std::size_t saved = 0;  ///< Blocks before it are in the file, as far as they are known.
    std::uint64_t used = 0;
  };

  LogOffset BaseOf(LogOffset offset) const {
    return LogOffset{ToInt(offset) / segment_bytes_ * segment_bytes_};
  }
  static LogOffset BlockAt(LogOffset base, std::size_t block) {
    return base + static_cast<std::int64_t>(block) * kBlockBytes;
  }
  /// How many blocks of the segment lie wholly below `end`.
  std::size_t BlocksBelow(LogOffset base, LogOffset end) const;
  std::int64_t BlockBytesAt(std::int64_t position) const;
  void Feed(Bytes bytes) REQUIRES(mutex_);
  void FeedZeroes(std::int64_t bytes) REQUIRES(mutex_);
  Result<Segment*> Load(LogOffset base) REQUIRES(mutex_);
  std::filesystem::path PathOf(LogOffset base) const;

  io::FileSystem& files_;
  const std::filesystem::path directory_;
  const std::int64_t segment_bytes_;
  Mutex mutex_;
  struct Hash;
  const std::unique_ptr<Hash> hash_ PT_GUARDED_BY(mutex_);  ///< Of the block being written.
  LogOffset position_ GUARDED_BY(mutex_){};                 ///< Fed up to here.
  LogOffset saved_to_ GUARDED_BY(mutex_){};  ///< The files are good for blocks below.
  std::map<LogOffset, Segment> segments_ GUARDED_BY(mutex_);  ///< The recently used ones.
  std::uint64_t uses_ GUARDED_BY(mutex_) = 0;
};

}  // namespace tidemark

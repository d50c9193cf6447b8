// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "src/base/mutex.h"
#include "src/segment/block.h"

namespace tidemark {

/// A piece of the tail that can be written: `bytes` belong at `offset`.
struct TailPiece {
  LogOffset offset;
  Bytes bytes;
  BlockRef block;
};

/// The end of the log in memory: a chain of blocks, each a run of whole records of one segment
/// (a record, and a batch, never spans two blocks, so that a view of it is one piece). Blocks stay
/// as cache after they were written, until Evict. Thread-safe, but for Add and Extend, which belong
/// to the holder of the sequencer's lock.
class Tail {
 public:
  /// Room for `bytes` more behind the newest block's end, if that is `offset` and `spare` bytes
  /// stay free behind them; else null.
  std::byte* Extend(LogOffset offset, std::size_t bytes, std::size_t spare);
  /// `block` follows; its first `bytes` are taken for `offset`.
  std::byte* Add(BlockRef block, LogOffset offset, std::size_t bytes);

  /// The block that holds all of [offset, offset + bytes), if it is here still.
  BlockRef Find(LogOffset offset, std::int64_t bytes) const;
  /// Where the oldest block starts; nothing when there is none.
  std::optional<LogOffset> Start() const;

  /// What lies in [from, to), in order, at most `pieces_max` pieces; gaps (the unused ends of
  /// segments) are left out.
  std::vector<TailPiece> Pieces(LogOffset from, LogOffset to, std::size_t pieces_max) const;

  /// Drops the oldest block if it ends at or before `durable` and is not the newest.
  bool EvictOldest(LogOffset durable);

 private:
  mutable Mutex mutex_;
  std::deque<BlockRef> blocks_ GUARDED_BY(mutex_);
  // Only by the holder of the sequencer's lock.
  BlockRef newest_;
};

}  // namespace tidemark

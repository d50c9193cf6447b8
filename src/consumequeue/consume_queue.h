// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/functional/function_ref.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "src/base/mutex.h"
#include "src/consumequeue/queue_files.h"
#include "src/consumequeue/unit.h"
#include "src/segment/block.h"
#include "tidemark/store.h"
#include "tidemark/types.h"

namespace tidemark {

class ConsumeQueue;

/// Queues that hold units which are not yet in synced files: found without walking all queues.
/// Thread-safe.
class DirtyQueues {
 public:
  /// `queue` is in no list.
  void Add(ConsumeQueue& queue);
  /// Empties the list: its first queue; the others hang on it (ConsumeQueue::TakeNextDirty).
  ConsumeQueue* TakeAll() { return head_.exchange(nullptr, std::memory_order_acq_rel); }
  bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

 private:
  std::atomic<ConsumeQueue*> head_{nullptr};
};

/// The units of one queue: a tail in memory in front of files. Dense from the first unit to End.
///
/// Units below FileEnd are in synced files, all from there on are in memory. Records of a queue lie
/// in the log in the order of their units.
///
/// Thread-safe, where each call belongs to one of these parties, and one at a time of each of the
/// first three: the sequencer (hands out offsets), the publisher (pushes), the keeper (files),
/// readers. Recovery calls run before there is anybody else. A publisher never waits for a reader,
/// nor for I/O.
class ConsumeQueue {
 public:
  /// All arguments outlive the queue.
  ConsumeQueue(const QueueStorage& storage, const std::string& topic, std::int32_t queue,
               MemoryBudget& memory, DirtyQueues& dirty);
  ~ConsumeQueue();
  ConsumeQueue(const ConsumeQueue&) = delete;
  ConsumeQueue& operator=(const ConsumeQueue&) = delete;

  const std::string& topic() const { return topic_; }
  std::int32_t queue() const { return queue_; }

  // --- The sequencer, under its lock ---

  /// The offset that the queue's next message will get.
  QueueOffset next() const { return next_; }
  /// Hands out `messages` offsets from the returned one on.
  QueueOffset TakeNext(std::int64_t messages) {
    const QueueOffset taken = next_;
    next_ = next_ + messages;
    return taken;
  }

  // --- The publisher ---

  /// Adds the unit `at`, which must be the end of the queue.
  void Push(const Unit& unit, QueueOffset at);
  /// Behind the last unit, visible or not. Any thread.
  QueueOffset end() const { return QueueOffset{end_.load(std::memory_order_acquire)}; }

  // --- Readers ---

  /// The first unit that points into the log (equal to End: there is none).
  QueueOffset Min() const { return QueueOffset{min_.load(std::memory_order_acquire)}; }

  /// Behind the last unit whose record ends at or below `visible_end`; never below FileEnd.
  QueueOffset End(LogOffset visible_end) const;

  /// Reads units from `from` on whose records end at or below `visible_end`; returns how many came,
  /// fewer than asked only at the end. Errors: kOutOfRange (deleted), and those of reading.
  Result<std::size_t> Read(QueueOffset from, std::span<Unit> out, LogOffset visible_end);

  /// Compares finished files that hold units of [from, to) with their checksums, each once: for
  /// readers who believe a unit without looking at its record.
  /// Errors: kDataLoss (which file differs), and those of reading.
  Status CheckFiles(QueueOffset from, QueueOffset to) {
    return files_.CheckFinished(from, std::min(to, FileEnd()));
  }

  /// When the record of a unit was stored; none when it is no longer in the log.
  using StoreTimeOf = absl::FunctionRef<Result<std::optional<WallTime>>(const Unit&)>;

  /// The first message stored at or after `time`, or (kUpper) the last at or before, by binary
  /// search over [Min, End(visible_end)], clamped into it.
  Result<QueueOffset> OffsetAt(WallTime time, Store::Boundary boundary, LogOffset visible_end,
                               StoreTimeOf store_time_of);

  // --- The keeper ---
  // BringUp, then SyncFiles or a sync of the file system, then Settle; Rewind when that sync
  // failed.

  /// Writes the units whose records end at or below `durable` to the files. They stay in memory.
  /// After an error the next call tries again.
  Status BringUp(LogOffset durable);
  /// Syncs what BringUp wrote. After an error it rewinds by itself.
  Status SyncFiles();
  /// BringUp wrote something that is not settled.
  bool NeedsSync() const { return written_ != FileEnd(); }
  /// Syncs the whole file system of the queue's files. Needs NeedsSync.
  Status SyncFileSystem() { return files_.SyncFileSystem(); }
  /// What BringUp wrote is synced: it leaves memory. The queue was taken from the dirty list; true
  /// when nothing is left in memory, so that the next Push puts it there again, else the caller has
  /// to.
  bool Settle();
  /// The sync failed: nobody knows what reached the device. BringUp writes it again.
  void Rewind();

  /// Behind the last unit that is in synced files: [Min, FileEnd) are in them.
  QueueOffset FileEnd() const { return QueueOffset{settled_.load(std::memory_order_acquire)}; }

  /// The log now begins at `log_min`: raises Min past all units that point below, to End when all
  /// do. Cheap when there is nothing to raise. (RocketMQ's correctMinOffset.)
  Status CorrectMin(LogOffset log_min);
  /// CorrectMin, then removes the files that hold only such units, never the last, durably.
  Status DeleteBefore(LogOffset log_min);

  /// The topic was deleted when the log ended at `floor`, and may have been made again since: to
  /// this queue the log begins there. Its offsets go on, its files go with the log.
  Status HideBefore(LogOffset floor);
  /// Hidden, and nothing came since: there is no such queue to readers. Any thread.
  bool deleted() const { return hidden() && Min() >= end(); }
  /// HideBefore was called, and the log did not pass it since. Any thread.
  bool hidden() const { return floor() > LogOffset{0}; }
  /// What HideBefore was called with, or 0. Any thread.
  LogOffset floor() const { return LogOffset{floor_.load(std::memory_order_acquire)}; }

  /// The topic is deleted: removes the files. Reads fail from now on; BringUp and Settle drop what
  /// is in memory or still pushed.
  Status Remove();
  bool removed() const { return removed_.load(std::memory_order_acquire); }

  /// The next queue on the list that DirtyQueues::TakeAll gave; takes this one off it.
  ConsumeQueue* TakeNextDirty();
  /// Has units in memory, or had since it was last settled. Any thread.
  bool dirty();

  // --- Recovery ---

  /// The queue as a trusted snapshot has it, next() included. Touches no file.
  void Restore(QueueOffset min, QueueOffset file_end);
  /// The queue as its files have it; end and log_end as RocketMQ's recovery finds them.
  Result<RecoveredEnd> RecoverFromFiles();
  /// The log was cut at `log_end`: units that point at or past it go, from memory's view and from
  /// the files, and everything behind them is zeroed. Nothing may be in memory yet.
  Status TruncateFrom(LogOffset log_end);
  /// The same, but the files stay as they are.
  Status CutFrom(LogOffset log_end);
  /// A run that crashed may have left anything in the files behind FileEnd, where nothing is in
  /// memory yet: zeroes it, since RocketMQ takes what it finds there for units.
  Status ClearBehind() { return files_.ClearFrom(FileEnd()); }
  /// The queue holds no message that is in the log: goes on at `first`, at or above its end. The
  /// files follow when the first unit is written.
  void StartAt(QueueOffset first);
  /// The end of the last unit's record as far as it is known; it does not lie behind this.
  LogOffset log_end() const { return LogOffset{log_end_.load(std::memory_order_relaxed)}; }
  /// What the queue holds is of a topic that was deleted and made again: begins anew at 0. Removes
  /// the files.
  Status Restart();

 private:
  friend class DirtyQueues;

  /// A run of units in memory. Units below `end_` never change.
  struct Chunk {
    Chunk(QueueOffset chunk_base, std::int64_t units_max)
        : base(chunk_base),
          capacity(units_max),
          units(std::make_unique_for_overwrite<Unit[]>(static_cast<std::size_t>(units_max))) {}
    QueueOffset end() const { return base + capacity; }
    std::int64_t bytes() const;

    const QueueOffset base;
    const std::int64_t capacity;
    std::unique_ptr<Unit[]> units;
    std::atomic<Chunk*> next{nullptr};
  };

  /// What the publisher holds while it pushes. Contended only by the keeper, which takes it under
  /// `mutex_`, if it is free, for a few instructions: a publisher that finds it taken waits there.
  class CAPABILITY("tail") TailLock {
   public:
    bool TryLock() TRY_ACQUIRE(true) { return !held_.exchange(true, std::memory_order_acquire); }
    void Unlock() RELEASE() { held_.store(false, std::memory_order_release); }

   private:
    std::atomic<bool> held_{false};
  };

  void LockTail() ACQUIRE(tail_lock_);
  void AddChunk(QueueOffset base) REQUIRES(tail_lock_);
  QueueOffset MemoryStart() const REQUIRES(mutex_);
  void FreeFirstChunk() REQUIRES(mutex_);
  /// The chunk's units below `limit` from `from` on.
  static std::span<const Unit> UnitsOf(const Chunk& chunk, QueueOffset from, QueueOffset limit);
  Status ReadOne(QueueOffset at, Unit* unit);
  Status CheckFront(QueueOffset at);
  void SetAll(QueueOffset offset);

  const std::string& topic_;
  MemoryBudget& memory_;
  DirtyQueues& dirty_;
  const std::int32_t queue_;
  std::atomic<bool> removed_{false};
  std::atomic<std::int64_t> min_{0};
  std::atomic<std::int64_t> floor_{0};  ///< Units that point below are hidden.

  // The sequencer's.
  alignas(64) QueueOffset next_{0};

  // The publisher's.
  alignas(64) TailLock tail_lock_;
  bool listed_ GUARDED_BY(tail_lock_) = false;
  Chunk* last_ GUARDED_BY(tail_lock_) = nullptr;
  std::atomic<Chunk*> first_{nullptr};  ///< Set by the publisher, moved on by the keeper.
  std::atomic<std::int64_t> end_{0};
  std::atomic<std::int64_t> log_end_{0};  ///< Of the record of the last unit, or below.

  // The keeper's and the readers'.
  alignas(64) mutable Mutex mutex_;  ///< Held while chunks are read or freed.
  std::atomic<std::int64_t> settled_{0};
  QueueOffset written_{0};        ///< The keeper's alone; settled_ <= written_.
  bool front_checked_ = false;    ///< The keeper's alone: the files reach up to written_.
  LogOffset min_log_offset_{-1};  ///< The keeper's alone: where unit Min points; -1: look it up.
  ConsumeQueue* next_dirty_ = nullptr;
  bool linked_ = false;  ///< On a dirty list; who may put it there or take it off owns this.
  QueueFiles files_;
};

static_assert(sizeof(ConsumeQueue) <= 512, "stores hold 50,000 idle queues");

}  // namespace tidemark

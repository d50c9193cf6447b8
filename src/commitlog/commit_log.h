// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "src/base/mutex.h"
#include "src/commitlog/cold_cache.h"
#include "src/commitlog/cold_reader.h"
#include "src/commitlog/group_commit.h"
#include "src/commitlog/log_writer.h"
#include "src/commitlog/marks.h"
#include "src/commitlog/tail.h"
#include "src/io/io.h"
#include "src/segment/block.h"
#include "src/segment/segmented_file.h"

namespace tidemark {

struct CommitLogOptions {
  std::int64_t write_behind_bytes_max = 4 << 20;
  std::int64_t unsynced_bytes_max = 4 << 20;
  std::chrono::nanoseconds sync_interval = std::chrono::milliseconds(500);
  /// Never are more bytes than this neither durable nor given up: what recovery has to expect.
  std::int64_t unsynced_bytes_hard_max = 16 << 20;
  /// Blocks are allocated this far ahead.
  std::int64_t prepare_bytes = 64 << 20;
  /// Small commits find blocks that were written before: see LogWriter.
  bool zero_ahead = false;
};

/// The machine's rings that the log works with.
struct LogRings {
  std::unique_ptr<io::Ring> commit;  ///< Of LogWriter::kRingDepth.
  std::unique_ptr<io::Ring> read;    ///< Of ColdReader::kRingDepth.
};

/// The log: claims space, takes bytes, makes them durable in groups, gives bytes back. Knows
/// nothing of what the bytes mean but that records do not span segments and what a filler is.
///
/// Thread-safe, but for TryClaim (the holder of the sequencer's lock) and Publish (the holder of
/// the publishing token).
class CommitLog {
 public:
  /// Where a claim's bytes go: `at` is valid until they are published.
  struct Place {
    LogOffset offset;
    std::byte* at;
  };

  /// Bytes that a reader holds.
  struct Pinned {
    BlockPin pin;
    Bytes bytes;
    bool verified = false;  ///< Never left memory, or agrees with its block checksums.
  };

  /// Compares a cold block with its checksums before anybody sees it. False: it has none.
  using Verify = std::function<Result<bool>(LogOffset start, Bytes bytes)>;

  /// The log continues at `end`, and all before it is durable.
  CommitLog(io::Machine& machine, std::unique_ptr<SegmentedFile> segments, MemoryBudget& budget,
            const CommitLogOptions& options, LogRings rings, LogOffset end);

  void set_on_progress(std::function<void()> on_progress) {
    group_commit_.set_on_progress(std::move(on_progress));
  }
  void set_on_written(LogWriter::OnWritten on_written) {
    writer_.set_on_written(std::move(on_written));
  }
  void set_verify(Verify verify) { verify_ = std::move(verify); }
  /// Called when the writer thread has something to do.
  void set_wake_writer(std::function<void()> wake) { wake_writer_ = std::move(wake); }

  /// Called when appenders wait for memory that queues or index hold until a checkpoint.
  void set_on_memory_short(std::function<void()> on_memory_short) {
    on_memory_short_ = std::move(on_memory_short);
  }

  // --- Appending ---

  /// The largest claim that always succeeds once all before it is on the device and readers let
  /// go.
  std::int64_t claim_bytes_max() const;

  /// `bytes` contiguous bytes, or nothing when MakeRoom must be called first (not under the lock).
  std::optional<Place> TryClaim(std::int32_t bytes);

  /// Waits for, or makes, room for a claim of `bytes`: a prepared segment, a block of memory.
  /// Errors: kResourceExhausted (disk full, or memory held or the device busy until `deadline`),
  /// kDataLoss. Settled callbacks run here.
  Status MakeRoom(std::int32_t bytes, std::chrono::nanoseconds deadline);

  /// Everything before `end` is encoded. `now`: monotonic.
  void Publish(LogOffset end, std::chrono::nanoseconds now);

  /// Returns when `end`, which is published, is as durable as asked and the bounds of what may be
  /// unwritten and unsynced hold again.
  Status Await(LogOffset end, Durability until, std::chrono::nanoseconds deadline);
  void AwaitAsync(LogOffset end, Durability until, GroupCommit::Callback done);

  /// Everything published so far to the device. The callbacks that this settles are left to
  /// RunSettled, the writer's if nobody comes before. Errors: as GroupCommit::CommitNow.
  Status Flush(std::chrono::nanoseconds deadline = std::chrono::nanoseconds::max());
  /// Runs callbacks whose outcome is known. Never under a lock.
  void RunSettled() { group_commit_.RunSettled(); }

  /// Ok, or why the log acknowledges nothing any more.
  Status failure() { return group_commit_.failure(); }
  bool failed() const { return group_commit_.failed(); }
  void Fail(Status why) { group_commit_.Fail(std::move(why)); }
  void Abandon(const Status& why) { group_commit_.Abandon(why); }

  // --- Reading ---

  /// [offset, offset + bytes), which lies in one segment, below *published* and not below *min*.
  /// Errors: kOutOfRange (deleted), kResourceExhausted (readers hold all memory), kDataLoss.
  Result<Pinned> Pin(LogOffset offset, std::int64_t bytes);
  /// The same, but fewer bytes when they do not lie in one piece in memory.
  Result<Pinned> PinSome(LogOffset offset, std::int64_t bytes_max);

  // --- Marks ---

  LogOffset min() const { return segments_->first(); }
  LogOffset durable() const { return marks_.durable.get(); }
  LogOffset written() const { return marks_.written.get(); }
  LogOffset published() const { return marks_.published.get(); }
  SegmentedFile& segments() { return *segments_; }
  const SegmentedFile& segments() const { return *segments_; }
  const Histogram& sync_latency() const { return writer_.sync_latency(); }
  std::uint64_t syncs() const { return writer_.syncs(); }
  std::uint64_t cold_reads() const { return cold_reads_.load(std::memory_order_relaxed); }

  // --- Background ---

  /// One turn of the writer: write-behind, interval sync, preparing. True: there was something to
  /// do. `again_in` becomes how long nothing will be due.
  Result<bool> Work(std::chrono::nanoseconds now, std::chrono::nanoseconds* again_in);

  /// Gives the log files and blocks up to `until`, durably.
  Status Prepare(LogOffset until);

  /// Removes the oldest segment; cached blocks of it are forgotten, held ones live on.
  Status DeleteFirstSegment();
  Status CheckSegmentInPlace() { return writer_.CheckSegmentInPlace(); }
  /// Frees memory that serves as cache only; false when there is none.
  bool EvictOne();

 private:
  /// Where a record of `bytes` goes when `reserved` is handed out already.
  LogOffset PlaceFor(LogOffset reserved, std::int32_t bytes) const;
  void Reserve(LogOffset end) {
    reserved_ = end;
    reserved_seen_.store(ToInt(end), std::memory_order_release);
  }
  LogOffset reserved() const { return LogOffset{reserved_seen_.load(std::memory_order_acquire)}; }
  LogOffset prepared() const { return marks_.prepared.get(); }
  bool TooMuchUnsynced(LogOffset end) const {
    return end - durable() > options_.unsynced_bytes_hard_max;
  }
  Status MakeRoomUntil(std::int32_t bytes, std::chrono::nanoseconds deadline);
  std::int64_t PrepareWindow() const;
  BlockRef TakeStandby(std::int32_t bytes);
  Result<Pinned> PinBlock(const BlockRef& block, LogOffset offset, std::int64_t bytes);
  Result<Pinned> PinCold(LogOffset offset, std::int64_t bytes);
  Result<BlockRef> ReadCold(LogOffset offset, std::int64_t bytes);
  /// How long the oldest byte that is not on the device has been published.
  std::chrono::nanoseconds UnsyncedFor(std::chrono::nanoseconds now) const;

  io::Machine& machine_;
  const CommitLogOptions options_;
  const std::unique_ptr<SegmentedFile> segments_;
  MemoryBudget& budget_;
  Marks marks_;
  Tail tail_;
  ColdCache cold_;
  ColdReader cold_reader_;
  LogWriter writer_;
  GroupCommit group_commit_;
  Verify verify_;
  std::function<void()> wake_writer_;
  std::function<void()> on_memory_short_;

  LogOffset reserved_;                       // only by the holder of the sequencer's lock
  std::atomic<std::int64_t> reserved_seen_;  // reserved_, for others to look at
  Mutex prepare_mutex_;                      // who advances *prepared*
  Mutex standby_mutex_;
  BlockRef standby_ GUARDED_BY(standby_mutex_);     // the tail's next block
  std::atomic<std::int64_t> first_unsynced_ns_{0};  // monotonic; valid while something is unsynced
  std::atomic<std::uint64_t> cold_reads_{0};
};

}  // namespace tidemark

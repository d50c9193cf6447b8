// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/commit_log.h"

#include <algorithm>
#include <thread>

#include "src/base/check.h"
#include "src/commitlog/block_checksums.h"
#include "src/format/record.h"

namespace tidemark {
namespace {

using std::chrono::nanoseconds;

// A cold read takes at least this much, aligned to it: one entry of the block checksums.
constexpr std::int64_t kColdBytes = BlockChecksums::kBlockBytes;
// To a reader who goes on where an earlier read ended comes twice as much as then, up to this.
constexpr std::int64_t kReadAheadBytesMax = 1 << 20;
// Raw bytes for one who asks for as many as there are.
constexpr std::int64_t kColdSliceBytesMax = 256 << 10;

}  // namespace

CommitLog::CommitLog(io::Machine& machine, std::unique_ptr<SegmentedFile> segments,
                     MemoryBudget& budget, const CommitLogOptions& options, LogRings rings,
                     LogOffset end)
    : machine_(machine),
      options_(options),
      segments_(std::move(segments)),
      budget_(budget),
      cold_reader_(machine.files(), *segments_, std::move(rings.read)),
      writer_(machine, *segments_, tail_, marks_, std::move(rings.commit), options.zero_ahead),
      group_commit_(writer_, marks_, machine.clock()),
      reserved_(end),
      reserved_seen_(ToInt(end)) {
  marks_.published.Set(end);
  marks_.written.Set(end);
  marks_.durable.Set(end);
  marks_.prepared.Set(end);
}

std::int64_t CommitLog::claim_bytes_max() const {
  // The filler that a claim may need in front of it is shorter than the claim and its own header.
  return std::min({segments_->segment_bytes() - kBlankHeaderBytes,
                   budget_.bytes_max() / 4 - kBlankHeaderBytes,
                   options_.unsynced_bytes_hard_max / 2 - kBlankHeaderBytes});
}

LogOffset CommitLog::PlaceFor(LogOffset reserved, std::int32_t bytes) const {
  const LogOffset segment_end = segments_->BaseOf(reserved) + segments_->segment_bytes();
  return reserved + bytes + kBlankHeaderBytes > segment_end ? segment_end : reserved;
}

std::optional<CommitLog::Place> CommitLog::TryClaim(std::int32_t bytes) {
  const LogOffset offset = PlaceFor(reserved_, bytes);
  if (offset + bytes > prepared() || TooMuchUnsynced(offset + bytes)) return std::nullopt;
  const bool roll = offset != reserved_;
  std::byte* at =
      roll ? nullptr : tail_.Extend(offset, static_cast<std::size_t>(bytes), kBlankHeaderBytes);
  if (at == nullptr) {
    BlockRef block = TakeStandby(bytes);
    if (!block) return std::nullopt;
    if (roll) {
      // The newest block keeps room for a filler's header; only a log that was opened at this very
      // place has no block yet, and gives the filler one of its own.
      const auto unused = static_cast<std::int32_t>(offset - reserved_);
      std::byte* filler = tail_.Extend(reserved_, kBlankHeaderBytes, 0);
      const bool alone = filler == nullptr;
      if (alone) filler = tail_.Add(std::move(block), reserved_, kBlankHeaderBytes);
      EncodeBlank(unused, std::span(filler, kBlankHeaderBytes));
      if (alone) {
        Reserve(offset);
        return std::nullopt;  // MakeRoom brings the next block
      }
    }
    at = tail_.Add(std::move(block), offset, static_cast<std::size_t>(bytes));
  }
  Reserve(offset + bytes);
  return Place{offset, at};
}

BlockRef CommitLog::TakeStandby(std::int32_t bytes) {
  MutexLock lock(standby_mutex_);
  if (!standby_ || standby_->capacity() < static_cast<std::size_t>(bytes + kBlankHeaderBytes)) {
    return BlockRef();
  }
  return std::exchange(standby_, BlockRef());
}

Status CommitLog::MakeRoom(std::int32_t bytes, nanoseconds deadline) {
  Status made = MakeRoomUntil(bytes, deadline);
  RunSettled();
  if (made.code() != StatusCode::kDeadlineExceeded) return made;
  return ResourceExhausted("no room for {} bytes in time: the device is busy with those before",
                           bytes);
}

Status CommitLog::MakeRoomUntil(std::int32_t bytes, nanoseconds deadline) {
  while (true) {
    TM_RETURN_IF_ERROR(failure());
    const LogOffset end = PlaceFor(reserved(), bytes) + bytes;
    if (TooMuchUnsynced(end)) TM_RETURN_IF_ERROR(Flush(deadline));
    if (prepared() < end) {
      const Status prepared_now = Prepare(end + PrepareWindow());
      if (prepared() < end) return prepared_now;
    }
    {
      MutexLock lock(standby_mutex_);
      if (standby_ && standby_->capacity() >= static_cast<std::size_t>(bytes + kBlankHeaderBytes)) {
        return {};
      }
    }
    const std::size_t wanted =
        std::max<std::size_t>(bytes + kBlankHeaderBytes, budget_.block_bytes());
    if (BlockRef block = budget_.TryAllocate(wanted, MemoryBudget::For::kTail)) {
      MutexLock lock(standby_mutex_);
      standby_ = std::move(block);
      return {};
    }
    if (EvictOne()) continue;
    // The tail itself fills the budget: what is on the device can leave.
    if (durable() < published()) {
      TM_RETURN_IF_ERROR(Flush(deadline));
      if (EvictOne()) continue;
    }
    if (on_memory_short_) on_memory_short_();
    if (machine_.clock().Monotonic() >= deadline) {
      return ResourceExhausted(
          "no memory for {} bytes: of memory_bytes_max {} readers hold {}; release batches or "
          "raise "
          "the bound",
          bytes, budget_.bytes_max(), budget_.pinned_bytes());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void CommitLog::Publish(LogOffset end, nanoseconds now) {
  if (durable() == published()) first_unsynced_ns_.store(now.count(), std::memory_order_relaxed);
  marks_.published.Advance(end);
}

nanoseconds CommitLog::UnsyncedFor(nanoseconds now) const {
  if (durable() >= published()) return nanoseconds(0);
  // Whatever is unsynced was published after the last sync began.
  return now - std::max(nanoseconds(first_unsynced_ns_.load(std::memory_order_relaxed)),
                        writer_.last_sync_began());
}

Status CommitLog::Flush(nanoseconds deadline) {
  if (failed()) return failure();
  Status flushed = group_commit_.CommitNow(true, deadline);
  if (group_commit_.has_settled() && wake_writer_) wake_writer_();
  return flushed;
}

Status CommitLog::Await(LogOffset end, Durability until, nanoseconds deadline) {
  if (until != Durability::kMemory) TM_RETURN_IF_ERROR(group_commit_.Await(end, until, deadline));
  if (until == Durability::kDevice) return {};
  // The bounds of what a crash may take hold for what is about to be acknowledged, too.
  const std::int64_t unwritten = end - written();
  const std::int64_t unsynced = end - durable();
  if (unwritten > options_.write_behind_bytes_max / 2 ||
      unsynced > options_.unsynced_bytes_max / 2) {
    if (wake_writer_) wake_writer_();
    if (until == Durability::kMemory && unwritten > options_.write_behind_bytes_max) {
      TM_RETURN_IF_ERROR(group_commit_.Await(end + -options_.write_behind_bytes_max,
                                             Durability::kKernel, deadline));
    }
    if (unsynced > options_.unsynced_bytes_max) {
      TM_RETURN_IF_ERROR(
          group_commit_.Await(end + -options_.unsynced_bytes_max, Durability::kDevice, deadline));
    }
  }
  if (UnsyncedFor(machine_.clock().Monotonic()) > options_.sync_interval) {
    return group_commit_.Await(end, Durability::kDevice, deadline);
  }
  return failed() ? failure() : Status();
}

void CommitLog::AwaitAsync(LogOffset end, Durability until, GroupCommit::Callback done) {
  const auto await = [this](LogOffset to, Durability reach, GroupCommit::Callback then) {
    if (!group_commit_.AwaitAsync(to, reach, std::move(then)) && wake_writer_) wake_writer_();
  };
  if (until == Durability::kDevice) return await(end, until, std::move(done));
  // The bounds hold for what is acknowledged here as well.
  const bool overdue = UnsyncedFor(machine_.clock().Monotonic()) > options_.sync_interval;
  const LogOffset on_device = overdue ? end : end + -options_.unsynced_bytes_max;
  const LogOffset in_kernel =
      until == Durability::kKernel ? end : end + -options_.write_behind_bytes_max;
  if (in_kernel <= written() && on_device <= durable()) return done(failure());
  await(in_kernel, Durability::kKernel,
        [await, on_device, done = std::move(done)](Status written) mutable {
          if (!written.ok()) return done(std::move(written));
          await(on_device, Durability::kDevice, std::move(done));
        });
}

Result<CommitLog::Pinned> CommitLog::Pin(LogOffset offset, std::int64_t bytes) {
  if (bytes < 1 || bytes > published() - offset) {
    return OutOfRange("{} bytes at log offset {} are not in the log, which ends at {}", bytes,
                      ToInt(offset), ToInt(published()));
  }
  if (const BlockRef block = tail_.Find(offset, bytes)) return PinBlock(block, offset, bytes);
  return PinCold(offset, bytes);
}

Result<CommitLog::Pinned> CommitLog::PinSome(LogOffset offset, std::int64_t bytes_max) {
  if (const BlockRef block = tail_.Find(offset, 1)) {
    return PinBlock(block, offset, std::min(bytes_max, block->end() - offset));
  }
  // What the tail holds is left to the next call.
  const std::optional<LogOffset> tail_start = tail_.Start();
  if (tail_start.has_value() && *tail_start > offset) {
    bytes_max = std::min(bytes_max, *tail_start - offset);
  }
  return PinCold(offset, std::min(bytes_max, kColdSliceBytesMax));
}

Result<CommitLog::Pinned> CommitLog::PinBlock(const BlockRef& block, LogOffset offset,
                                              std::int64_t bytes) {
  Pinned pinned;
  if (!budget_.TryPin(block, &pinned.pin)) {
    return ResourceExhausted("readers hold {} bytes of memory_bytes_max {}: release batches",
                             budget_.pinned_bytes(), budget_.bytes_max());
  }
  pinned.bytes = Bytes(block->at(offset), static_cast<std::size_t>(bytes));
  pinned.verified = block->verified();
  return pinned;
}

Result<CommitLog::Pinned> CommitLog::PinCold(LogOffset offset, std::int64_t bytes) {
  if (offset < min()) {
    return OutOfRange("log offset {} lies below the log's first byte {}", ToInt(offset),
                      ToInt(min()));
  }
  BlockRef block = cold_.Find(offset, bytes);
  if (!block) {
    TM_ASSIGN_OR_RETURN(block, ReadCold(offset, bytes));
    cold_.Insert(block);
  }
  return PinBlock(block, offset, bytes);
}

Result<BlockRef> CommitLog::ReadCold(LogOffset offset, std::int64_t bytes) {
  cold_reads_.fetch_add(1, std::memory_order_relaxed);
  const LogOffset base = segments_->BaseOf(offset);
  const LogOffset start = base + (offset - base) / kColdBytes * kColdBytes;
  // Never what the log has not written yet: it lies in the tail, or nowhere.
  const LogOffset readable = std::min(base + segments_->segment_bytes(), written());
  if (readable < offset + bytes) {
    return OutOfRange("log bytes [{}, {}) are not in the log, which is written up to {}",
                      ToInt(offset), ToInt(offset) + bytes, ToInt(written()));
  }
  const std::int64_t needed = (offset - start + bytes + kColdBytes - 1) / kColdBytes * kColdBytes;
  const std::int64_t ahead =
      std::min({2 * cold_.BytesUpTo(start), kReadAheadBytesMax, budget_.bytes_max() / 16});
  LogOffset end = std::min(start + std::max(needed, ahead / kColdBytes * kColdBytes), readable);
  BlockRef block;
  while (!(block = budget_.TryAllocate(static_cast<std::size_t>(end - start),
                                       MemoryBudget::For::kReader))) {
    if (EvictOne()) continue;
    if (end > std::min(start + needed, readable)) {
      end = std::min(start + needed, readable);
      continue;
    }
    // The tail itself fills the budget: what is on the device can leave.
    if (durable() < published() && Flush().ok() && EvictOne()) continue;
    return ResourceExhausted(
        "no memory to read {} bytes: readers hold {} of memory_bytes_max {}; release batches",
        end - start, budget_.pinned_bytes(), budget_.bytes_max());
  }
  block->set_start(start);
  block->set_size(static_cast<std::size_t>(end - start));
  block->set_verified(false);
  TM_RETURN_IF_ERROR(cold_reader_.Read(start, block->at(start), end - start));
  if (verify_) {
    TM_ASSIGN_OR_RETURN(
        const bool verified,
        verify_(start, Bytes(block->at(start), static_cast<std::size_t>(end - start))));
    block->set_verified(verified);
  }
  return block;
}

bool CommitLog::EvictOne() {
  return cold_.EvictOne() || tail_.EvictOldest(durable());
}

std::int64_t CommitLog::PrepareWindow() const {
  return std::min(options_.prepare_bytes, segments_->segment_bytes());
}

Status CommitLog::Prepare(LogOffset until) {
  MutexLock lock(prepare_mutex_);
  for (LogOffset at = prepared(); at < until;) {
    while (segments_->end() <= at) TM_RETURN_IF_ERROR(segments_->Extend());
    const std::int64_t position = segments_->PositionIn(at);
    const std::int64_t length = std::min(PrepareWindow(), segments_->segment_bytes() - position);
    // Whoever leads finds it open, and needs no descriptor when they are short.
    TM_RETURN_IF_ERROR(segments_->FileAt(at).error());
    // A descriptor of its own: the kernel reports an error of writing back once to each, and the
    // sync of whoever leads the group commit must not lose its report to this one.
    TM_ASSIGN_OR_RETURN(
        const std::unique_ptr<io::File> file,
        machine_.files().Open(segments_->PathOf(segments_->BaseOf(at)), io::Access::kReadWrite));
    TM_RETURN_IF_ERROR(
        file->Allocate(static_cast<std::uint64_t>(position), static_cast<std::uint64_t>(length)));
    // From now on a sector that a power cut loses reads as zeroes, never as what the block held
    // before: that is how recovery knows a torn record.
    if (const Status synced = file->Sync(); !synced.ok()) {
      // The error may be that of records, and nobody will be told of it again.
      Fail(DataLoss("{}: {}", segments_->PathOf(segments_->BaseOf(at)).string(), synced.message()));
      return failure();
    }
    at = at + length;
    marks_.prepared.Advance(at);
  }
  return {};
}

Result<bool> CommitLog::Work(nanoseconds now, nanoseconds* again_in) {
  *again_in = options_.sync_interval / 4;
  RunSettled();
  if (failed()) return false;
  bool worked = false;
  const LogOffset end = published();
  const std::int64_t unsynced = end - durable();
  const bool sync = unsynced > 0 &&
                    (unsynced >= options_.unsynced_bytes_max / 2 ||
                     UnsyncedFor(now) >= options_.sync_interval / 2 || group_commit_.sync_wanted());
  if (sync || group_commit_.has_callbacks() ||
      end - written() >= options_.write_behind_bytes_max / 2) {
    const Status committed = group_commit_.CommitNow(sync);
    RunSettled();
    TM_RETURN_IF_ERROR(committed);
    worked = true;
  }
  if (prepared() - reserved() < PrepareWindow()) {
    const Status prepared_now = Prepare(reserved() + 2 * PrepareWindow());
    RunSettled();
    TM_RETURN_IF_ERROR(prepared_now);
    worked = true;
  }
  return worked;
}

Status CommitLog::DeleteFirstSegment() {
  TM_RETURN_IF_ERROR(segments_->RemoveFirst());
  cold_.DropBefore(segments_->first());
  cold_reader_.DropBefore(segments_->first());
  return {};
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/log_writer.h"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

constexpr std::size_t kPiecesMax = LogWriter::kRingDepth - 1;  // and a sync behind them

constexpr std::int64_t kBlockBytes = 4096;
// A commit of more hardly gains by zeroes that cost as much as itself.
constexpr std::int64_t kSmallCommitBytesMax = 128 << 10;
// Zeroed at once: the longer, the less it costs a commit on average, and the longer the one commit
// that comes upon it takes.
constexpr std::size_t kZeroPieces = 16;
alignas(kBlockBytes) constexpr std::array<std::byte, 64 << 10> kZeroes{};

std::int64_t RoundUp(std::int64_t bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

/// Whatever the reason, nobody knows what reached the device, and the next sync may succeed without
/// it: an error that must not look like one to be tried again.
Status InDoubt(const Status& error) {
  return error.ok() ? error : DataLoss("{}", error.message());
}

}  // namespace

Status LogWriter::Commit(bool sync) {
  const std::chrono::nanoseconds began = machine_.clock().Monotonic();
  const LogOffset target = marks_.published.get();
  while (marks_.written.get() < target || (sync && marks_.durable.get() < target)) {
    const LogOffset segment_end =
        segments_.BaseOf(marks_.written.get()) + segments_.segment_bytes();
    if (target <= segment_end) {
      TM_RETURN_IF_ERROR(WriteSegment(target, sync));
    } else {
      TM_RETURN_IF_ERROR(WriteSegment(segment_end, true));
    }
  }
  if (sync) {
    last_sync_began_ns_.store(began.count(), std::memory_order_relaxed);
    sync_latency_.Add(machine_.clock().Monotonic() - began);
  }
  return {};
}

Status LogWriter::WriteSegment(LogOffset to, bool sync) {
  const LogOffset base = segments_.BaseOf(
      marks_.written.get() < to ? marks_.written.get()
                                : LogOffset{std::max<std::int64_t>(0, ToInt(to) - 1)});
  if (base != file_base_) {
    // Its last sync may have found no room on the ring.
    if (file_ != nullptr && marks_.durable.get() < base) TM_RETURN_IF_ERROR(Perform({}, true));
    // What was written to the one before is lost as well if that was taken away.
    TM_RETURN_IF_ERROR(CheckSegmentInPlace());
    TM_ASSIGN_OR_RETURN(file_, segments_.FileAt(base));
    file_base_ = base;
    {
      MutexLock lock(in_use_mutex_);
      in_use_ = {file_, base};
    }
    direct_.reset();
    zeroed_ = base;
    TM_RETURN_IF_ERROR(CheckSegmentInPlace());
  }
  if (sync && zero_ahead_) ZeroAhead(to);
  while (marks_.written.get() < to) {
    const auto pieces = tail_.Pieces(marks_.written.get(), to, kPiecesMax);
    if (pieces.empty()) {  // only the unused end of the segment is left
      marks_.written.Advance(to);
      break;
    }
    const LogOffset pieces_end =
        pieces.back().offset + static_cast<std::int64_t>(pieces.back().bytes.size());
    TM_RETURN_IF_ERROR(Perform(pieces, sync && pieces_end == to));
  }
  if (sync && marks_.durable.get() < to) TM_RETURN_IF_ERROR(Perform({}, true));
  return {};
}

void LogWriter::ZeroAhead(LogOffset to) {
  const LogOffset from = marks_.written.get();
  if (to <= zeroed_ || to - from > kSmallCommitBytesMax) return;
  const std::int64_t start = RoundUp(std::max(from, zeroed_) - file_base_);
  const std::int64_t allocated =
      std::min(marks_.prepared.get() - file_base_, segments_.segment_bytes());
  const std::int64_t room = (allocated - start) / kBlockBytes * kBlockBytes;
  if (room <= 0) return;
  if (direct_ == nullptr) {
    auto opened = machine_.files().Open(segments_.PathOf(file_base_), io::Access::kWriteDirect);
    if (opened.has_value()) direct_ = *std::move(opened);
  }
  std::array<io::WriteBuffer, kZeroPieces> zeroes;
  std::int64_t wanted = 0;
  std::size_t count = 0;
  for (; count < kZeroPieces && wanted < room; ++count) {
    zeroes[count] = io::WriteBuffer(kZeroes).first(
        static_cast<std::size_t>(std::min<std::int64_t>(kZeroes.size(), room - wanted)));
    wanted += static_cast<std::int64_t>(zeroes[count].size());
  }
  const auto taken = direct_ == nullptr ? Result<std::size_t>(0)
                                        : direct_->WriteAt(static_cast<std::uint64_t>(start),
                                                           std::span(zeroes).first(count));
  const std::int64_t whole =
      static_cast<std::int64_t>(taken.value_or(0)) / kBlockBytes * kBlockBytes;
  // Nobody relies on the zeroes: where they cannot be written the segment goes without.
  zeroed_ = whole > 0 ? file_base_ + (start + whole) : file_base_ + segments_.segment_bytes();
}

Status LogWriter::Perform(const std::vector<TailPiece>& pieces, bool sync) {
  std::array<io::Operation, kPiecesMax + 1> operations;
  std::size_t count = 0;
  for (const TailPiece& piece : pieces) {
    operations[count] = {.kind = io::Operation::Kind::kWrite,
                         .link = true,
                         .file = file_.get(),
                         .offset = static_cast<std::uint64_t>(segments_.PositionIn(piece.offset)),
                         .data = const_cast<std::byte*>(piece.bytes.data()),  // only read from
                         .size = piece.bytes.size(),
                         .tag = count};
    ++count;
  }
  if (sync) {
    operations[count] = {.kind = io::Operation::Kind::kSync, .file = file_.get(), .tag = count};
    ++count;
  }
  operations[count - 1].link = false;
  TM_RETURN_IF_ERROR(ring_->Submit(std::span(operations).first(count)));
  std::array<io::Completion, kPiecesMax + 1> completions;
  std::array<io::Completion, kPiecesMax + 1> reaped;
  for (std::size_t done = 0; done < count;) {
    const auto got = ring_->Reap(std::span(reaped).first(count - done), count - done);
    if (!got.has_value()) return InDoubt(got.error());
    for (std::size_t i = 0; i < *got; ++i) completions[reaped[i].tag] = std::move(reaped[i]);
    done += *got;
  }

  for (std::size_t i = 0; i < pieces.size(); ++i) {
    // What the ring took only in part ends in cancelled operations: the caller goes on from here.
    if (i > 0 && completions[i].status.code() == StatusCode::kUnavailable) return {};
    if (!completions[i].status.ok()) return completions[i].status;
    const LogOffset end = pieces[i].offset + static_cast<std::int64_t>(completions[i].bytes);
    if (on_written_)
      on_written_(pieces[i].offset, Bytes(pieces[i].bytes.data(), completions[i].bytes));
    marks_.written.Advance(end);
    // A short write cancelled what was linked behind it: the caller goes on from here.
    if (completions[i].bytes < pieces[i].bytes.size()) return {};
  }
  if (sync) {
    TM_RETURN_IF_ERROR(InDoubt(completions[count - 1].status));
    syncs_.fetch_add(1, std::memory_order_relaxed);
    marks_.durable.Advance(marks_.written.get());
  }
  return {};
}

Status LogWriter::CheckSegmentInPlace() {
  InUse in_use;
  {
    MutexLock lock(in_use_mutex_);
    in_use = in_use_;
  }
  if (!in_use.file) return {};
  TM_ASSIGN_OR_RETURN(const io::FileInfo held, in_use.file->Stat());
  const auto named = machine_.files().Stat(segments_.PathOf(in_use.base));
  if (named.has_value() && named->inode == held.inode) return {};
  if (!named.has_value() && named.error().code() != StatusCode::kNotFound) {
    return ResourceExhausted("{}", named.error().message());  // no answer: ask again
  }
  // One that is full may have gone with retention.
  if (in_use.base >= segments_.first()) {
    return DataLoss(
        "{}: the segment in use was deleted or replaced by another process; stop that process and "
        "reopen the store",
        segments_.PathOf(in_use.base).string());
  }
  return {};
}

}  // namespace tidemark

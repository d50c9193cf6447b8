// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/log_writer.h"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

constexpr std::size_t kPiecesMax = LogWriter::kRingDepth - 1;  // and a sync behind them

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
    // What was written to the one before is lost as well if that was taken away.
    TM_RETURN_IF_ERROR(CheckSegmentInPlace());
    TM_ASSIGN_OR_RETURN(file_, segments_.FileAt(base));
    file_base_ = base;
    {
      MutexLock lock(in_use_mutex_);
      in_use_ = {file_, base};
    }
    TM_RETURN_IF_ERROR(CheckSegmentInPlace());
  }
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

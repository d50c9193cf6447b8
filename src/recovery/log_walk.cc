// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/log_walk.h"

#include <algorithm>

#include "src/recovery/log_end.h"

namespace tidemark {

LogWalk::LogWalk(SegmentedFile& segments, LogOffset from, LogOffset to)
    : segments_(segments),
      to_(std::min(to, segments.end())),
      at_(from),
      scan_(std::in_place, segments, from, ScanOptions()),
      next_at_(from) {}

Result<std::optional<LogPiece>> LogWalk::Next() {
  if (at_ >= next_at_ && !record_.has_value() && !hole_.has_value()) {
    if (at_ >= to_) return std::optional<LogPiece>();
    TM_RETURN_IF_ERROR(Advance());
  }
  LogPiece piece;
  if (at_ < next_at_) {
    piece.kind = LogPiece::Kind::kFiller;
    piece.offset = at_;
    piece.bytes = std::min(segments_.BaseOf(at_) + segments_.segment_bytes(), next_at_) - at_;
  } else if (record_.has_value()) {
    piece.offset = at_;
    piece.bytes = record_->record.size();
    piece.checked = *record_;
    record_.reset();
  } else if (hole_.has_value()) {
    piece = *std::move(hole_);
    hole_.reset();
  } else {
    return std::optional<LogPiece>();
  }
  at_ = piece.end();
  next_at_ = std::max(next_at_, at_);
  return std::optional<LogPiece>(std::move(piece));
}

Status LogWalk::Advance() {
  if (hole_.has_value() || record_.has_value()) return {};
  TM_ASSIGN_OR_RETURN(record_, scan_->Next());
  if (record_.has_value()) {
    next_at_ = record_->record.log_offset;
    if (next_at_ >= to_) record_.reset();
    next_at_ = std::min(next_at_, to_);
    return {};
  }
  next_at_ = std::min(scan_->position(), to_);
  return next_at_ < to_ ? CrossHole(next_at_, scan_->why()) : Status();
}

Status LogWalk::CrossHole(LogOffset start, std::string why) {
  LogReader reader(segments_);
  LogOffset nonzero_end = start;
  LogOffset hole_end = to_;
  for (LogOffset from = start + 1; from < to_;) {
    TM_ASSIGN_OR_RETURN(const std::optional<LogOffset> found,
                        FindRecord(segments_, reader, from, to_, &nonzero_end));
    if (!found.has_value()) break;
    scan_.emplace(segments_, *found, ScanOptions());
    TM_ASSIGN_OR_RETURN(const std::optional<Checked> whole, scan_->Next());
    if (whole.has_value()) {
      // The scan is behind the record now; it starts over when the hole was handed out.
      scan_.emplace(segments_, *found, ScanOptions());
      hole_end = *found;
      break;
    }
    from = *found + 1;
  }
  hole_.emplace();
  hole_->kind = LogPiece::Kind::kHole;
  hole_->offset = start;
  hole_->bytes = hole_end - start;
  hole_->why = std::move(why);
  return {};
}

}  // namespace tidemark

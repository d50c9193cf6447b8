// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "src/recovery/log_scan.h"

namespace tidemark {

/// One stretch of the log.
struct LogPiece {
  enum class Kind : std::uint8_t {
    kRecord,  ///< A whole record, every check passed.
    kFiller,  ///< What was left of a segment.
    kHole,    ///< Bytes that are no record, in front of the next one or of the walk's end.
  };
  Kind kind = Kind::kRecord;
  LogOffset offset{};
  std::int64_t bytes = 0;
  Checked checked;  ///< Of a record.
  std::string why;  ///< Of a hole: what stands there instead of a record.

  LogOffset end() const { return offset + bytes; }
};

/// Walks a part of the log without a gap: records, fillers, and holes where bytes are damaged.
/// Thread-bound.
class LogWalk {
 public:
  /// A record starts at `from`, or should.
  LogWalk(SegmentedFile& segments, LogOffset from, LogOffset to);

  /// The next piece, valid until the next call; nothing at the end.
  Result<std::optional<LogPiece>> Next();

 private:
  Status Advance();
  Status CrossHole(LogOffset start, std::string why);

  SegmentedFile& segments_;
  const LogOffset to_;
  LogOffset at_;  ///< What lies before was handed out.
  std::optional<LogScan> scan_;
  /// Fillers lie between at_ and this, then comes what is next.
  LogOffset next_at_;
  std::optional<Checked> record_;
  std::optional<LogPiece> hole_;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "src/format/check.h"
#include "src/recovery/log_reader.h"

namespace tidemark {

struct ScanOptions {
  bool crc = true;
  /// From here on a power cut may have kept some of a record's sectors and lost others. No checksum
  /// covers topic and properties: a whole sector of zeroes there tells that it was lost.
  LogOffset torn_from{std::numeric_limits<std::int64_t>::max()};
};

/// Walks the records of the log from a record's start to the first place where none is, with every
/// check there is: structure, CRC, the stored offset, batches whole. Thread-bound.
class LogScan {
 public:
  LogScan(SegmentedFile& segments, LogOffset from, const ScanOptions& options)
      : segments_(segments), reader_(segments), options_(options), at_(from) {}

  /// The next record, valid until the next call; nothing at the end of what is whole.
  Result<std::optional<Checked>> Next();

  /// Where the next record would start: after Next returned nothing, where the log ends.
  LogOffset position() const { return at_; }
  /// After the end: what stands there instead of a record.
  const std::string& why() const { return why_; }

 private:
  /// Whether the unused end of a segment begins at `at`.
  Result<bool> FillerAt(LogOffset at);
  /// The record at `at`; nothing, with the reason in why_, when there is none.
  Result<std::optional<Checked>> RecordAt(LogOffset at);
  /// Whether whole records fill [at, at + bytes).
  Result<bool> BatchIsWhole(LogOffset at, std::int64_t bytes);

  SegmentedFile& segments_;
  LogReader reader_;
  const ScanOptions options_;
  LogOffset at_;
  std::string why_;
};

}  // namespace tidemark

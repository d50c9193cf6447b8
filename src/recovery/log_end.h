// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/recovery/log_scan.h"

namespace tidemark {

/// Told how far long work has come: bytes done of bytes in all.
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Where the whole records of a log end, and what lies behind.
struct LogEnd {
  LogOffset end{};             ///< The first place where no whole record starts.
  std::string why;             ///< What stands there.
  std::uint64_t records = 0;   ///< Whole ones from where the scan began.
  WallTime last_store_time{};  ///< Of the last of them.
  LogOffset nonzero_end{};     ///< Behind the last byte, at or behind `end`, that is not zero.

  /// Whole records behind the end, that stand where they say they do.
  struct Behind {
    LogOffset first{};
    LogOffset last{};
    std::uint64_t records = 0;
    static constexpr std::size_t kOffsetsMax = 64;
    std::vector<LogOffset> offsets;  ///< Of the first kOffsetsMax.
    /// By "topic/queue": first and last queue offset.
    std::map<std::string, std::pair<QueueOffset, QueueOffset>> queues;
  };
  std::optional<Behind> behind;
};

/// Scans from `from`, where a record starts, and looks for what lies in [end, end + search_bytes),
/// but at most in the files there are.
Result<LogEnd> FindLogEnd(SegmentedFile& segments, LogOffset from, const ScanOptions& options,
                          std::int64_t search_bytes, const Progress& progress);

/// The next place in [at, to) where a record's magic and its own offset stand right; `nonzero_end`
/// moves behind the last byte before it that is not zero.
Result<std::optional<LogOffset>> FindRecord(SegmentedFile& segments, LogReader& reader,
                                            LogOffset at, LogOffset to, LogOffset* nonzero_end);

/// Copies [from, to) of the log into `file`, durably.
Status CopyOut(io::FileSystem& files, SegmentedFile& segments, LogOffset from, LogOffset to,
               const std::filesystem::path& file);

/// Zeroes what is not zero in [from, to), the last segment first, durably.
Status ZeroLog(SegmentedFile& segments, LogOffset from, LogOffset to);

/// Writes [from, to) over itself and syncs: pages that look clean after a failed sync or a killed
/// process may not be on the device.
Status RewriteLog(SegmentedFile& segments, LogOffset from, LogOffset to);

/// Removes segments behind the one that `end` lies in, but for one empty one. They hold nothing.
Status DropEmptySegments(SegmentedFile& segments, LogOffset end);

}  // namespace tidemark

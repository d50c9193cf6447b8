// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/io/io.h"
#include "src/recovery/abort_file.h"
#include "src/recovery/sidecar.h"

namespace tidemark {

/// What the sidecar is worth for this open.
enum class Trust {
  kNone,        ///< None, or somebody else may have written since: go Java's way.
  kAfterCrash,  ///< Ours is the last run, and it crashed: replay the log from the checkpoint.
  kSealed,      ///< Closed properly by us and untouched since: nothing to replay.
};

struct TrustVerdict {
  Trust trust = Trust::kNone;
  std::string why;              ///< For kNone: in words.
  bool queues_damaged = false;  ///< Queue files are missing: rebuild them from the whole log.
  /// Ours is the last run, and it crashed, whatever the queues are worth: marks and limits of the
  /// sidecar hold for the log.
  bool crashed_by_us = false;
};

/// Times are never compared with a clock, only files with what was sealed.
Result<TrustVerdict> JudgeSidecar(io::FileSystem& files, const std::filesystem::path& root,
                                  const AbortFile& abort, const Sidecar::Found& found);

/// The files that a seal covers, apart from the queues': log, index, `checkpoint`.
Result<std::vector<FileSeal>> SealFiles(io::FileSystem& files, const std::filesystem::path& root);

/// Of the queue's newest file, the one that holds unit `max` - 1; 0 when there is none to have.
Result<std::uint64_t> QueueFilePrint(io::FileSystem& files, const std::filesystem::path& root,
                                     std::int64_t queue_file_bytes, const QueueSnapshot& queue);

}  // namespace tidemark

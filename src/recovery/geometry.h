// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/io/io.h"
#include "src/recovery/snapshot.h"
#include "tidemark/options.h"

namespace tidemark {

/// The sizes of a store's files, all known.
struct Geometry {
  std::int64_t segment_bytes = 1 << 30;
  std::int64_t queue_file_bytes = 6'000'000;
  std::int64_t batch_queue_file_bytes = 300'000 * 46;
  std::int32_t index_slots = 5'000'000;
  std::int32_t index_entries = 20'000'000;

  std::int64_t index_file_bytes() const {
    return 40 + 4 * std::int64_t{index_slots} + 20 * std::int64_t{index_entries};
  }
};

/// Each from the first that knows it: options, `broker.conf` in the root, our snapshot, the files
/// themselves, the default. Index files do not tell theirs: only whether a choice can be right.
/// Errors: kInvalidArgument (a size that cannot be), kFailedPrecondition (the store uses a feature
/// of RocketMQ that is refused: which key, which file).
Result<Geometry> FindGeometry(io::FileSystem& files, const std::filesystem::path& root,
                              const FileSizes& options, const Snapshot* snapshot,
                              std::vector<std::string>* notes);

/// Whether appends go to light queues: `option`, else what `broker.conf` in the root says, else
/// not.
Result<bool> FindLightQueues(io::FileSystem& files, const std::filesystem::path& root,
                             std::optional<bool> option, std::vector<std::string>* notes);

}  // namespace tidemark

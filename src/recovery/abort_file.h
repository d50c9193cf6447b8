// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "src/io/io.h"
#include "src/recovery/snapshot.h"

namespace tidemark {

/// `<root>/abort`: there while a store is open, so that finding it means a crash. Java looks at its
/// existence only and writes its process id; ours says whose it is, which a Java broker that ran in
/// between overwrites:
///   <process id>\n
///   tidemark <store id in hex> <run id in hex>\n
struct AbortFile {
  bool exists = false;
  std::optional<Id> store_id;  ///< None: not written by us.
  std::optional<Id> run_id;
};

Result<AbortFile> ReadAbortFile(io::FileSystem& files, const std::filesystem::path& root);
/// Durable when it returns.
Status WriteAbortFile(io::Machine& machine, const std::filesystem::path& root, const Id& store_id,
                      const Id& run_id);
Status RemoveAbortFile(io::FileSystem& files, const std::filesystem::path& root);

}  // namespace tidemark

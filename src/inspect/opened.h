// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "src/recovery/recover.h"
#include "tidemark/inspect.h"

namespace tidemark {

/// A directory that is looked at: locked, its files as they are beside a store as recovery would
/// leave it. Nothing of either is ever written.
struct OpenedStore {
  std::filesystem::path root;
  std::unique_ptr<io::File> lock;        ///< Null when the directory cannot be locked.
  std::shared_ptr<io::Machine> on_disk;  ///< The files as they are.
  std::shared_ptr<io::Machine> recovered_machine;
  std::unique_ptr<MemoryBudget> budget;
  RecoveredStore recovered;
  std::unique_ptr<SegmentedFile> log;  ///< On disk.

  /// Below the root.
  std::string NameOf(LogOffset offset) const;
};

/// `rebuild`: with queues and index as a rebuild would make them, whatever their files say.
/// Errors: as Inspection::Open.
Result<OpenedStore> OpenToLook(const std::filesystem::path& directory,
                               const InspectOptions& options, bool rebuild = false);

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "src/commitlog/commit_log.h"
#include "tidemark/options.h"

namespace tidemark {

/// The machine a store is opened on: that of the options, else this computer. How this computer's
/// files are best reached is measured once and remembered in the sidecar (`tidemark/io-path`);
/// stores that are only looked at measure nothing.
class StoreMachine {
 public:
  /// Errors: kUnavailable (io_uring asked for and refused).
  static Result<StoreMachine> Choose(const StoreOptions& options,
                                     const std::filesystem::path& root);

  const std::shared_ptr<io::Machine>& machine() const { return machine_; }

  /// From here on nothing is written: changes stay in memory.
  void KeepChangesInMemory() { machine_ = io::OverlayMachine(machine_); }

  /// Writes down what was measured, now that the store is ours. What fails is only logged.
  void Remember(const Logger& logger) const;

  /// The log's rings. One that the kernel refuses is replaced by the plain path, with a warning,
  /// unless io_uring was asked for.
  Result<LogRings> OpenLogRings(const StoreOptions& options) const;

 private:
  Result<std::unique_ptr<io::Ring>> OpenRing(io::RingUse use, std::size_t depth,
                                             const StoreOptions& options, Status* refused) const;

  std::shared_ptr<io::Machine> machine_;
  std::filesystem::path memory_;
  std::string to_remember_;
};

}  // namespace tidemark

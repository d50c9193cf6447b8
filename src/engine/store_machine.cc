// SPDX-License-Identifier: Apache-2.0
#include "src/engine/store_machine.h"

#include "src/io/this_machine.h"
#include "src/recovery/sidecar.h"

namespace tidemark {
namespace {

constexpr const char* kMemoryName = "io-path";

/// The directory itself, or the nearest one above it that exists.
std::filesystem::path WhereToProbe(const std::filesystem::path& root) {
  std::filesystem::path probe = root;
  std::error_code ignored;
  while (!std::filesystem::exists(probe, ignored) && probe.has_parent_path()) {
    probe = probe.parent_path();
  }
  return std::filesystem::exists(probe, ignored) ? probe : ".";
}

}  // namespace

Result<StoreMachine> StoreMachine::Choose(const StoreOptions& options,
                                          const std::filesystem::path& root) {
  StoreMachine chosen;
  chosen.machine_ = options.machine;
  if (chosen.machine_ == nullptr) {
    chosen.memory_ = root / Sidecar::kDirectory / kMemoryName;
    TM_ASSIGN_OR_RETURN(
        io::ChosenMachine here,
        io::ThisMachineFrom(chosen.memory_, options.read_only ? io::Path::kPread : options.io_path,
                            WhereToProbe(root)));
    chosen.machine_ = std::move(here.machine);
    chosen.to_remember_ = std::move(here.to_remember);
  }
  return chosen;
}

void StoreMachine::Remember(const Logger& logger) const {
  if (to_remember_.empty()) return;
  const Status written = io::ReplaceFile(machine_->files(), memory_, to_remember_);
  if (written.ok()) return;
  logger(LogLevel::kWarning, Format("{} could not be written, so the next open measures again: {}",
                                    memory_.string(), written.message()));
}

Result<LogRings> StoreMachine::OpenLogRings(const StoreOptions& options) const {
  LogRings rings;
  Status refused;
  TM_ASSIGN_OR_RETURN(rings.commit,
                      OpenRing(io::RingUse::kCommit, LogWriter::kRingDepth, options, &refused));
  TM_ASSIGN_OR_RETURN(rings.read,
                      OpenRing(io::RingUse::kRead, ColdReader::kRingDepth, options, &refused));
  if (!refused.ok()) {
    options.logger(
        LogLevel::kWarning,
        Format("what io_uring was to serve goes by pread/pwrite instead: {}", refused.message()));
  }
  return rings;
}

Result<std::unique_ptr<io::Ring>> StoreMachine::OpenRing(io::RingUse use, std::size_t depth,
                                                         const StoreOptions& options,
                                                         Status* refused) const {
  auto ring = machine_->NewRing(use, depth);
  if (ring.has_value() || ring.error().code() != StatusCode::kUnavailable) return ring;
  const bool asked_for = options.machine == nullptr && options.io_path == io::Path::kIoUring;
  if (asked_for) return ring;
  *refused = std::move(ring).error();
  return io::NewInlineRing(depth);
}

}  // namespace tidemark

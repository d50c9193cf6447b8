// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/simulation/simulated_machine.h"
#include "tidemark/inspect.h"
#include "tidemark/store.h"

namespace tidemark::test {

inline constexpr const char* kRoot = "/store";

/// A store on the simulated machine whose files are so small that everything rolls, with nobody
/// but the caller's thread.
inline StoreOptions TinyFiles(simulation::SimulatedMachine& machine,
                              std::int64_t segment_bytes = 4096) {
  StoreOptions options;
  options.sizes.segment_bytes = segment_bytes;
  options.sizes.queue_file_bytes = 200;
  options.sizes.index_slots = 10;
  options.sizes.index_entries = 20;
  options.memory_bytes_max = 1 << 20;
  options.message_bytes_max = 2048;
  options.background = Background::kCaller;
  options.retention.automatic = false;
  options.machine = std::shared_ptr<io::Machine>(std::shared_ptr<void>(), &machine);
  options.logger = [](LogLevel, std::string_view) {};
  return options;
}

/// Appends `bytes` times one letter to queue 0 of topic "t".
inline Result<AppendResult> AppendOne(Store& store, Durability until, std::size_t bytes = 100) {
  const std::string body(bytes, 'b');
  return store.Append({.topic = "t", .body = body}, until);
}

/// Removes a file, or a directory with all that is in it, if it is there.
inline void RemoveTree(io::FileSystem& files, const std::filesystem::path& path) {
  const auto listed = files.List(path);
  if (listed.has_value()) {
    for (const io::DirectoryEntry& entry : *listed) RemoveTree(files, path / entry.name);
  }
  (void)files.Remove(path);
}

/// What Verify has to say against the store on the machine.
inline Status CheckSound(simulation::SimulatedMachine& machine, const std::string& when) {
  InspectOptions options;
  options.machine = std::shared_ptr<io::Machine>(std::shared_ptr<void>(), &machine);
  Status status;
  const auto report = Verify(kRoot, options, [&](const Finding& finding) {
    if (finding.kind == Finding::Kind::kNote || !status.ok()) return;
    status = Status(StatusCode::kDataLoss, when + ": " + finding.file + ": " + finding.text);
  });
  return report.has_value() ? status : report.error();
}

}  // namespace tidemark::test

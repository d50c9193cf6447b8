// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "tests/recovery/history.h"
#include "tests/recovery/tiny_store.h"
#include "tests/simulation/crash_explorer.h"

namespace tidemark::test {

using HistoryScript = std::function<void(simulation::SimulatedMachine&, History&)>;
/// What else must hold: of a store that was recovered after `crash` and still holds the first
/// `survivors` entries of the history.
using AlsoCheck = std::function<Status(Store& store, const History& history, std::size_t survivors,
                                       const simulation::Crash& crash)>;

struct ExploreOptions {
  std::string name;
  std::size_t operations_max = 0;  ///< Crash points; 0: every one.
  int recovery_depth = 0;
  AlsoCheck also = nullptr;
  simulation::ImageLimits limits = {};
  std::int64_t segment_bytes = 4096;  ///< Of the script's TinyFiles.
};

/// Crashes the script at every operation, recovers each image that may be left, and checks it
/// against the history: twice, with an append between. Prints and returns what was visited.
/// TIDEMARK_SEED chooses other random numbers.
simulation::ExplorerReport Explore(ExploreOptions options, const HistoryScript& script);

}  // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#include "tests/recovery/explore.h"

#include <cstdio>
#include <cstdlib>

#include "src/base/status.h"

namespace tidemark::test {
namespace {

using simulation::Crash;
using simulation::CrashExplorer;
using simulation::ExplorerOptions;
using simulation::SimulatedMachine;

/// Recovers, checks, appends once more, closes, recovers and checks again.
Status CheckRecovery(SimulatedMachine& machine, const History& history, const Crash& crash,
                     const ExploreOptions& wanted) {
  TM_RETURN_IF_ERROR(history.wrong);
  // An earlier crash may have been a power cut.
  const bool killed = crash.killed && crash.depth == 0;
  std::size_t survivors = 0;
  {
    TM_ASSIGN_OR_RETURN(const auto store,
                        Store::Open(kRoot, TinyFiles(machine, wanted.segment_bytes)));
    TM_ASSIGN_OR_RETURN(survivors, CheckStore(*store, history, killed));
    if (wanted.also) TM_RETURN_IF_ERROR(wanted.also(*store, history, survivors, crash));
    TM_RETURN_IF_ERROR(store->Append({.topic = "after", .body = "x"}, Durability::kDevice).error());
    TM_RETURN_IF_ERROR(store->Close());
  }
  TM_ASSIGN_OR_RETURN(const auto store,
                      Store::Open(kRoot, TinyFiles(machine, wanted.segment_bytes)));
  TM_ASSIGN_OR_RETURN(const std::size_t again, CheckStore(*store, history, killed));
  if (again != survivors) return DataLoss("{} entries, and later {}", survivors, again);
  TM_ASSIGN_OR_RETURN(const MessageBatch after, store->Read({"after", 0}, QueueOffset{0}));
  if (after.empty()) return DataLoss("the message appended after recovery is not there");
  return {};
}

}  // namespace

simulation::ExplorerReport Explore(ExploreOptions wanted, const HistoryScript& script) {
  History history;
  ExplorerOptions options;
  options.name = wanted.name;
  if (const char* seed = std::getenv("TIDEMARK_SEED"))
    options.machine.seed = std::strtoull(seed, nullptr, 10);
  options.operations_max = wanted.operations_max;
  options.recovery_depth = wanted.recovery_depth;
  options.recovery_share = 0.1;
  options.limits = wanted.limits;
  CrashExplorer explorer(
      options,
      [&](SimulatedMachine& machine) {
        history = History();
        script(machine, history);
      },
      [&](SimulatedMachine& machine, const Crash& crash) {
        return CheckRecovery(machine, history, crash, wanted);
      });
  simulation::ExplorerReport report = explorer.Explore();
  std::printf("%s: %s\n", wanted.name.c_str(), report.ToString().c_str());
  return report;
}

}  // namespace tidemark::test

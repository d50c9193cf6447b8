// SPDX-License-Identifier: Apache-2.0
// Scripts on the simulated machine, crashed at every operation: what is left must keep the promises
// of docs/guarantees.md.
#include "tests/recovery/explore.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::SimulatedMachine;
using test::History;
using test::kRoot;
using test::Script;
using test::TinyFiles;

void Explore(test::ExploreOptions options, const test::HistoryScript& script) {
  const simulation::ExplorerReport report = test::Explore(std::move(options), script);
  INFO(report.ToString());
  CHECK(report.failures.empty());
  CHECK((report.distinct_images > 10 || std::getenv("TIDEMARK_REPLAY") != nullptr));
}

TEST_CASE("appends of each durability survive what they promise to", "[recovery][crash]") {
  Explore({.name = "appends"}, [](SimulatedMachine& machine, History& history) {
    auto store = Store::Open(kRoot, TinyFiles(machine));
    if (!store.has_value()) return;
    Script script(machine, history);
    for (int i = 0; i < 12; ++i) {
      const auto until = static_cast<Durability>(i % 3);
      if (!script.Append(**store, i % 2, 50 + static_cast<std::size_t>(i) * 40, until)) return;
      if (i % 5 == 4 && !(*store)->DoBackgroundWork().has_value()) return;
    }
    (void)(*store)->Close();
  });
}

TEST_CASE("batches are whole or absent", "[recovery][crash]") {
  Explore({.name = "batches"}, [](SimulatedMachine& machine, History& history) {
    auto store = Store::Open(kRoot, TinyFiles(machine));
    if (!store.has_value()) return;
    Script script(machine, history);
    for (int i = 0; i < 6; ++i) {
      if (!script.AppendBatch(**store, 2 + static_cast<std::size_t>(i) % 3,
                              i % 2 ? Durability::kDevice : Durability::kKernel)) {
        return;
      }
    }
    (void)(*store)->Checkpoint();
    (void)script.AppendBatch(**store, 5, Durability::kDevice);
  });
}

TEST_CASE("checkpoints and reopening lose nothing", "[recovery][crash]") {
  Explore({.name = "checkpoints"}, [](SimulatedMachine& machine, History& history) {
    Script script(machine, history);
    for (int run = 0; run < 2; ++run) {
      auto store = Store::Open(kRoot, TinyFiles(machine));
      if (!store.has_value()) return;
      for (int i = 0; i < 6; ++i) {
        if (!script.Append(**store, i % 3, 300,
                           i % 2 ? Durability::kDevice : Durability::kMemory)) {
          return;
        }
        if (i % 3 == 2 && !(*store)->Checkpoint().ok()) return;
      }
      if (!(*store)->Close().ok()) return;
    }
  });
}

TEST_CASE("queue files made in one checkpoint may survive it in any choice", "[recovery][crash]") {
  Explore({.name = "queue-files", .operations_max = 60},
          [](SimulatedMachine& machine, History& history) {
            Script script(machine, history);
            auto store = Store::Open(kRoot, TinyFiles(machine));
            if (!store.has_value()) return;
            // Ten units fill a file: some of the files' names are lost, or the first of them.
            for (int i = 0; i < 32; ++i) {
              if (!script.Append(**store, 0, 20, Durability::kMemory)) return;
            }
            if (!(*store)->Checkpoint().ok()) return;
            for (int i = 0; i < 25; ++i) {
              if (!script.Append(**store, 0, 20, Durability::kMemory)) return;
            }
            (void)(*store)->Checkpoint();
          });
}

TEST_CASE("zeroes written ahead take nothing away and leave nothing behind", "[recovery][crash]") {
  constexpr std::int64_t kSegmentBytes = 12'000;  // zeroed once, in pages behind what is written
  Explore({.name = "zeroes-ahead", .segment_bytes = kSegmentBytes},
          [](SimulatedMachine& machine, History& history) {
            Script script(machine, history);
            auto store = Store::Open(kRoot, TinyFiles(machine, kSegmentBytes));
            if (!store.has_value()) return;
            for (int i = 0; i < 14; ++i) {
              if (!script.Append(**store, i % 2, 1000,
                                 i % 3 == 1 ? Durability::kDevice : Durability::kKernel)) {
                return;
              }
            }
            (void)(*store)->Close();
          });
}

TEST_CASE("recovery itself may crash", "[recovery][crash]") {
  Explore({.name = "recovery-crash", .recovery_depth = 2}, [](SimulatedMachine& machine,
                                                              History& history) {
    auto store = Store::Open(kRoot, TinyFiles(machine));
    if (!store.has_value()) return;
    Script script(machine, history);
    for (int i = 0; i < 8; ++i) {
      if (!script.Append(**store, i % 2, 400, i % 2 ? Durability::kDevice : Durability::kKernel)) {
        return;
      }
    }
  });
}

}  // namespace
}  // namespace tidemark

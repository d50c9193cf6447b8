// SPDX-License-Identifier: Apache-2.0
// Light queues through power cuts: each holds exactly the messages that name it.
#include <cstdio>

#include "src/io/io.h"
#include "tests/recovery/tiny_store.h"
#include "tests/simulation/crash_explorer.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::Crash;
using simulation::CrashExplorer;
using simulation::ExplorerOptions;
using simulation::SimulatedMachine;
using test::CheckSound;
using test::kRoot;
using test::TinyFiles;

constexpr std::string_view kNames = "INNER_MULTI_DISPATCH\1%LMQ%a,%LMQ%b\2";

Result<AppendResult> AppendOne(Store& store, Durability until) {
  static const std::string body(200, 'b');
  return store.Append({.topic = "t", .encoded_properties = kNames, .body = body}, until);
}

StoreOptions Light(SimulatedMachine& machine) {
  StoreOptions options = TinyFiles(machine);
  options.light_queues = true;
  return options;
}

TEST_CASE("light queues have what the log has, whenever power goes", "[recovery][crash]") {
  std::int64_t acknowledged = 0;
  ExplorerOptions options;
  options.name = "light-queues";
  CrashExplorer explorer(
      options,
      [&](SimulatedMachine& machine) {
        acknowledged = 0;
        auto store = Store::Open(kRoot, Light(machine));
        for (int i = 0; store.has_value() && i < 12; ++i) {
          const auto until = i % 3 == 1 ? Durability::kMemory : Durability::kDevice;
          if (!AppendOne(**store, until).has_value()) return;
          if (until == Durability::kDevice) acknowledged = i + 1;
          if (i % 5 == 4 && !(*store)->Checkpoint().ok()) return;
        }
        if (store.has_value()) (void)(*store)->Close();
      },
      [&](SimulatedMachine& machine, const Crash&) -> Status {
        if (io::Exists(machine.files(), std::filesystem::path(kRoot) / "commitlog")) {
          if (Status sound = CheckSound(machine, "crashed"); !sound.ok()) return sound;
        }
        auto store = Store::Open(kRoot, Light(machine));
        if (!store.has_value()) return store.error();
        const auto at = AppendOne(**store, Durability::kDevice);
        if (!at.has_value()) return at.error();
        // Not the offset in "t": RocketMQ's CRC covers the body only, so that a record which nobody
        // was promised may have lost its properties to a torn write.
        for (const char* name : {"%LMQ%a", "%LMQ%b"}) {
          const auto bounds = (*store)->Bounds({name, 0});
          if (!bounds.has_value()) return bounds.error();
          const auto batch = (*store)->Read({name, 0}, bounds->max + -1);
          if (!batch.has_value()) return batch.error();
          if (batch->size() != 1 || (*batch)[0].log_offset() != at->log_offset ||
              bounds->max <= QueueOffset{acknowledged}) {
            return Status(StatusCode::kDataLoss, std::string(name) + " lost a message");
          }
        }
        if (Status closed = (*store)->Close(); !closed.ok()) return closed;
        return CheckSound(machine, "closed");
      });
  const auto report = explorer.Explore();
  std::printf("light-queues: %s", report.ToString().c_str());
  INFO(report.ToString());
  CHECK(report.failures.empty());
  CHECK(report.distinct_images > 100);
}

}  // namespace
}  // namespace tidemark

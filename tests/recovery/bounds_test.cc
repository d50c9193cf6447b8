// SPDX-License-Identifier: Apache-2.0
// How much a crash may take of what was acknowledged before it was on the device.
#include <algorithm>

#include "src/base/status.h"
#include "tests/recovery/explore.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::Crash;
using simulation::SimulatedMachine;
using test::Explore;
using test::History;
using test::kRoot;
using test::Script;
using test::TinyFiles;

constexpr std::int64_t kUnsyncedMax = 3000;
constexpr std::int64_t kWriteBehindMax = 1500;
constexpr std::chrono::milliseconds kInterval{500};

StoreOptions TightBounds(SimulatedMachine& machine) {
  StoreOptions options = TinyFiles(machine);
  options.unsynced_bytes_max = kUnsyncedMax;
  options.write_behind_bytes_max = kWriteBehindMax;
  options.sync_interval = kInterval;
  return options;
}

/// That what is lost of the acknowledged entries is no more than the options say.
Status CheckBounds(Store& store, const History& history, std::size_t survivors,
                   const Crash& crash) {
  const LogOffset end = store.Recovery().end;
  for (std::size_t i = survivors; i < history.entries.size(); ++i) {
    const History::Entry& entry = history.entries[i];
    if (!entry.acknowledged.has_value()) continue;
    const std::int64_t bound = crash.killed ? kWriteBehindMax : kUnsyncedMax;
    if (entry.end - end > bound) {
      return DataLoss("entry {} ends {} bytes behind what is left: {} may be lost", i,
                      entry.end - end, bound);
    }
    if (!crash.killed && history.now - entry.acknowledged_at > kInterval) {
      return DataLoss("entry {} was acknowledged {} ms before power went, and is lost", i,
                      (history.now - entry.acknowledged_at).count() / 1'000'000);
    }
  }
  return {};
}

void CheckReport(const simulation::ExplorerReport& report) {
  INFO(report.ToString());
  CHECK(report.failures.empty());
}

TEST_CASE("a crash takes no more bytes than the bounds say", "[recovery][crash]") {
  for (const bool async : {false, true}) {
    CheckReport(Explore({.name = async ? "bytes-async" : "bytes", .also = CheckBounds},
                        [&](SimulatedMachine& machine, History& history) {
                          Script script(machine, history);
                          auto store = Store::Open(kRoot, TightBounds(machine));
                          if (!store.has_value()) return;
                          for (int i = 0; i < 24; ++i) {
                            const auto until =
                                i % 5 == 4 ? Durability::kKernel : Durability::kMemory;
                            const auto bytes = 100 + static_cast<std::size_t>(i % 7) * 90;
                            if (!(async ? script.AppendAsync(**store, i % 2, bytes, until)
                                        : script.Append(**store, i % 2, bytes, until))) {
                              return;
                            }
                            // The writer comes seldom.
                            if (async && i % 12 == 11) (void)(*store)->DoBackgroundWork();
                          }
                        }));
  }
}

TEST_CASE("a power cut takes nothing that was acknowledged an interval ago", "[recovery][crash]") {
  CheckReport(Explore(
      {.name = "interval", .also = CheckBounds}, [](SimulatedMachine& machine, History& history) {
        Script script(machine, history);
        auto store = Store::Open(kRoot, TightBounds(machine));
        if (!store.has_value()) return;
        for (int i = 0; i < 40; ++i) {
          history.now = machine.clock().PeekMonotonic();
          // Bursts, then silence.
          if (i % 16 < 6 &&
              !script.Append(**store, 0, 60, i % 2 ? Durability::kKernel : Durability::kMemory)) {
            return;
          }
          // As often as the writer thread comes.
          machine.clock().Advance(kInterval / 4);
          if (!(*store)->DoBackgroundWork().has_value()) return;
        }
      }));
}

TEST_CASE("with kDurable nobody is shown what a power cut takes back", "[recovery][crash]") {
  CheckReport(Explore({.name = "shown"}, [](SimulatedMachine& machine, History& history) {
    Script script(machine, history);
    StoreOptions options = TightBounds(machine);
    options.visible_when = VisibleWhen::kDurable;
    auto store = Store::Open(kRoot, options);
    if (!store.has_value()) return;
    auto consumer = (*store)->NewConsumer({.group = "g", .topic = "t"});
    if (!consumer.has_value()) return;
    for (int i = 0; i < 20; ++i) {
      if (i % 6 == 5) {
        if (!script.AppendBatch(**store, 3, Durability::kKernel)) return;
      } else if (!script.Append(**store, i % 2, 200, static_cast<Durability>(i % 3))) {
        return;
      }
      if (i % 4 == 3) machine.clock().Advance(kInterval);
      if (i % 4 == 3 && !(*store)->DoBackgroundWork().has_value()) return;
      // Every way to see a message.
      const auto see = [&](std::int32_t queue, QueueOffset end) {
        history.seen[queue] = std::max(history.seen[queue], end);
      };
      for (const QueueInfo& info : (*store)->Queues()) {
        see(info.queue, info.bounds.max);
        const auto read = (*store)->Read({"t", info.queue}, info.bounds.min);
        if (read.has_value() && !read->empty()) see(info.queue, read->next_offset());
        const QueueOffset behind = info.bounds.max;
        if ((*store)->Wait({"t", info.queue}, behind, std::chrono::nanoseconds(0)).ok()) {
          see(info.queue, behind + 1);
        }
      }
      const auto found = (*store)->FindByKey("t", test::KeyOf(history.entries.size() - 1));
      if (found.has_value() && !found->empty()) {
        see((*found)[0].queue(), (*found)[0].queue_offset() + 1);
      }
      auto polled = consumer->Poll(std::chrono::nanoseconds(0));
      if (polled.has_value() && !polled->empty()) {
        see((*polled)[0].queue(), polled->next_offset());
      }
    }
  }));
}

}  // namespace
}  // namespace tidemark

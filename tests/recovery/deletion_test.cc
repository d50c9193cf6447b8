// SPDX-License-Identifier: Apache-2.0
// Topics that are deleted and made again: their queues go on where they were, whoever recovers
// them from what, and whenever power goes.
#include <cstdio>
#include <cstdlib>
#include <map>

#include "src/base/byte_order.h"
#include "src/consumequeue/unit.h"
#include "src/format/layout.h"
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
using test::RemoveTree;
using test::TinyFiles;

constexpr std::int32_t kQueues = 2;
constexpr std::string_view kAfter = "after";

/// What the script did to topic "t".
struct History {
  struct Queue {
    std::vector<std::string> bodies;  ///< At their offsets.
    std::size_t acknowledged = 0;
    std::vector<std::size_t> deleted_at{0};  ///< How many there were at each deletion begun.
    std::size_t must_be_hidden = 0;          ///< By deletions that returned.
  };
  std::array<Queue, kQueues> queues;
};

bool Append(Store& store, History& history, std::int32_t queue, std::size_t bytes,
            Durability until) {
  History::Queue& known = history.queues[static_cast<std::size_t>(queue)];
  known.bodies.push_back(std::to_string(queue) + "/" + std::to_string(known.bodies.size()) +
                         std::string(bytes, '.'));
  const auto at = store.Append({.topic = "t", .queue = queue, .body = known.bodies.back()}, until);
  if (!at.has_value()) return false;
  if (until == Durability::kDevice) known.acknowledged = known.bodies.size();
  return at->queue_offset == QueueOffset{static_cast<std::int64_t>(known.bodies.size()) - 1};
}

bool Delete(Store& store, History& history) {
  for (History::Queue& queue : history.queues) queue.deleted_at.push_back(queue.bodies.size());
  if (!store.DeleteTopic("t").ok()) return false;
  for (History::Queue& queue : history.queues) {
    queue.must_be_hidden = queue.acknowledged = queue.bodies.size();
  }
  return true;
}

Status Wrong(const std::string& what) {
  return Status(StatusCode::kDataLoss, what);
}

/// Everything that readers see of the store.
using Seen = std::map<std::string, std::string>;

Result<Seen> Look(Store& store) {
  Seen seen;
  for (const QueueInfo& info : store.Queues()) {
    const std::string name = info.topic + "/" + std::to_string(info.queue) + "@";
    seen[name] =
        std::to_string(ToInt(info.bounds.min)) + ".." + std::to_string(ToInt(info.bounds.max));
    for (QueueOffset next = info.bounds.min; next < info.bounds.max;) {
      auto batch = store.Read({info.topic, info.queue}, next);
      if (!batch.has_value()) return batch.error();
      if (batch->empty()) return Wrong("an empty read below max");
      for (const MessageView& message : *batch) {
        seen[name + std::to_string(ToInt(message.queue_offset()))] = message.body().text();
      }
      next = batch->next_offset();
    }
  }
  return seen;
}

/// `checks`: so many earlier checks, crashed in turn, may have appended theirs.
Status CheckQueue(Store& store, std::int32_t number, const History::Queue& queue,
                  std::size_t checks) {
  const auto bounds = store.Bounds({"t", number});
  if (!bounds.has_value()) {
    const bool begun = queue.deleted_at.size() > 1 && queue.deleted_at.back() > 0;
    if (begun || queue.acknowledged == 0) return {};
    return Wrong("a queue is gone that nobody deleted");
  }
  const auto min = static_cast<std::size_t>(ToInt(bounds->min));
  const auto max = static_cast<std::size_t>(ToInt(bounds->max));
  if (max < queue.acknowledged) return Wrong("an acknowledged message is lost");
  if (max > queue.bodies.size() + checks) return Wrong("messages that nobody appended");
  if (min < queue.must_be_hidden) return Wrong("a deleted message is there");
  if (std::find(queue.deleted_at.begin(), queue.deleted_at.end(), min) == queue.deleted_at.end()) {
    return Wrong("the queue begins at " + std::to_string(min));
  }
  for (std::size_t at = min; at < max;) {
    const auto batch = store.Read({"t", number}, QueueOffset{static_cast<std::int64_t>(at)});
    if (!batch.has_value()) return batch.error();
    for (const MessageView& message : *batch) {
      const std::string_view body = message.body().text();
      if (checks > 0 && body == kAfter) return {};
      if (at >= max || body != queue.bodies[at++]) return Wrong("an offset names another");
    }
  }
  return {};
}

Status OpenAndSee(SimulatedMachine& machine, const char* how, const Seen& expected) {
  auto store = Store::Open(kRoot, TinyFiles(machine));
  if (!store.has_value()) return store.error();
  const auto seen = Look(**store);
  if (!seen.has_value()) return seen.error();
  if (*seen != expected) return Wrong(std::string("other queues after recovery from ") + how);
  return (*store)->Close();
}

Status CheckRecovery(SimulatedMachine& machine, const History& history, const Crash& crash) {
  const auto checks = static_cast<std::size_t>(crash.depth);
  // Without a log nothing was promised yet, and there is no store to look at.
  if (io::Exists(machine.files(), std::filesystem::path(kRoot) / "commitlog")) {
    if (Status sound = CheckSound(machine, "crashed"); !sound.ok()) return sound;
  }
  Seen seen;
  {
    auto store = Store::Open(kRoot, TinyFiles(machine));
    if (!store.has_value()) return store.error();
    for (std::int32_t i = 0; i < kQueues; ++i) {
      const History::Queue& queue = history.queues[static_cast<std::size_t>(i)];
      if (Status status = CheckQueue(**store, i, queue, checks); !status.ok()) return status;
      const auto at =
          (*store)->Append({.topic = "t", .queue = i, .body = kAfter}, Durability::kDevice);
      if (!at.has_value()) return at.error();
      const auto offset = static_cast<std::size_t>(ToInt(at->queue_offset));
      if (offset < queue.acknowledged || offset > queue.bodies.size() + checks) {
        return Wrong("the queue goes on at " + std::to_string(offset));
      }
    }
    auto looked = Look(**store);
    if (!looked.has_value()) return looked.error();
    seen = *std::move(looked);
    if (Status status = (*store)->Close(); !status.ok()) return status;
  }
  if (Status sound = CheckSound(machine, "closed"); !sound.ok()) return sound;
  if (Status same = OpenAndSee(machine, "the sidecar", seen); !same.ok()) return same;
  if (crash.interrupted) return {};  // half of the files below is nobody's promise
  const std::filesystem::path root(kRoot);
  RemoveTree(machine.files(), root / "tidemark");
  if (Status same = OpenAndSee(machine, "Java's files", seen); !same.ok()) return same;
  for (const char* derived : {"tidemark", "consumequeue", "index", "checkpoint"}) {
    RemoveTree(machine.files(), root / derived);
  }
  if (Status same = OpenAndSee(machine, "the log alone", seen); !same.ok()) return same;
  return CheckSound(machine, "rebuilt");
}

TEST_CASE("a topic may be deleted and made again, whenever power goes", "[recovery][crash]") {
  History history;
  ExplorerOptions options;
  options.name = "deletions";
  if (const char* seed = std::getenv("TIDEMARK_SEED")) {
    options.machine.seed = std::strtoull(seed, nullptr, 10);
  }
  options.recovery_depth = 1;
  options.recovery_share = 0.05;
  CrashExplorer explorer(
      options,
      [&](SimulatedMachine& machine) {
        history = History();
        auto store = Store::Open(kRoot, TinyFiles(machine));
        if (!store.has_value()) return;
        for (int i = 0; i < 14; ++i) {
          const Durability until = i % 5 == 1 ? Durability::kMemory : Durability::kDevice;
          if (!Append(**store, history, i % 3 == 2 ? 1 : 0, 250, until)) return;
          if (i == 4 && !(*store)->Checkpoint().ok()) return;
          if ((i == 6 || i == 7 || i == 11) && !Delete(**store, history)) return;
        }
        (void)(*store)->Close();
      },
      [&](SimulatedMachine& machine, const Crash& crash) {
        return CheckRecovery(machine, history, crash);
      });
  const auto report = explorer.Explore();
  std::printf("deletions: %s", report.ToString().c_str());
  INFO(report.ToString());
  CHECK(report.failures.empty());
  CHECK(report.distinct_images > 100);
}

TEST_CASE("of a topic that Java deleted and made again the later messages count", "[recovery]") {
  SimulatedMachine machine;
  std::vector<LogOffset> records;
  {
    auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
    for (int i = 0; i < 5; ++i) {
      const std::string body = "body" + std::to_string(i);
      records.push_back(
          REQUIRE_VALUE(store->Append({.topic = "t", .body = body}, Durability::kDevice))
              .log_offset);
    }
    REQUIRE_OK(store->Close());
  }
  // Java begins at 0 again: messages 3 and 4 are the new topic's.
  const std::filesystem::path root(kRoot);
  {
    const auto segment = REQUIRE_VALUE(
        machine.files().Open(root / "commitlog" / "00000000000000000000", io::Access::kReadWrite));
    for (std::size_t i = 3; i < 5; ++i) {
      std::array<std::byte, 8> offset{};
      StoreBig<std::int64_t>(offset.data(), static_cast<std::int64_t>(i) - 3);
      REQUIRE_OK(io::WriteAll(
          *segment, static_cast<std::uint64_t>(ToInt(records[i]) + kRecordQueueOffsetAt), offset));
    }
  }
  // Java's files: a queue with the first of them, as a killed broker leaves it; or none at all.
  for (const char* derived : {"tidemark", "consumequeue", "index", "checkpoint"}) {
    RemoveTree(machine.files(), root / derived);
  }
  if (GENERATE(true, false)) {
    std::array<std::byte, 200> file{};
    const auto size = static_cast<std::int32_t>(records[4] - records[3]);
    EncodeUnit({records[3], size, 0}, file.data());
    REQUIRE_OK(io::CreateDirectories(machine.files(), root / "consumequeue/t/0"));
    const auto made = REQUIRE_VALUE(machine.files().CreateWhole(
        root / "consumequeue/t/0/00000000000000000000", 200, io::Blocks::kSparse));
    REQUIRE_OK(io::WriteAll(*made, 0, file));
    REQUIRE_OK(io::ReplaceFile(machine.files(), root / "abort", "4711"));
  }
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  const auto batch = REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0}));
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].body().text() == "body3");
  CHECK(batch[1].body().text() == "body4");
  CHECK(
      REQUIRE_VALUE(store->Append({.topic = "t", .body = "x"}, Durability::kDevice)).queue_offset ==
      QueueOffset{2});
}

TEST_CASE("retention takes what was deleted along, and the queue goes on", "[recovery]") {
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  const std::string body(600, 'b');
  const auto append = [&](const char* topic) {
    return REQUIRE_VALUE(store->Append({.topic = topic, .body = body}, Durability::kDevice))
        .queue_offset;
  };
  for (int i = 0; i < 25; ++i) append("t");
  REQUIRE_OK(store->DeleteTopic("t"));
  CHECK(store->Bounds({"t", 0}).error().code() == StatusCode::kNotFound);
  CHECK(store->QueuesOf("t").empty());
  CHECK(store->Read({"t", 0}, QueueOffset{3}).error().code() == StatusCode::kNotFound);
  CHECK(store->Wait({"t", 0}, QueueOffset{3}, std::chrono::nanoseconds(0)).code() ==
        StatusCode::kDeadlineExceeded);
  for (int i = 0; i < 25; ++i) append("other");
  REQUIRE_OK(store->Checkpoint());
  CHECK(REQUIRE_VALUE(store->DeleteBefore(store->Marks().published)) > 4);
  REQUIRE_OK(store->Close());
  store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  CHECK(store->Bounds({"t", 0}).error().code() == StatusCode::kNotFound);
  CHECK(append("t") == QueueOffset{25});
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).min == QueueOffset{25});

  // Once the log is past the deletion nothing of it is remembered.
  for (int i = 0; i < 10; ++i) append("t");
  REQUIRE_OK(store->Checkpoint());
  CHECK(REQUIRE_VALUE(store->DeleteBefore(store->Marks().published)) > 1);
  REQUIRE_OK(store->Checkpoint());
  const auto file = std::filesystem::path(kRoot) / "config" / "deletedTopics.json";
  CHECK(REQUIRE_VALUE(io::ReadFile(machine.files(), file)).find("\"t\"") == std::string::npos);
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{36});
  REQUIRE_OK(store->Close());
  CHECK_OK(CheckSound(machine, "after retention"));
}

}  // namespace
}  // namespace tidemark

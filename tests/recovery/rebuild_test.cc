// SPDX-License-Identifier: Apache-2.0
// What recovery does when queues or index do not fit the log, and what it leaves alone.
#include <limits>
#include <map>

#include "src/io/io.h"
#include "src/recovery/snapshot.h"
#include "tests/recovery/tiny_store.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::SimulatedMachine;
using test::AppendOne;
using test::kRoot;
using test::RemoveTree;
using test::TinyFiles;

const std::filesystem::path kFirst =
    std::filesystem::path(kRoot) / "commitlog/00000000000000000000";

void Patch(SimulatedMachine& machine, const std::filesystem::path& path, std::uint64_t at,
           std::string_view bytes) {
  const auto file = REQUIRE_VALUE(machine.files().Open(path, io::Access::kReadWrite));
  REQUIRE_OK(io::WriteAll(*file, at, std::as_bytes(std::span(bytes))));
}

/// What a power cut leaves when everything was synced.
std::unique_ptr<SimulatedMachine> AfterCut(SimulatedMachine& machine) {
  std::unique_ptr<SimulatedMachine> booted;
  machine.ForEachKill({}, [&](const simulation::Image& image) {
    booted = machine.Boot(image);
    return false;
  });
  return booted;
}

TEST_CASE("a gap in a light queue never keeps a store from opening", "[recovery]") {
  const std::string offset = GENERATE("7", "9223372036854775807");
  const bool checkpoint = GENERATE(true, false);
  CAPTURE(offset, checkpoint);
  SimulatedMachine filled;
  StoreOptions options = TinyFiles(filled);
  options.light_queues = true;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  const std::string names = "INNER_MULTI_DISPATCH\1%LMQ%a\2PAD\1" + std::string(20, 'p') + "\2";
  for (int i = 0; i < 3; ++i) {
    REQUIRE_VALUE(store->Append({.topic = "t", .encoded_properties = names, .body = "b"},
                                Durability::kDevice));
    if (checkpoint && i == 0) REQUIRE_OK(store->Checkpoint());
  }
  filled.PowerOff();
  const auto machine = AfterCut(filled);
  // The second record's offset in the queue, which no checksum covers.
  const std::string log = REQUIRE_VALUE(io::ReadFile(machine->files(), kFirst));
  const std::string property = "INNER_MULTI_QUEUE_OFFSET\1";
  const std::size_t at = log.find(property, log.find(property) + 1) + property.size();
  REQUIRE(log[at] == '1');
  const std::size_t pad = log.rfind("PAD\1", at);
  REQUIRE(pad != std::string::npos);
  const std::string old = log.substr(pad, at + 1 - pad);
  // The padding gives the room for a longer number.
  std::string patched = old;
  patched.replace(4, offset.size() - 1, "");
  patched.back() = offset[0];
  patched += offset.substr(1);
  REQUIRE(patched.size() == old.size());
  Patch(*machine, kFirst, pad, patched);

  options.machine = std::shared_ptr<io::Machine>(std::shared_ptr<void>(), machine.get());
  for (int open = 0; open < 2; ++open) {
    store = REQUIRE_VALUE(Store::Open(kRoot, options));
    CHECK(REQUIRE_VALUE(store->Bounds({"%LMQ%a", 0})).max >= QueueOffset{1});
    CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{3});
    CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{2})).size() == 1);
    REQUIRE_OK(store->Close());
  }
}

/// 20 messages in four segments with keys, then closed.
std::vector<LogOffset> FillAndClose(SimulatedMachine& machine) {
  std::vector<LogOffset> records;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  const std::string body(500, 'b');
  for (int i = 0; i < 20; ++i) {
    records.push_back(
        REQUIRE_VALUE(store->Append({.topic = "t", .keys = "k", .body = body}, Durability::kDevice))
            .log_offset);
  }
  REQUIRE_OK(store->Close());
  return records;
}

TEST_CASE("a rebuild that the log cannot feed is refused before anything changes", "[recovery]") {
  SimulatedMachine machine;
  FillAndClose(machine);
  Patch(machine, kFirst, 4, "x");  // a magic
  RemoveTree(machine.files(), std::filesystem::path(kRoot) / "index");
  const auto before = machine.Hash();
  const auto refused = Store::Open(kRoot, TinyFiles(machine));
  CHECK(refused.error().code() == StatusCode::kDataLoss);
  CHECK_THAT(refused.error().message(), ContainsSubstring("Nothing was changed"));
  CHECK(machine.Hash() == before);
  // A repair that cuts there gets through.
  RepairOptions repair;
  repair.machine = std::shared_ptr<io::Machine>(std::shared_ptr<void>(), &machine);
  repair.apply = true;
  const auto repaired = REQUIRE_VALUE(Repair(kRoot, repair));
  CHECK_FALSE(repaired.damage.empty());
  CHECK(Store::Open(kRoot, TinyFiles(machine)).has_value());
}

TEST_CASE("queues that are rebuilt never give an offset twice", "[recovery]") {
  SimulatedMachine machine;
  FillAndClose(machine);
  const std::filesystem::path state = std::filesystem::path(kRoot) / "tidemark";
  std::map<std::string, std::string> old;
  for (const auto& entry : REQUIRE_VALUE(machine.files().List(state))) {
    if (entry.name.starts_with("state-")) {
      old[entry.name] = REQUIRE_VALUE(io::ReadFile(machine.files(), state / entry.name));
    }
  }
  {
    auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
    const std::string body(500, 'b');
    for (const char* topic : {"t", "other"}) {
      for (int i = 0; i < 20; ++i) {
        REQUIRE_VALUE(store->Append({.topic = topic, .body = body}, Durability::kDevice));
      }
    }
    REQUIRE_OK(store->Checkpoint());
    while (REQUIRE_VALUE(store->Bounds({"t", 0})).min < QueueOffset{40}) {
      REQUIRE(REQUIRE_VALUE(store->DeleteBefore(store->Marks().published)) > 0);
    }
    REQUIRE_OK(store->Close());
  }
  // As if a broker had gone on from the first close.
  for (const auto& [name, content] : old) {
    RemoveTree(machine.files(), state / name);
    REQUIRE_OK(io::ReplaceFile(machine.files(), state / name, content));
  }
  // The tags code of a unit decides nothing, its size does.
  Patch(machine, std::filesystem::path(kRoot) / "consumequeue/other/0/00000000000000000200",
        9 * 20 + 11, "x");
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  CHECK(REQUIRE_VALUE(AppendOne(*store, Durability::kDevice)).queue_offset == QueueOffset{40});
}

TEST_CASE("a queue that lacks a file in the middle is rebuilt, by opening and by repair",
          "[recovery]") {
  SimulatedMachine machine;
  {
    auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
    for (int i = 0; i < 40; ++i) REQUIRE_VALUE(AppendOne(*store, Durability::kDevice));
    REQUIRE_OK(store->Close());
  }
  const auto root = std::filesystem::path(kRoot);
  RemoveTree(machine.files(), root / "consumequeue/t/0/00000000000000000200");
  RemoveTree(machine.files(), root / "tidemark");
  if (GENERATE(true, false)) {
    RepairOptions repair;
    repair.machine = std::shared_ptr<io::Machine>(std::shared_ptr<void>(), &machine);
    repair.apply = true;
    repair.rebuild = true;
    CHECK(REQUIRE_VALUE(Repair(kRoot, repair)).rebuilt);
  }
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  for (int i = 0; i < 40; ++i) {
    CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{i})).size() >= 1);
  }
}

TEST_CASE("a snapshot with numbers that cannot be is damaged", "[recovery]") {
  Snapshot snapshot;
  snapshot.segment_bytes = 4096;
  snapshot.queue_file_bytes = 200;
  snapshot.index_slots = snapshot.index_entries = 20;
  snapshot.queues.push_back({"t", 0, QueueOffset{0}, QueueOffset{5}, 0});
  CHECK(DecodeSnapshot(EncodeSnapshot(snapshot)).has_value());
  SECTION("no queue file") {
    snapshot.queue_file_bytes = 0;
  }
  SECTION("no segment") {
    snapshot.segment_bytes = 0;
  }
  SECTION("a log that begins behind its end") {
    snapshot.log_first = LogOffset{8192};
  }
  SECTION("a queue that no file has room for") {
    snapshot.queues[0].max = QueueOffset{std::numeric_limits<std::int64_t>::max()};
  }
  SECTION("a queue of less than nothing") {
    snapshot.queues[0].min = QueueOffset{-1};
  }
  SECTION("more unsynced than can be") {
    snapshot.unsynced_bytes_max = std::numeric_limits<std::int64_t>::max();
  }
  CHECK(DecodeSnapshot(EncodeSnapshot(snapshot)).error().code() == StatusCode::kDataLoss);
}

/// As FillAndClose leaves it, but the power was cut; a checkpoint came after 10 messages.
std::unique_ptr<SimulatedMachine> FillAndCut(std::vector<LogOffset>* records) {
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  for (int i = 0; i < 20; ++i) {
    records->push_back(REQUIRE_VALUE(AppendOne(*store, Durability::kDevice, 500)).log_offset);
    if (i == 9) REQUIRE_OK(store->Checkpoint());
  }
  machine.PowerOff();
  return AfterCut(machine);
}

/// Makes the record no record.
void Break(SimulatedMachine& machine, LogOffset record) {
  const std::string name = std::to_string(ToInt(record) / 4096 * 4096);
  Patch(machine, kFirst.parent_path() / (std::string(20 - name.size(), '0') + name),
        static_cast<std::uint64_t>(ToInt(record) % 4096) + 4, "x");
}

TEST_CASE("a torn tail is one whatever became of the queues", "[recovery]") {
  std::vector<LogOffset> records;
  const auto machine = FillAndCut(&records);
  Break(*machine, records[17]);
  RemoveTree(machine->files(),
             std::filesystem::path(kRoot) / "consumequeue/t/0/00000000000000000000");
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(*machine)));
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{17});
}

TEST_CASE("before the checkpoint nothing passes for a torn tail", "[recovery]") {
  std::vector<LogOffset> records;
  const auto machine = FillAndCut(&records);
  Break(*machine, records[7]);
  RemoveTree(machine->files(),
             std::filesystem::path(kRoot) / "consumequeue/t/0/00000000000000000000");
  const auto before = machine->Hash();
  CHECK(Store::Open(kRoot, TinyFiles(*machine)).error().code() == StatusCode::kDataLoss);
  CHECK(machine->Hash() == before);
}

TEST_CASE("what a broker left behind its end after a power cut is put aside", "[recovery]") {
  SimulatedMachine machine;
  const std::vector<LogOffset> records = FillAndClose(machine);
  const std::filesystem::path root(kRoot);
  Break(machine, records[17]);
  Patch(machine, root / "consumequeue/t/0/00000000000000000200", 7 * 20, std::string(60, '\0'));
  RemoveTree(machine.files(), root / "tidemark");
  RemoveTree(machine.files(), root / "index");
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{17});
  CHECK(io::Exists(machine.files(), store->Recovery().quarantined));
}

TEST_CASE("verify names the end of a crashed log that is missing, and repair goes on without it",
          "[recovery]") {
  std::vector<LogOffset> records;
  const auto machine = FillAndCut(&records);
  const auto segments = REQUIRE_VALUE(machine->files().List(kFirst.parent_path()));
  for (const auto& segment : segments) {
    if (segment.name != kFirst.filename()) {
      RemoveTree(machine->files(), kFirst.parent_path() / segment.name);
    }
  }
  const Status sound = test::CheckSound(*machine, "cut short");
  CHECK(sound.code() == StatusCode::kDataLoss);
  RepairOptions repair;
  repair.machine = std::shared_ptr<io::Machine>(std::shared_ptr<void>(), machine.get());
  repair.apply = true;
  CHECK(REQUIRE_VALUE(Repair(kRoot, repair)).end > LogOffset{0});
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(*machine)));
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() >= 1);
}

}  // namespace
}  // namespace tidemark

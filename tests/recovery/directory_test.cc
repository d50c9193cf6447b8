// SPDX-License-Identifier: Apache-2.0
// Directories that are not what they should be: each is refused with what, where and what to do,
// and nothing in it changes.
#include <xxhash.h>

#include <cstring>
#include <functional>

#include "src/base/status.h"
#include "src/io/io.h"
#include "tests/recovery/tiny_store.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::SimulatedMachine;
using test::AppendOne;
using test::kRoot;
using test::TinyFiles;

constexpr const char* kFirst = "/store/commitlog/00000000000000000000";
constexpr const char* kSecond = "/store/commitlog/00000000000000004096";
constexpr const char* kThird = "/store/commitlog/00000000000000008192";

/// A store of 20 messages in four segments, closed or killed.
void Fill(SimulatedMachine& machine, bool closed) {
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  for (int i = 0; i < 20; ++i) REQUIRE(AppendOne(*store, Durability::kDevice, 500).has_value());
  REQUIRE_OK(store->Checkpoint());
  if (closed) REQUIRE_OK(store->Close());
  if (!closed) machine.PowerOff();
}

/// The machine after the process was killed.
std::unique_ptr<SimulatedMachine> AfterKill(SimulatedMachine& machine) {
  std::unique_ptr<SimulatedMachine> booted;
  machine.ForEachKill({}, [&](const simulation::Image& image) {
    booted = machine.Boot(image);
    return false;
  });
  return booted;
}

void Overwrite(SimulatedMachine& machine, const char* path, const std::string& content) {
  (void)machine.files().Remove(path);
  const auto file = REQUIRE_VALUE(machine.files().Open(path, io::Access::kCreate));
  REQUIRE_OK(io::WriteAll(*file, 0, std::as_bytes(std::span(content))));
}

std::string Content(SimulatedMachine& machine, const char* path) {
  return REQUIRE_VALUE(io::ReadFile(machine.files(), path, 1 << 20));
}

/// That opening is refused with this code, words that tell the place, and nothing changed.
void CheckRefused(SimulatedMachine& machine, StatusCode code,
                  std::initializer_list<const char*> words) {
  const auto before = machine.Hash();
  const auto refused = Store::Open(kRoot, TinyFiles(machine));
  INFO(refused.error().ToString());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == code);
  for (const char* const word : words) {
    CHECK_THAT(refused.error().message(), ContainsSubstring(word));
  }
  CHECK(machine.Hash() == before);
}

void CheckAllThere(SimulatedMachine& machine, std::int64_t messages = 20) {
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  const QueueBounds bounds = REQUIRE_VALUE(store->Bounds({"t", 0}));
  CHECK(bounds.max - bounds.min == messages);
  for (QueueOffset at = bounds.min; at < bounds.max; at = at + 1) {
    CHECK(REQUIRE_VALUE(store->Read({"t", 0}, at)).size() >= 1);
  }
  CHECK(AppendOne(*store, Durability::kDevice).has_value());
}

TEST_CASE("a directory that is no store is refused", "[recovery][fault]") {
  SimulatedMachine machine;
  REQUIRE_OK(machine.files().CreateDirectory(kRoot));
  Overwrite(machine, "/store/notes.txt", "mine");
  CheckRefused(machine, StatusCode::kFailedPrecondition, {"/store", "notes.txt", "not a store"});
  REQUIRE_OK(machine.files().Remove("/store/notes.txt"));
  StoreOptions options = TinyFiles(machine);
  options.create_if_missing = false;
  CHECK(Store::Open(kRoot, options).error().code() == StatusCode::kNotFound);
  CHECK(Store::Open("/store/commitlog/x", options).error().code() == StatusCode::kNotFound);
  Overwrite(machine, "/file", "no directory");
  const Status refused = Store::Open("/file", TinyFiles(machine)).error();
  CHECK_FALSE(refused.ok());
  CHECK_THAT(refused.message(), ContainsSubstring("/file"));
}

TEST_CASE("a segment that is short, gone or of another name is refused", "[recovery][fault]") {
  const bool closed = GENERATE(true, false);
  CAPTURE(closed);
  SimulatedMachine filled;
  Fill(filled, closed);
  const auto machine = AfterKill(filled);
  const std::string second = Content(*machine, kSecond);
  SECTION("short") {
    Overwrite(*machine, kSecond, second.substr(0, 1000));
    CheckRefused(*machine, StatusCode::kFailedPrecondition, {kSecond, "1000", "4096"});
  }
  SECTION("gone") {
    REQUIRE_OK(machine->files().Remove(kSecond));
    CheckRefused(*machine, StatusCode::kDataLoss, {kSecond + 17, "missing"});
  }
  SECTION("a foreign name") {
    Overwrite(*machine, "/store/commitlog/copy-of-0", second);
    CheckRefused(*machine, StatusCode::kFailedPrecondition, {"copy-of-0", "move"});
    REQUIRE_OK(machine->files().Remove("/store/commitlog/copy-of-0"));
  }
  SECTION("at the log's end") {
    std::vector<std::string> contents;
    for (const char* const path : {kThird, "/store/commitlog/00000000000000012288"}) {
      contents.push_back(Content(*machine, path));
      REQUIRE_OK(machine->files().Remove(path));
    }
    CheckRefused(*machine, StatusCode::kDataLoss, {"segments are missing", "Restore"});
    Overwrite(*machine, kThird, contents[0]);
    Overwrite(*machine, "/store/commitlog/00000000000000012288", contents[1]);
  }
  Overwrite(*machine, kSecond, second);
  CheckAllThere(*machine);
}

TEST_CASE("segments that changed places, or hold anything, are refused or read as damaged",
          "[recovery][fault]") {
  const bool closed = GENERATE(true, false);
  const bool garbage = GENERATE(true, false);
  CAPTURE(closed, garbage);
  SimulatedMachine filled;
  Fill(filled, closed);
  const auto machine = AfterKill(filled);
  const std::string first = Content(*machine, kFirst);
  const std::string second = Content(*machine, kSecond);
  Overwrite(*machine, kFirst, garbage ? std::string(4096, 'g') : second);
  if (!garbage) Overwrite(*machine, kSecond, first);
  const std::string third = Content(*machine, kThird);
  auto store = Store::Open(kRoot, TinyFiles(*machine));
  if (store.has_value()) {
    // The checkpoint spares recovery the look at old segments: readers meet the damage.
    const Status read = (*store)->Read({"t", 0}, QueueOffset{0}).error();
    INFO(read.ToString());
    CHECK(read.code() == StatusCode::kDataLoss);
    CHECK_THAT(read.message(), ContainsSubstring("segment 00000000000000000000"));
    const QueueOffset last = REQUIRE_VALUE((*store)->Bounds({"t", 0})).max + -1;
    CHECK(REQUIRE_VALUE((*store)->Read({"t", 0}, last)).size() == 1);
    store->reset();
  } else {
    CHECK(store.error().code() == StatusCode::kDataLoss);
    CHECK_THAT(store.error().message(), ContainsSubstring("commitlog/00000000000000000000"));
    // Queues may have been removed to be built anew; the log is as it was.
    CHECK(Content(*machine, kThird) == third);
  }
  Overwrite(*machine, kFirst, first);
  Overwrite(*machine, kSecond, second);
  CheckAllThere(*machine);
}

TEST_CASE("a sidecar of a newer version is refused, a foreign one is passed over",
          "[recovery][fault]") {
  const bool closed = GENERATE(true, false);
  SimulatedMachine filled;
  Fill(filled, closed);
  const auto machine = AfterKill(filled);
  const std::string before = Content(*machine, "/store/tidemark/state-0");
  SECTION("newer") {
    std::string newer = before;
    newer[7] = '2';  // TMSTATE2, with a header whose checksum fits
    const std::uint64_t hash = XXH3_64bits(newer.data(), 64);
    std::memcpy(newer.data() + 64, &hash, sizeof(hash));
    Overwrite(*machine, "/store/tidemark/state-0", newer);
    CheckRefused(*machine, StatusCode::kFailedPrecondition,
                 {"/store/tidemark/state-0", "newer version", "delete"});
    Overwrite(*machine, "/store/tidemark/state-0", before);
  }
  SECTION("foreign") {
    for (const char* const name : {"state-0", "state-1", "mark-0", "mark-1", "index-journal-0",
                                   "index-journal-1", "checksums/00000000000000000000"}) {
      Overwrite(*machine, (std::string("/store/tidemark/") + name).c_str(),
                "somebody else's file of some length, longer than a header of ours would be, and "
                "of which not a byte makes sense");
    }
  }
  CheckAllThere(*machine);
}

TEST_CASE("broken configuration is refused and nothing else is overwritten", "[recovery][fault]") {
  const std::string broken =
      GENERATE(std::string("consumerOffset.json"), std::string("topics.json"));
  CAPTURE(broken);
  SimulatedMachine machine;
  {
    auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
    REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
    REQUIRE_OK(store->CommitOffset("g", {"t", 0}, QueueOffset{1}));
    REQUIRE_OK(store->Checkpoint());
    REQUIRE(store->Append({.topic = "u", .body = "b"}, Durability::kDevice).has_value());
    REQUIRE_OK(store->CommitOffset("g", {"u", 0}, QueueOffset{1}));
    REQUIRE_OK(store->Close());
  }
  const std::string path = "/store/config/" + broken;
  const std::string good = Content(machine, path.c_str());
  const std::string copy = Content(machine, (path + ".bak").c_str());
  const std::string topics = Content(machine, "/store/config/topics.json");
  const std::string groups = Content(machine, "/store/config/consumerOffset.json");
  // With its copy the store goes on.
  Overwrite(machine, path.c_str(), "{ \"offsetTable\" : {");
  {
    auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
    CHECK_THAT(store->Recovery().notes.back(), ContainsSubstring(broken));
    CHECK(REQUIRE_VALUE(store->CommittedOffset("g", {"t", 0})) == QueueOffset{1});
    REQUIRE_OK(store->Close());
  }
  Overwrite(machine, path.c_str(), "{ \"offsetTable\" : {");
  Overwrite(machine, (path + ".bak").c_str(), "][");
  const auto refused = Store::Open(kRoot, TinyFiles(machine));
  CHECK(refused.error().code() == StatusCode::kDataLoss);
  CHECK_THAT(refused.error().message(), ContainsSubstring(path) && ContainsSubstring("restore"));
  CHECK(Content(machine, path.c_str()) == "{ \"offsetTable\" : {");
  CHECK(Content(machine, (path + ".bak").c_str()) == "][");
  const std::string other =
      broken == "topics.json" ? "/store/config/consumerOffset.json" : "/store/config/topics.json";
  CHECK(Content(machine, other.c_str()) == (broken == "topics.json" ? groups : topics));
  Overwrite(machine, path.c_str(), good);
  Overwrite(machine, (path + ".bak").c_str(), copy);
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  CHECK(REQUIRE_VALUE(store->CommittedOffset("g", {"u", 0})) == QueueOffset{1});
  CHECK(REQUIRE_VALUE(store->Read({"u", 0}, QueueOffset{0})).size() == 1);
}

TEST_CASE("a disk too full to recover is told, and nothing is lost", "[recovery][fault]") {
  const bool closed = GENERATE(true, false);
  SimulatedMachine filled;
  Fill(filled, closed);
  const std::uint64_t used = AfterKill(filled)->disk().now().AllocatedBytes();
  int refused = 0;
  for (std::uint64_t spare = 0; spare <= 160 << 10; spare += 4096) {
    CAPTURE(closed, spare);
    const auto machine = AfterKill(filled);
    machine->SetCapacity(used + spare);
    {
      const auto store = Store::Open(kRoot, TinyFiles(*machine));
      if (!store.has_value()) {
        ++refused;
        CHECK(store.error().code() == StatusCode::kResourceExhausted);
        CHECK_THAT(store.error().message(), ContainsSubstring("/store"));
      }
    }
    machine->SetCapacity(std::numeric_limits<std::uint64_t>::max());
    CheckAllThere(*machine);
  }
  if (!closed) CHECK(refused > 0);
}

TEST_CASE("a broker on our live directory stops the log before it loses more",
          "[recovery][fault]") {
  const bool replaced = GENERATE(false, true);
  const bool rolls = GENERATE(false, true);
  CAPTURE(replaced, rolls);
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  REQUIRE_OK(store->Checkpoint());
  // It removes and makes files before it finds the lock taken.
  REQUIRE_OK(machine.files().Remove(kFirst));
  if (replaced) Overwrite(machine, kFirst, std::string(4096, '\0'));
  Status stopped;
  if (rolls) {
    for (int i = 0; i < 4 && stopped.ok(); ++i) {
      const auto at = AppendOne(*store, Durability::kDevice, 1500);
      // Nothing behind the segment that is gone is acknowledged.
      if (at.has_value()) CHECK(at->log_offset < LogOffset{4096});
      stopped = at.error();
    }
  } else {
    stopped = store->Checkpoint();
  }
  CHECK(stopped.code() == StatusCode::kDataLoss);
  CHECK_THAT(stopped.message(), ContainsSubstring(kFirst));
  CHECK_THAT(stopped.message(), ContainsSubstring("another process"));
  CHECK(AppendOne(*store, Durability::kMemory).error().code() == StatusCode::kDataLoss);
  CHECK(store->Close().code() == StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tidemark

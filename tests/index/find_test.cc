// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <random>
#include <thread>

#include "src/base/byte_order.h"
#include "tests/index/index_model.h"
#include "tests/support/catch.h"

namespace tidemark::test {
namespace {

constexpr std::int64_t kTime = 1'700'000'000'000;
constexpr TimeRange kAlways;

std::vector<std::int64_t> Find(KeyIndex& index, std::int32_t hash, std::int32_t max,
                               TimeRange range = kAlways) {
  return Offsets(REQUIRE_VALUE(index.Find(hash, range, max)));
}

TEST_CASE("a key used a thousand times", "[index]") {
  MemoryMachine machine;
  const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(5, 301)));
  for (std::int64_t i = 0; i < 1000; ++i) Put(*index, {7, i * 100, kTime + i * 10});
  const auto applied = GENERATE(0, 1, 300, 555, 1000);
  REQUIRE_OK(index->Apply(LogOffset{applied * 100}));
  const auto all = Find(*index, 7, 2000);
  REQUIRE(all.size() == 1000);
  for (std::int64_t i = 0; i < 1000; ++i) REQUIRE(all[i] == (999 - i) * 100);
  CHECK(Find(*index, 7, 3) == std::vector<std::int64_t>{99900, 99800, 99700});
  CHECK(Find(*index, 12, 10).empty());  // same slot
  CHECK(Find(*index, 7, 0).empty());
  CHECK(Find(*index, 7, -1).empty());
  const auto found = REQUIRE_VALUE(index->Find(7, kAlways, 1));
  CHECK(ToInt(found.last_record) == 99900);
  CHECK(Millis(found.last_time) == kTime + 9990);
}

TEST_CASE("a file holds one entry less than its number says", "[index]") {
  MemoryMachine machine;
  const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(3, 10)));
  for (std::int64_t i = 0; i < 9; ++i) Put(*index, {1, i, kTime});
  REQUIRE_OK(index->Apply(LogOffset{9}));
  CHECK(IndexFiles(machine).size() == 1);
  CHECK(Millis(index->FullFilesEndTime()) == kTime);
  Put(*index, {1, 9, kTime + 1});
  REQUIRE_OK(index->Apply(LogOffset{10}));
  CHECK(IndexFiles(machine).size() == 2);
  CHECK(Millis(index->FullFilesEndTime()) == kTime);
  CHECK(Find(*index, 1, 100).size() == 10);
}

TEST_CASE("a file of one entry", "[index]") {
  MemoryMachine machine;
  const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(1, 2)));
  for (std::int64_t i = 0; i < 20; ++i)
    Put(*index, {static_cast<std::int32_t>(i % 2), i, kTime + i});
  CHECK(Find(*index, 1, 100).size() == 10);
  REQUIRE_OK(index->Apply(LogOffset{20}));
  CHECK(IndexFiles(machine).size() == 20);
  CHECK(Find(*index, 1, 100).size() == 10);
}

TEST_CASE("an index without an entry", "[index]") {
  MemoryMachine machine;
  machine.Add("/store/index/20200101000000000", std::string(40 + 4 * 3 + 20 * 10, '\0'));
  const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(3, 10)));
  const auto found = REQUIRE_VALUE(index->Find(0, kAlways, 10));
  CHECK(found.records.empty());
  CHECK(Millis(found.last_time) == 0);
  CHECK(ToInt(index->applied_to()) == 0);
}

TEST_CASE("garbage in a file neither hangs nor breaks a search", "[index]") {
  const IndexGeometry geometry{7, 60};
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    MemoryMachine machine;
    std::string bytes(static_cast<std::size_t>(geometry.FileBytes()), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    auto* raw = reinterpret_cast<std::byte*>(bytes.data());
    // Pure noise hardly ever gets past the first rule: make the numbers small.
    StoreBig<std::int32_t>(raw + 36, static_cast<std::int32_t>(random() % 80) - 2);
    for (std::int32_t s = 0; s < geometry.slots; ++s) {
      StoreBig(raw + geometry.SlotPosition(s), static_cast<std::int32_t>(random() % 70) - 2);
    }
    for (std::int32_t e = 0; e < geometry.entries; ++e) {
      const auto at = geometry.EntryPosition(e);
      StoreBig(raw + at, static_cast<std::int32_t>(random() % 14));
      StoreBig(raw + at + 16, static_cast<std::int32_t>(random() % 70) - 2);
    }
    machine.Add("/store/index/20200101000000000", bytes);
    const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(7, 60)));
    for (std::int32_t hash = 0; hash < 14; ++hash) {
      CHECK(Find(*index, hash, 1000).size() <= 60);
      CHECK(Find(*index, hash, 3, {Millis(INT64_MIN), Millis(5)}).size() <= 3);
    }
    // And it can be written on.
    const std::int64_t record = std::max<std::int64_t>(ToInt(index->applied_to()), 0) / 2;
    (void)REQUIRE_VALUE(index->DropFrom(LogOffset{record}));
    for (std::int64_t i = 0; i < 70; ++i) Put(*index, {3, record + i, kTime});
    REQUIRE_OK(index->Apply(LogOffset{record + 70}));
    const auto found = Find(*index, 3, 70);
    REQUIRE(found.size() == 70);
    CHECK(found[0] == record + 69);
  }
}

TEST_CASE("chains that point at themselves, at each other, ahead and outside", "[index]") {
  const IndexGeometry geometry{1, 10};
  // previous of entries 1..9
  const auto previous =
      GENERATE(std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9},
               std::vector<std::int32_t>{2, 1, 2, 1, 2, 1, 2, 1, 1},
               std::vector<std::int32_t>{9, 9, 9, 9, 9, 9, 9, 9, 8},
               std::vector<std::int32_t>{0, -5, INT32_MAX, INT32_MIN, 10, 11, 0, 7, 8});
  std::string bytes(static_cast<std::size_t>(geometry.FileBytes()), '\0');
  auto* raw = reinterpret_cast<std::byte*>(bytes.data());
  EncodeIndexHeader({Millis(kTime), Millis(kTime), LogOffset{0}, LogOffset{9}, 1, 10}, raw);
  StoreBig<std::int32_t>(raw + 40, 9);
  for (std::int32_t e = 1; e < 10; ++e) {
    EncodeIndexEntry({5, LogOffset{e}, 0, previous[e - 1]}, raw + geometry.EntryPosition(e));
  }
  MemoryMachine machine;
  machine.Add("/store/index/20200101000000000", bytes);
  const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(1, 10)));
  const auto found = Find(*index, 5, 1000);
  CHECK(found.size() >= 1);
  CHECK(found.size() <= 3);
  CHECK(found[0] == 9);
}

TEST_CASE("searches see whole steps while keys come and go to files", "[index]") {
  MemoryMachine machine;
  auto options = IndexOptions(11, 200);
  options.step_entries_max = 64;
  const auto index = REQUIRE_VALUE(OpenIndex(machine, options));
  constexpr std::int64_t kRecords = 6000;
  std::atomic<std::int64_t> published{0};
  std::atomic<bool> failed{false};
  std::thread keeper([&] {
    while (published.load() < kRecords) {
      if (!index->Apply(LogOffset{published.load()}).ok()) failed = true;
    }
  });
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&, r] {
      std::mt19937 random(r);
      while (published.load() < kRecords) {
        const std::int64_t below = published.load();
        if (below == 0) continue;
        // Each record has a key of its own and one that all have.
        const std::int64_t record = std::max<std::int64_t>(0, below - 1 - random() % 500);
        const auto own = index->Find(static_cast<std::int32_t>(1000 + record), kAlways, 10);
        if (!own.has_value() || Offsets(*own) != std::vector<std::int64_t>{record}) failed = true;
        const auto common = index->Find(1, kAlways, 20);
        if (!common.has_value()) {
          failed = true;
          continue;
        }
        const auto found = Offsets(*common);
        const auto wanted = std::min<std::size_t>(20, static_cast<std::size_t>(below));
        if (found.size() < wanted || found[0] < below - 1) failed = true;
        for (std::size_t i = 1; i < found.size(); ++i) {
          if (found[i] != found[i - 1] - 1) failed = true;
        }
      }
    });
  }
  for (std::int64_t i = 0; i < kRecords; ++i) {
    Put(*index, {1, i, kTime + i});
    Put(*index, {static_cast<std::int32_t>(1000 + i), i, kTime + i});
    published = i + 1;
    if (i % 64 == 0) std::this_thread::yield();
  }
  keeper.join();
  for (auto& reader : readers) reader.join();
  CHECK_FALSE(failed.load());
}

}  // namespace
}  // namespace tidemark::test

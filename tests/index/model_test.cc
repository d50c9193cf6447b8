// SPDX-License-Identifier: Apache-2.0
// Random keys, steps, crashes and searches against a simple model of RocketMQ's algorithm.
#include <rapidcheck.h>

#include <random>
#include <stdexcept>

#include "src/base/format.h"
#include "tests/index/index_model.h"
#include "tests/support/catch.h"

namespace tidemark::test {
namespace {

struct Numbers {
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low +
           static_cast<std::int64_t>((state >> 20) % static_cast<std::uint64_t>(high - low + 1));
  }
  std::uint64_t state;
};

void Expect(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

/// Bytes of the files; empty ones at the end may be left of steps that failed.
std::vector<std::string> UsedFiles(const MemoryMachine& machine) {
  auto files = IndexFiles(machine);
  while (!files.empty() && files.back().find_first_not_of('\0') == std::string::npos) {
    files.pop_back();
  }
  return files;
}

/// One life of an index: each number becomes some puts, a step that may be cut short, a reopening
/// or a few searches.
void Live(std::uint64_t configuration, const std::vector<std::uint64_t>& turns) {
  Numbers numbers{configuration};
  const auto slots = static_cast<std::int32_t>(numbers.Between(1, 9));
  const auto entries = static_cast<std::int32_t>(numbers.Between(2, 40));
  auto options = IndexOptions(slots, entries);
  options.step_entries_max = static_cast<std::int32_t>(numbers.Between(1, 30));
  std::int64_t time = numbers.Between(0, 3) == 0 ? -5000 : 1'700'000'000'000;
  auto machine = std::make_unique<MemoryMachine>();
  auto index = OpenIndex(*machine, options).value();
  IndexModel model(slots, entries);
  std::vector<Key> log;
  std::int64_t end = 0;
  for (const std::uint64_t turn : turns) {
    numbers.state = turn;
    const auto what = numbers.Between(0, 9);
    if (what <= 4) {
      for (auto keys = numbers.Between(0, 4); keys > 0; --keys) {
        log.push_back({static_cast<std::int32_t>(numbers.Between(0, 12)), end, time});
        model.Put(log.back());
        Put(*index, log.back());
      }
      end += numbers.Between(100, 300);
      time += numbers.Between(0, 5) == 0 ? -numbers.Between(0, 4000) : numbers.Between(0, 3000);
    } else if (what == 5) {
      machine->AdvanceWall(std::chrono::milliseconds(numbers.Between(-1000, 1000)));
      const Status status = index->Apply(LogOffset{end});
      Expect(status.ok(), status.ToString());
    } else if (what == 6) {
      machine->FailAt(numbers.Between(1, 20), MemoryMachine::Fault::kOnce);
      (void)index->Apply(LogOffset{end});
      machine->FailAt(0, MemoryMachine::Fault::kOnce);
    } else if (what == 7) {
      machine->FailAt(numbers.Between(1, 40), MemoryMachine::Fault::kForGood);
      (void)index->Apply(LogOffset{end});
      index.reset();
      machine = numbers.Between(0, 1) == 0
                    ? machine->AfterKill()
                    : machine->AfterPowerCut(static_cast<std::uint64_t>(numbers.Between(0, 1000)));
      index = OpenIndex(*machine, options).value();
      Expect(!index->rebuild_advised(), index->notes().empty() ? "" : index->notes().back());
      for (const Key& key : log) Put(*index, key);
    } else {
      for (int i = 0; i < 5; ++i) {
        const auto hash = static_cast<std::int32_t>(numbers.Between(0, 12));
        std::int64_t begin = time - numbers.Between(-2000, 100'000);
        std::int64_t last = begin + numbers.Between(0, 60'000);
        if (numbers.Between(0, 2) == 0) begin = INT64_MIN;
        if (numbers.Between(0, 2) == 0) last = INT64_MAX;
        const auto max = static_cast<std::int32_t>(numbers.Between(1, 40));
        const auto found = index->Find(hash, {Millis(begin), Millis(last)}, max).value();
        const auto wanted = model.Query(hash, begin, last, static_cast<std::size_t>(max));
        Expect(Offsets(found) == wanted,
               Format("key {} in [{}, {}], at most {}: {} found, {} in the model", hash, begin,
                      last, max, found.records.size(), wanted.size()));
      }
    }
  }
  const Status status = index->Apply(LogOffset{end});
  Expect(status.ok(), status.ToString());
  Expect(UsedFiles(*machine) == model.Bytes(), "the bytes differ from the model's");
}

TEST_CASE("an index lives as the model does, through errors, kills and power cuts", "[index]") {
  CHECK(rc::check([](std::uint64_t configuration, const std::vector<std::uint64_t>& turns) {
    Live(configuration, turns);
  }));
  std::mt19937_64 random(20);
  for (int life = 0; life < 2000; ++life) {
    std::vector<std::uint64_t> turns(60);
    for (auto& turn : turns) turn = random();
    INFO("life " << life);
    REQUIRE_NOTHROW(Live(random(), turns));
  }
}

}  // namespace
}  // namespace tidemark::test

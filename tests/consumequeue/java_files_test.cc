// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "src/consumequeue/queue_table.h"
#include "tests/consumequeue/disk.h"

namespace tidemark {
namespace {

struct ExpectedQueue {
  std::string topic;
  std::int32_t queue = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::vector<Unit> units;
};

/// What Java makes of a store; tests/consumequeue/data/README.md has the format.
struct Expected {
  std::int64_t log_min = 0;
  std::int64_t log_max = 0;
  std::int64_t queue_file_bytes = 0;
  std::vector<ExpectedQueue> queues;
};

Expected LoadExpected(const std::filesystem::path& path) {
  Expected expected;
  std::istringstream text(test::FileBytes(path));
  for (std::string kind; text >> kind;) {
    if (kind == "log") {
      text >> expected.log_min >> expected.log_max >> expected.queue_file_bytes;
    } else if (kind == "queue") {
      ExpectedQueue& queue = expected.queues.emplace_back();
      text >> queue.topic >> queue.queue >> queue.min >> queue.max;
    } else {
      std::int64_t offset = 0;
      Unit& unit = expected.queues.back().units.emplace_back();
      text >> offset >> unit.size >> unit.tags_code;
      unit.log_offset = LogOffset{offset};
    }
  }
  REQUIRE_FALSE(expected.queues.empty());
  return expected;
}

TEST_CASE("queues that Java wrote are what Java makes of them") {
  const std::string store = GENERATE("expired", "killed", "torn-tail");
  INFO(store);
  const std::filesystem::path from = std::filesystem::path(TIDEMARK_TEST_DATA) / store;
  const Expected expected = LoadExpected(from / "expected");
  test::Disk disk;
  std::filesystem::copy(from / "consumequeue", disk.path() / "consumequeue",
                        std::filesystem::copy_options::recursive);

  MemoryBudget memory(1 << 20, 0, 4096);
  QueueTable table(disk, {disk.path() / "consumequeue", expected.queue_file_bytes}, memory);
  const auto loaded = REQUIRE_VALUE(table.LoadFromDirectory([](std::int64_t, std::int64_t) {}));
  CHECK(loaded.queues == static_cast<std::int64_t>(expected.queues.size()));
  CHECK(*loaded.log_end >= LogOffset{expected.log_max});

  table.ForEach([&](ConsumeQueue& queue) {
    REQUIRE_OK(queue.TruncateFrom(LogOffset{expected.log_max}));
    REQUIRE_OK(queue.CorrectMin(LogOffset{expected.log_min}));
  });
  for (const ExpectedQueue& want : expected.queues) {
    INFO(want.topic << "-" << want.queue);
    ConsumeQueue* queue = table.Find({want.topic, want.queue});
    REQUIRE(queue != nullptr);
    CHECK(queue->Min() == QueueOffset{want.min});
    CHECK(queue->end() == QueueOffset{want.max});
    CHECK(queue->next() == QueueOffset{want.max});
    CHECK(queue->End(LogOffset{expected.log_max}) == QueueOffset{want.max});
    std::vector<Unit> units(want.units.size() + 10);
    units.resize(REQUIRE_VALUE(queue->Read(queue->Min(), units, LogOffset{expected.log_max})));
    CHECK(units == want.units);
  }
}

TEST_CASE("a unit that points past the log's end is zeroed on disk as well") {
  const std::filesystem::path from = std::filesystem::path(TIDEMARK_TEST_DATA) / "torn-tail";
  const Expected expected = LoadExpected(from / "expected");
  test::Disk disk;
  std::filesystem::copy(from / "consumequeue", disk.path() / "consumequeue",
                        std::filesystem::copy_options::recursive);
  const std::filesystem::path file =
      disk.path() / "consumequeue" / "Load" / "0" / "00000000000000000000";
  const std::string before = test::FileBytes(file);

  MemoryBudget memory(1 << 20, 0, 4096);
  QueueTable table(disk, {disk.path() / "consumequeue", expected.queue_file_bytes}, memory);
  REQUIRE_VALUE(table.LoadFromDirectory([](std::int64_t, std::int64_t) {}));
  ConsumeQueue* queue = table.Find({"Load", 0});
  REQUIRE(queue != nullptr);
  CHECK(queue->end() == QueueOffset{175});
  CHECK(test::FileBytes(file) == before);  // loading changes nothing
  REQUIRE_OK(queue->TruncateFrom(LogOffset{expected.log_max}));
  CHECK(test::FileBytes(file) ==
        before.substr(0, 174 * kUnitBytes) + std::string(before.size() - 174 * kUnitBytes, '\0'));
}

}  // namespace
}  // namespace tidemark

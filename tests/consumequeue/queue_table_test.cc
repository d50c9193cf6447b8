// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_table.h"

#include <malloc.h>

#include <algorithm>
#include <set>

#include "tests/consumequeue/disk.h"

namespace tidemark {
namespace {

using test::Disk;
using test::TestUnit;

constexpr LogOffset kAll{INT64_MAX};

struct Fixture {
  explicit Fixture(std::size_t descriptors_max = 64)
      : options{disk.path() / "consumequeue", 995, descriptors_max} {
    Reopen();
  }
  QueueTable& Reopen() {
    table.reset();
    table = std::make_unique<QueueTable>(disk, options, memory);
    return *table;
  }

  Disk disk;
  MemoryBudget memory{64 << 20, 0, 4096};
  QueueTableOptions options;
  std::unique_ptr<QueueTable> table;
};

void NoProgress(std::int64_t, std::int64_t) {}

ConsumeQueue& Queue(QueueTable& table, std::string_view topic, std::int32_t queue) {
  return *REQUIRE_VALUE(table.GetOrCreate({topic, queue}));
}

void Push(ConsumeQueue& queue, std::int64_t count) {
  for (; count > 0; --count) {
    const QueueOffset at = queue.TakeNext(1);
    queue.Push(TestUnit(ToInt(at)), at);
  }
}

std::vector<std::string> Names(const QueueTable& table) {
  std::vector<std::string> names;
  table.ForEach(
      [&](ConsumeQueue& queue) { names.push_back(Format("{}-{}", queue.topic(), queue.queue())); });
  return names;
}

TEST_CASE("queues are made once and found by name") {
  Fixture fixture;
  QueueTable& table = *fixture.table;
  CHECK(table.storage().file_bytes == 1000);  // rounded up to whole units
  CHECK(table.Find({"orders", 0}) == nullptr);
  ConsumeQueue& first = Queue(table, "orders", 0);
  CHECK(&Queue(table, "orders", 0) == &first);
  CHECK(table.Find({"orders", 0}) == &first);
  CHECK(table.Find({"orders", 1}) == nullptr);
  CHECK(table.Find({"order", 0}) == nullptr);
  Queue(table, "orders", 10);
  Queue(table, "orders", 2);
  Queue(table, "%RETRY%group", 0);
  CHECK(Names(table) ==
        std::vector<std::string>{"%RETRY%group-0", "orders-0", "orders-2", "orders-10"});
  CHECK(table.size() == 4);
  std::vector<std::int32_t> of_orders;
  table.ForEachOf("orders", [&](ConsumeQueue& queue) { of_orders.push_back(queue.queue()); });
  CHECK(of_orders == std::vector<std::int32_t>{0, 2, 10});
  table.ForEachOf("none", [](ConsumeQueue&) { FAIL(); });
  CHECK_FALSE(std::filesystem::exists(fixture.options.root));
}

TEST_CASE("a topic that is no name of a directory is refused") {
  Fixture fixture;
  const std::string topic = GENERATE(as<std::string>(), "", ".", "..", "../../etc", "a/b",
                                     std::string("a\0b", 3), std::string(256, 'x'));
  CHECK(fixture.table->GetOrCreate({topic, 0}).error().code() == StatusCode::kInvalidArgument);
  CHECK(fixture.table->GetOrCreate({"fine", -1}).error().code() == StatusCode::kInvalidArgument);
  CHECK(fixture.table->size() == 0);
}

TEST_CASE("thousands of queues live within few descriptors and little memory") {
  constexpr int kTopics = 500;
  constexpr int kQueues = 10;
  Fixture fixture(64);
  QueueTable& table = *fixture.table;
  const auto name = [](int topic) { return Format("topic-with-a-usual-name-{}", topic); };
  const std::size_t before = mallinfo2().uordblks;
  for (int topic = 0; topic < kTopics; ++topic) {
    for (int queue = 0; queue < kQueues; ++queue) Queue(table, name(topic), queue);
  }
  const std::size_t bytes = (mallinfo2().uordblks - before) / (kTopics * kQueues);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  INFO("an idle queue takes " << bytes << " bytes");
  CHECK(bytes <= 1024);
#endif

  table.ForEach([](ConsumeQueue& queue) { Push(queue, 60); });
  CHECK(fixture.memory.used_bytes() > 0);
  REQUIRE_OK(table.BringUpAll(kAll));
  CHECK(fixture.memory.used_bytes() == 0);
  CHECK_FALSE(table.dirty());
  CHECK(fixture.disk.watch.file_system_syncs == 1);
  CHECK(fixture.disk.watch.open <= 64);
  CHECK(fixture.disk.watch.open_max <= 64 + 3);
  int right = 0;
  table.ForEach([&](ConsumeQueue& queue) {
    Unit unit;
    const auto got = queue.Read(QueueOffset{59}, std::span(&unit, 1), kAll);
    right += got.has_value() && *got == 1 && unit == TestUnit(59);
  });
  CHECK(right == kTopics * kQueues);

  QueueTable& again = fixture.Reopen();
  std::int64_t last_done = 0;
  const auto loaded =
      REQUIRE_VALUE(again.LoadFromDirectory([&](std::int64_t done, std::int64_t total) {
        CHECK(total == kTopics * kQueues);
        CHECK(done == last_done + 1);
        last_done = done;
      }));
  CHECK(last_done == kTopics * kQueues);
  CHECK(loaded.queues == kTopics * kQueues);
  CHECK(*loaded.log_end == LogOffset{6000});
  CHECK(again.Find({name(499), 9})->end() == QueueOffset{60});
}

TEST_CASE("a checkpoint looks at dirty queues only, and again at those not drained") {
  Fixture fixture;
  QueueTable& table = *fixture.table;
  for (int queue = 0; queue < 100; ++queue) Queue(table, "orders", queue);
  CHECK_FALSE(table.dirty());
  Push(Queue(table, "orders", 7), 10);
  Push(Queue(table, "orders", 8), 20);
  REQUIRE_OK(table.BringUpAll(LogOffset{1000}));
  CHECK(table.Find({"orders", 7})->FileEnd() == QueueOffset{10});
  CHECK(table.Find({"orders", 8})->FileEnd() == QueueOffset{10});
  CHECK(table.dirty());
  REQUIRE_OK(table.BringUpAll(LogOffset{1500}));
  CHECK(table.Find({"orders", 8})->FileEnd() == QueueOffset{15});
  CHECK(table.dirty());
  REQUIRE_OK(table.BringUpAll(LogOffset{2000}));
  CHECK_FALSE(table.dirty());
  CHECK(std::distance(std::filesystem::directory_iterator(fixture.options.root / "orders"), {}) ==
        2);
}

TEST_CASE("a failed checkpoint keeps all units, with few queues and with many") {
  const int queues = GENERATE(3, 60);
  Fixture fixture;
  QueueTable& table = *fixture.table;
  for (int queue = 0; queue < queues; ++queue) Push(Queue(table, "orders", queue), 70);
  const bool writes = GENERATE(false, true);
  (writes ? fixture.disk.watch.fail_writes : fixture.disk.watch.fail_syncs) = true;
  CHECK_FALSE(table.BringUpAll(kAll).ok());
  CHECK(table.dirty());
  table.ForEach([](ConsumeQueue& queue) { CHECK(queue.FileEnd() == QueueOffset{0}); });
  fixture.disk.watch.fail_writes = false;
  fixture.disk.watch.fail_syncs = false;
  REQUIRE_OK(table.BringUpAll(kAll));
  CHECK_FALSE(table.dirty());
  CHECK(fixture.memory.used_bytes() == 0);
  REQUIRE_VALUE(fixture.Reopen().LoadFromDirectory(NoProgress));
  CHECK(fixture.table->size() == static_cast<std::size_t>(queues));
  fixture.table->ForEach([](ConsumeQueue& queue) { CHECK(queue.end() == QueueOffset{70}); });
}

TEST_CASE("a removed topic is gone, its pointers live on") {
  Fixture fixture;
  QueueTable& table = *fixture.table;
  Push(Queue(table, "orders", 0), 120);
  Push(Queue(table, "orders", 1), 3);
  Push(Queue(table, "other", 0), 3);
  REQUIRE_OK(table.BringUpAll(LogOffset{5000}));
  ConsumeQueue* held = table.Find({"orders", 0});
  REQUIRE_OK(table.Remove("orders"));
  CHECK(Names(table) == std::vector<std::string>{"other-0"});
  CHECK(table.Find({"orders", 0}) == nullptr);
  CHECK_FALSE(std::filesystem::exists(fixture.options.root / "orders"));
  Unit unit;
  CHECK(held->Read(QueueOffset{0}, std::span(&unit, 1), kAll).error().code() ==
        StatusCode::kOutOfRange);

  // An append that was under way when the topic went.
  Push(*held, 1);
  table.FreeRemoved();
  REQUIRE_OK(table.BringUpAll(kAll));
  CHECK(fixture.memory.used_bytes() == 0);
  CHECK_FALSE(table.dirty());
  CHECK_FALSE(std::filesystem::exists(fixture.options.root / "orders"));
  table.FreeRemoved();

  ConsumeQueue& fresh = Queue(table, "orders", 0);
  CHECK(fresh.end() == QueueOffset{0});
  CHECK(table.Find({"orders", 0}) == &fresh);
  Push(fresh, 2);
  REQUIRE_OK(table.BringUpAll(kAll));
  CHECK(std::filesystem::exists(fixture.options.root / "orders" / "0"));
  REQUIRE_OK(table.Remove("never-there"));
}

TEST_CASE("what an interrupted removal left is removed by the next one") {
  Fixture fixture;
  for (const int queue : {0, 1, 2}) Push(Queue(*fixture.table, "orders", queue), 3);
  REQUIRE_OK(fixture.table->BringUpAll(kAll));
  QueueTable& table = fixture.Reopen();
  REQUIRE_OK(table.Remove("orders"));
  CHECK_FALSE(std::filesystem::exists(fixture.options.root / "orders"));
}

TEST_CASE("names come and go without being mixed up") {
  Fixture fixture;
  QueueTable& table = *fixture.table;
  std::set<int> alive;
  for (int round = 0; round < 3000; ++round) {
    const int topic = (round * 7919) % 200;
    const std::string name = Format("t{}", topic);
    if (round % 3 == 2 && alive.erase(topic) == 1) {
      REQUIRE_OK(table.Remove(name));
      if (round % 5 == 0) table.FreeRemoved();
    } else {
      CHECK(Queue(table, name, 0).topic() == name);
      alive.insert(topic);
    }
  }
  for (int topic = 0; topic < 200; ++topic) {
    ConsumeQueue* found = table.Find({Format("t{}", topic), 0});
    CHECK((found != nullptr) == alive.contains(topic));
  }
}

TEST_CASE("loading passes over what is no queue, as Java does") {
  Fixture fixture;
  Push(Queue(*fixture.table, "orders", 0), 3);
  REQUIRE_OK(fixture.table->BringUpAll(kAll));
  const std::filesystem::path root = fixture.options.root;
  std::filesystem::create_directories(root / "orders" / "backup");
  std::filesystem::create_directories(root / "orders" / "-1");
  std::filesystem::create_directories(root / "orders" / "007");
  std::filesystem::create_directories(root / "orders" / "99999999999");
  std::filesystem::create_directories(root / "orders" / "3");
  std::filesystem::create_directories(root / "no-queues");
  test::MakeFile(root / "orders" / "5", "a file");
  test::MakeFile(root / "file", "a file");
  QueueTable& table = fixture.Reopen();
  const auto loaded = REQUIRE_VALUE(table.LoadFromDirectory(NoProgress));
  CHECK(loaded.queues == 2);
  CHECK(Names(table) == std::vector<std::string>{"orders-0", "orders-3"});
  CHECK(table.Find({"orders", 3})->end() == QueueOffset{0});
}

TEST_CASE("a damaged directory names the file, and all can be removed for a rebuild") {
  Fixture fixture;
  Push(Queue(*fixture.table, "orders", 0), 170);
  Push(Queue(*fixture.table, "other", 4), 1);
  REQUIRE_OK(fixture.table->BringUpAll(kAll));
  std::filesystem::remove(fixture.options.root / "orders/0/00000000000000001000");
  QueueTable& table = fixture.Reopen();
  const auto loaded = table.LoadFromDirectory(NoProgress);
  CHECK(loaded.error().code() == StatusCode::kDataLoss);
  CHECK_THAT(loaded.error().message(), ContainsSubstring("orders/0"));
  REQUIRE_OK(table.RemoveAll());
  CHECK(table.size() == 0);
  CHECK(std::filesystem::is_empty(fixture.options.root));
  REQUIRE_VALUE(table.LoadFromDirectory(NoProgress));
}

TEST_CASE("a directory that is not ours stays when its topic goes") {
  Fixture fixture;
  Push(Queue(*fixture.table, "orders", 0), 1);
  REQUIRE_OK(fixture.table->BringUpAll(kAll));
  const auto foreign = fixture.options.root / "orders/007";
  std::filesystem::create_directories(foreign / "x");
  std::filesystem::create_directories(fixture.options.root / "orders/0/x");
  REQUIRE_OK(fixture.table->Remove("orders"));
  REQUIRE_OK(fixture.table->RemoveAll());
  CHECK(std::filesystem::exists(foreign / "x"));
  CHECK_FALSE(std::filesystem::exists(fixture.options.root / "orders/0/00000000000000000000"));
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/consume_queue.h"

#include <algorithm>
#include <optional>
#include <random>

#include "tests/consumequeue/disk.h"

namespace tidemark {
namespace {

using test::Disk;
using test::TestUnit;

constexpr LogOffset kAll{INT64_MAX};

/// A queue "orders"-0 with files of `file_units` units; Reopen makes a second one of its files.
struct Fixture {
  explicit Fixture(std::int64_t file_units = 50)
      : storage{disk, descriptors, disk.path() / "consumequeue", file_units * kUnitBytes} {
    Reopen();
  }
  ConsumeQueue& Reopen() {
    queue.reset();
    dirty.emplace();
    queue.emplace(storage, topic, 0, memory, *dirty);
    return *queue;
  }
  /// As a checkpoint does it: true when the queue is drained.
  bool Settle() {
    while (ConsumeQueue* listed = dirty->TakeAll()) listed->TakeNextDirty();
    const bool drained = queue->Settle();
    if (!drained) dirty->Add(*queue);
    return drained;
  }

  Disk disk;
  DescriptorCache descriptors{disk};
  MemoryBudget memory{1 << 20, 0, 4096};
  std::optional<DirtyQueues> dirty;
  QueueStorage storage;
  std::string topic = "orders";
  std::optional<ConsumeQueue> queue;
};

void Push(ConsumeQueue& queue, std::int64_t count, std::int64_t log_start = 0) {
  for (; count > 0; --count) {
    const QueueOffset at = queue.TakeNext(1);
    queue.Push(TestUnit(ToInt(at), log_start), at);
  }
}

std::vector<Unit> ReadUnits(ConsumeQueue& queue, std::int64_t from, std::size_t count,
                            LogOffset visible_end = kAll) {
  std::vector<Unit> units(count);
  units.resize(REQUIRE_VALUE(queue.Read(QueueOffset{from}, units, visible_end)));
  return units;
}

std::vector<Unit> Units(std::int64_t from, std::int64_t end) {
  std::vector<Unit> units;
  for (; from < end; ++from) units.push_back(TestUnit(from));
  return units;
}

TEST_CASE("what was pushed is read from memory") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  CHECK(ReadUnits(queue, 0, 10).empty());
  CHECK(queue.End(kAll) == QueueOffset{0});
  Push(queue, 1000);
  CHECK(queue.next() == QueueOffset{1000});
  CHECK(queue.end() == QueueOffset{1000});
  CHECK(ReadUnits(queue, 0, 2000) == Units(0, 1000));
  CHECK(ReadUnits(queue, 15, 2) == Units(15, 17));  // over the end of the first chunk
  CHECK(ReadUnits(queue, 999, 5) == Units(999, 1000));
  CHECK(ReadUnits(queue, 1000, 5).empty());
  CHECK(fixture.disk.watch.lists == 0);
  CHECK(fixture.disk.watch.opened == 0);
}

TEST_CASE("readers see units up to the visible end of the log") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  Push(queue, 100);
  for (const std::int64_t visible : {0, 1, 99, 100, 101, 1600, 1650, 1700, 9999, 10000, 10001}) {
    INFO("visible " << visible);
    const std::int64_t end = std::min<std::int64_t>(visible / 100, 100);
    CHECK(queue.End(LogOffset{visible}) == QueueOffset{end});
    CHECK(ReadUnits(queue, 0, 200, LogOffset{visible}) == Units(0, end));
    CHECK(ReadUnits(queue, 40, 200, LogOffset{visible}) ==
          Units(40, std::max<std::int64_t>(end, 40)));
  }
}

TEST_CASE("units of durable records go to files, and leave memory when these are synced") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  Push(queue, 120);
  const std::int64_t charged = fixture.memory.used_bytes();
  CHECK(charged >= 120 * 20);
  REQUIRE_OK(queue.BringUp(LogOffset{7050}));
  CHECK(queue.FileEnd() == QueueOffset{0});
  CHECK(queue.NeedsSync());
  CHECK(fixture.memory.used_bytes() == charged);
  REQUIRE_OK(queue.SyncFiles());
  CHECK_FALSE(fixture.Settle());
  CHECK(queue.FileEnd() == QueueOffset{70});
  CHECK_FALSE(queue.NeedsSync());
  CHECK(fixture.memory.used_bytes() < charged);
  CHECK(ReadUnits(queue, 0, 200) == Units(0, 120));
  CHECK(ReadUnits(queue, 60, 20) == Units(60, 80));

  {
    QueueFiles files(fixture.storage, fixture.topic, 0);
    CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{70});
  }
  REQUIRE_OK(queue.BringUp(kAll));
  REQUIRE_OK(queue.SyncFiles());
  CHECK(fixture.Settle());
  CHECK(fixture.memory.used_bytes() == 0);
  CHECK(fixture.dirty->empty());
  CHECK(ReadUnits(queue, 0, 200) == Units(0, 120));
  CHECK(queue.End(kAll) == QueueOffset{120});

  Push(queue, 1);
  CHECK_FALSE(fixture.dirty->empty());
  CHECK(ReadUnits(queue, 110, 20) == Units(110, 121));
}

TEST_CASE("no unit of a record that is not durable is written") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  Push(queue, 3);
  REQUIRE_OK(queue.BringUp(LogOffset{99}));
  CHECK_FALSE(queue.NeedsSync());
  CHECK_FALSE(std::filesystem::exists(fixture.storage.root));
}

TEST_CASE("a failed write or sync keeps the units for the next try") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  Push(queue, 120);
  SECTION("write") {
    fixture.disk.watch.fail_writes = true;
    CHECK(queue.BringUp(kAll).code() == StatusCode::kResourceExhausted);
    CHECK_FALSE(queue.NeedsSync());
    CHECK_FALSE(fixture.Settle());
    CHECK(queue.FileEnd() == QueueOffset{0});
    fixture.disk.watch.fail_writes = false;
  }
  SECTION("sync") {
    REQUIRE_OK(queue.BringUp(kAll));
    fixture.disk.watch.fail_syncs = true;
    CHECK(queue.SyncFiles().code() == StatusCode::kDataLoss);
    CHECK_FALSE(queue.NeedsSync());
    CHECK_FALSE(fixture.Settle());
    CHECK(queue.FileEnd() == QueueOffset{0});
    fixture.disk.watch.fail_syncs = false;
    // The device may have lost what the kernel took: everything is to be written again.
    std::filesystem::resize_file(fixture.storage.root / "orders/0/00000000000000000000", 0);
    std::filesystem::resize_file(fixture.storage.root / "orders/0/00000000000000000000", 1000);
  }
  CHECK(ReadUnits(queue, 0, 200) == Units(0, 120));
  Push(queue, 5);
  REQUIRE_OK(queue.BringUp(kAll));
  REQUIRE_OK(queue.SyncFiles());
  CHECK(fixture.Settle());
  CHECK(ReadUnits(queue, 0, 200) == Units(0, 125));
  QueueFiles files(fixture.storage, fixture.topic, 0);
  CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{125});
}

TEST_CASE("a queue restored from a snapshot touches its files at first need") {
  Fixture fixture;
  Push(*fixture.queue, 120);
  REQUIRE_OK(fixture.queue->BringUp(kAll));
  REQUIRE_OK(fixture.queue->SyncFiles());
  CHECK(fixture.Settle());

  ConsumeQueue& queue = fixture.Reopen();
  const std::int64_t lists = fixture.disk.watch.lists;
  const std::int64_t opened = fixture.disk.watch.opened;
  queue.Restore(QueueOffset{5}, QueueOffset{120});
  CHECK(queue.Min() == QueueOffset{5});
  CHECK(queue.End(LogOffset{0}) == QueueOffset{120});
  CHECK(queue.FileEnd() == QueueOffset{120});
  CHECK(queue.next() == QueueOffset{120});
  Push(queue, 3);
  CHECK(ReadUnits(queue, 120, 9) == Units(120, 123));
  CHECK(fixture.disk.watch.lists == lists);
  CHECK(fixture.disk.watch.opened == opened);
  CHECK(ReadUnits(queue, 5, 999) == Units(5, 123));
  CHECK(fixture.disk.watch.lists == lists + 1);
}

TEST_CASE("a queue can start behind 0 and survives a restart so") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  constexpr std::int64_t kLogStart = 1'000'000;
  queue.StartAt(QueueOffset{63});
  CHECK(queue.Min() == QueueOffset{63});
  Push(queue, 10, kLogStart);
  CHECK(ReadUnits(queue, 63, 1)[0] == TestUnit(63, kLogStart));
  const bool sync_fails = GENERATE(false, true);
  if (sync_fails) {
    REQUIRE_OK(queue.BringUp(kAll));
    queue.Rewind();
  }
  REQUIRE_OK(queue.BringUp(kAll));
  REQUIRE_OK(queue.SyncFiles());
  CHECK(fixture.Settle());
  CHECK(queue.FileEnd() == QueueOffset{73});
  CHECK(ReadUnits(queue, 63, 99).size() == 10);

  ConsumeQueue& again = fixture.Reopen();
  const RecoveredEnd found = REQUIRE_VALUE(again.RecoverFromFiles());
  CHECK(found.end == QueueOffset{73});
  CHECK(again.Min() == QueueOffset{50});
  const std::int64_t log_min = GENERATE(0, 1'000'000);
  REQUIRE_OK(again.CorrectMin(LogOffset{log_min}));
  CHECK(again.Min() == QueueOffset{63});
  CHECK(ReadUnits(again, 63, 99).size() == 10);
}

TEST_CASE("a queue without messages keeps its number in a snapshot") {
  Fixture fixture;
  fixture.queue->StartAt(QueueOffset{63});
  CHECK(fixture.queue->FileEnd() == QueueOffset{63});
  ConsumeQueue& queue = fixture.Reopen();
  queue.Restore(QueueOffset{63}, QueueOffset{63});
  Push(queue, 2);
  REQUIRE_OK(queue.BringUp(kAll));
  REQUIRE_OK(queue.SyncFiles());
  CHECK(fixture.Settle());
  QueueFiles files(fixture.storage, fixture.topic, 0);
  CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{65});
}

TEST_CASE("a queue whose files are gone does not go on as if they were there") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  queue.Restore(QueueOffset{10}, QueueOffset{63});
  Push(queue, 2);
  CHECK(queue.BringUp(kAll).code() == StatusCode::kDataLoss);
  CHECK_FALSE(std::filesystem::exists(fixture.storage.root));
}

TEST_CASE("the minimum follows the log's start") {
  Fixture fixture;
  ConsumeQueue& queue = *fixture.queue;
  Push(queue, 230);
  REQUIRE_OK(queue.BringUp(LogOffset{20000}));
  REQUIRE_OK(queue.SyncFiles());
  CHECK_FALSE(fixture.Settle());

  const auto files = [&] {
    return REQUIRE_VALUE(QueueFiles(fixture.storage, fixture.topic, 0).Bounds());
  };
  REQUIRE_OK(queue.DeleteBefore(LogOffset{0}));
  CHECK(queue.Min() == QueueOffset{0});
  REQUIRE_OK(queue.DeleteBefore(LogOffset{1}));
  CHECK(queue.Min() == QueueOffset{1});
  REQUIRE_OK(queue.CorrectMin(LogOffset{6000}));
  CHECK(queue.Min() == QueueOffset{60});
  CHECK(files().first == QueueOffset{0});
  REQUIRE_OK(queue.DeleteBefore(LogOffset{12345}));
  CHECK(queue.Min() == QueueOffset{124});
  CHECK(files().first == QueueOffset{100});
  REQUIRE_OK(queue.DeleteBefore(LogOffset{5}));  // never back
  CHECK(queue.Min() == QueueOffset{124});
  CHECK(ReadUnits(queue, 124, 999) == Units(124, 230));

  // A look that raises nothing reads nothing.
  const std::int64_t opened = fixture.disk.watch.opened;
  REQUIRE_OK(queue.DeleteBefore(LogOffset{12400}));
  CHECK(fixture.disk.watch.opened == opened);

  SECTION("into the memory") {
    REQUIRE_OK(queue.DeleteBefore(LogOffset{22000}));
    CHECK(queue.Min() == QueueOffset{220});
    CHECK(files().first == QueueOffset{150});
  }
  SECTION("all messages gone: the last file and the numbers stay") {
    REQUIRE_OK(queue.DeleteBefore(LogOffset{23000}));
    CHECK(queue.Min() == QueueOffset{230});
    CHECK(queue.End(kAll) == QueueOffset{230});
    CHECK(files().first == QueueOffset{150});
    REQUIRE_OK(queue.BringUp(kAll));
    REQUIRE_OK(queue.SyncFiles());
    CHECK(fixture.Settle());
    REQUIRE_OK(queue.DeleteBefore(LogOffset{23000}));

    ConsumeQueue& again = fixture.Reopen();
    REQUIRE_VALUE(again.RecoverFromFiles());
    REQUIRE_OK(again.CorrectMin(LogOffset{23000}));
    CHECK(again.Min() == QueueOffset{230});
    CHECK(again.end() == QueueOffset{230});
    Push(again, 1);
    CHECK(ReadUnits(again, 230, 9) == Units(230, 231));
  }
  SECTION("deleted offsets cannot be read") {
    Unit unit;
    CHECK(queue.Read(QueueOffset{99}, std::span(&unit, 1), kAll).error().code() ==
          StatusCode::kOutOfRange);
  }
}

TEST_CASE("a cut of the log drops the units behind it, in the files too") {
  Fixture fixture;
  Push(*fixture.queue, 120);
  REQUIRE_OK(fixture.queue->BringUp(kAll));
  REQUIRE_OK(fixture.queue->SyncFiles());
  CHECK(fixture.Settle());

  const std::int64_t cut = GENERATE(0, 100, 4999, 5000, 7777, 11900, 12000, 50000);
  const std::int64_t kept = std::min<std::int64_t>(cut / 100, 120);
  ConsumeQueue& queue = fixture.Reopen();
  REQUIRE_VALUE(queue.RecoverFromFiles());
  REQUIRE_OK(queue.TruncateFrom(LogOffset{cut}));
  CHECK(queue.end() == QueueOffset{kept});
  CHECK(queue.next() == QueueOffset{kept});
  CHECK(queue.FileEnd() == QueueOffset{kept});
  CHECK(queue.Min() == QueueOffset{0});
  QueueFiles files(fixture.storage, fixture.topic, 0);
  CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{kept});
  Push(queue, 30);
  REQUIRE_OK(queue.BringUp(kAll));
  REQUIRE_OK(queue.SyncFiles());
  CHECK(fixture.Settle());
  CHECK(ReadUnits(queue, 0, 999) == Units(0, kept + 30));
}

TEST_CASE("offsets are found by time") {
  Fixture fixture(16);
  ConsumeQueue& queue = *fixture.queue;
  Push(queue, 90);
  REQUIRE_OK(queue.BringUp(LogOffset{5000}));
  REQUIRE_OK(queue.SyncFiles());
  CHECK_FALSE(fixture.Settle());
  // Three messages a millisecond, those below the log's minimum have no time any more.
  constexpr std::int64_t kLogMin = 1000;
  REQUIRE_OK(queue.CorrectMin(LogOffset{kLogMin - 500}));
  const auto time_of = [](const Unit& unit) -> Result<std::optional<WallTime>> {
    if (ToInt(unit.log_offset) < kLogMin) return std::optional<WallTime>();
    return std::optional<WallTime>(
        WallTime(std::chrono::milliseconds(ToInt(unit.log_offset) / 300)));
  };
  const auto find = [&](std::int64_t ms, Store::Boundary boundary, LogOffset visible = kAll) {
    return ToInt(REQUIRE_VALUE(
        queue.OffsetAt(WallTime(std::chrono::milliseconds(ms)), boundary, visible, time_of)));
  };
  const auto lower = Store::Boundary::kLower;
  const auto upper = Store::Boundary::kUpper;
  CHECK(find(-1, lower) == 10);  // units 5 to 9 count as too early
  CHECK(find(3, lower) == 10);
  CHECK(find(4, lower) == 12);
  CHECK(find(20, lower) == 60);
  CHECK(find(29, lower) == 87);
  CHECK(find(30, lower) == 90);
  CHECK(find(3, upper) == 11);
  CHECK(find(4, upper) == 14);
  CHECK(find(20, upper) == 62);
  CHECK(find(29, upper) == 89);
  CHECK(find(99, upper) == 89);
  CHECK(find(99, lower, LogOffset{7000}) == 70);
  CHECK(find(99, upper, LogOffset{7000}) == 69);
  REQUIRE_OK(queue.CorrectMin(LogOffset{2000}));
  CHECK(find(-1, lower) == 20);
  CHECK(find(-1, upper) == 20);  // clamped
  REQUIRE_OK(queue.CorrectMin(LogOffset{9000}));
  CHECK(find(5, lower) == 90);
  CHECK(find(5, upper) == 90);

  const auto failing = [](const Unit&) -> Result<std::optional<WallTime>> {
    return Status(StatusCode::kDataLoss, "test");
  };
  Push(queue, 1);
  CHECK(queue.OffsetAt(WallTime(), lower, kAll, failing).error().code() == StatusCode::kDataLoss);
}

/// Random pushes, checkpoints with and without failures, retention and restarts against a model.
TEST_CASE("a queue behaves as a list of units would") {
  const unsigned seed = GENERATE(range(1u, 13u));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto upto = [&](std::int64_t max) {
    return std::uniform_int_distribution<std::int64_t>(0, max)(random);
  };
  Fixture fixture(1 + upto(40));
  ConsumeQueue* queue = &*fixture.queue;
  std::vector<Unit> model;  // all units ever
  std::int64_t log_end = 0;
  std::int64_t durable = 0;
  std::int64_t log_min = 0;
  std::int64_t settled = 0;
  const auto model_min = [&] {
    return std::partition_point(
               model.begin(), model.end(),
               [&](const Unit& unit) { return ToInt(unit.log_offset) < log_min; }) -
           model.begin();
  };

  for (int step = 0; step < 250; ++step) {
    switch (upto(6)) {
      case 0:
      case 1:
        for (std::int64_t n = upto(60); n > 0; --n) {
          log_end += upto(200);  // records of other queues
          const Unit unit{LogOffset{log_end}, static_cast<std::int32_t>(1 + upto(99)), upto(9)};
          log_end += unit.size;
          model.push_back(unit);
          queue->Push(unit, queue->TakeNext(1));
        }
        break;
      case 2:
        durable += upto(log_end - durable);
        break;
      case 3: {  // a checkpoint
        fixture.disk.watch.fail_writes = upto(9) == 0;
        const bool written = queue->BringUp(LogOffset{durable}).ok();
        fixture.disk.watch.fail_writes = false;
        fixture.disk.watch.fail_syncs = upto(9) == 0;
        const bool synced = queue->SyncFiles().ok();
        fixture.disk.watch.fail_syncs = false;
        fixture.Settle();
        if (written && synced) {
          settled = 0;
          while (settled < std::ssize(model) && ToInt(model[settled].end()) <= durable) ++settled;
        } else if (!synced) {
          REQUIRE(queue->FileEnd() == QueueOffset{settled});
        } else {
          settled = ToInt(queue->FileEnd());
        }
        REQUIRE(queue->FileEnd() == QueueOffset{settled});
        break;
      }
      case 4: {  // retention, which only deletes what is at the checkpoint
        if (settled == 0) break;
        log_min = std::max(log_min, upto(ToInt(model[settled - 1].end())));
        REQUIRE_OK(queue->DeleteBefore(LogOffset{log_min}));
        REQUIRE(queue->Min() == QueueOffset{model_min()});
        break;
      }
      case 5: {  // a restart: the log gives what the files do not have
        if (upto(4) != 0) break;
        queue = &fixture.Reopen();
        if (upto(1) == 0) {
          queue->Restore(QueueOffset{model_min()}, QueueOffset{settled});
        } else {
          REQUIRE_VALUE(queue->RecoverFromFiles());
          REQUIRE_OK(queue->TruncateFrom(settled == 0 ? LogOffset{0} : model[settled - 1].end()));
          REQUIRE_OK(queue->CorrectMin(LogOffset{log_min}));
        }
        REQUIRE(queue->FileEnd() == QueueOffset{settled});
        for (std::int64_t n = settled; n < std::ssize(model); ++n) {
          queue->Push(model[n], queue->TakeNext(1));
        }
        REQUIRE_OK(queue->CorrectMin(LogOffset{log_min}));
        REQUIRE(queue->Min() == QueueOffset{model_min()});
        break;
      }
      default:
        break;
    }
    // Readers.
    const std::int64_t visible = durable + upto(log_end - durable);
    std::int64_t end = 0;
    while (end < std::ssize(model) && ToInt(model[end].end()) <= visible) ++end;
    REQUIRE(queue->End(LogOffset{visible}) == QueueOffset{end});
    const std::int64_t min = ToInt(queue->Min());
    if (min <= end) {
      const std::int64_t from = min + upto(end - min);
      const std::int64_t count = upto(100);
      const std::vector<Unit> want(model.begin() + from,
                                   model.begin() + std::min(from + count, end));
      REQUIRE(ReadUnits(*queue, from, static_cast<std::size_t>(count), LogOffset{visible}) == want);
    }
  }
}

}  // namespace
}  // namespace tidemark

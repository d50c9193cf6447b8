// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "src/consumequeue/queue_table.h"
#include "tests/consumequeue/disk.h"

namespace tidemark {
namespace {

using test::Disk;
using test::TestUnit;

TEST_CASE("a publisher, readers and a keeper work on the same queues", "[concurrency]") {
  constexpr int kQueues = 3;
  constexpr std::int64_t kUnits = 20'000;
  Disk disk;
  MemoryBudget memory(64 << 20, 0, 4096);
  QueueTable table(disk, {disk.path() / "consumequeue", 997 * kUnitBytes, 2}, memory);
  ConsumeQueue* queues[kQueues];
  for (int i = 0; i < kQueues; ++i) queues[i] = REQUIRE_VALUE(table.GetOrCreate({"orders", i}));

  std::atomic<std::int64_t> published{0};  // log position; all queues' records lie alike
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> wrong{0};
  std::atomic<std::int64_t> reads{0};

  std::thread publisher([&] {
    for (std::int64_t n = 0; n < kUnits; ++n) {
      for (ConsumeQueue* queue : queues) queue->Push(TestUnit(n), QueueOffset{n});
      published.store((n + 1) * 100, std::memory_order_release);
      // Let queues drain now and then, which is when chunks are freed under the publisher.
      if (n % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    done = true;
  });
  std::thread keeper([&] {
    while (!done || table.dirty()) {
      disk.watch.fail_syncs = !done && reads % 7 == 0;
      static_cast<void>(table.BringUpAll(LogOffset{published.load(std::memory_order_acquire)}));
      disk.watch.fail_syncs = false;
      const std::int64_t log_min = published.load() / 3;
      for (ConsumeQueue* queue : queues) {
        if (!queue->DeleteBefore(LogOffset{log_min}).ok()) ++wrong;
      }
    }
  });
  const auto read = [&](unsigned seed) {
    std::vector<Unit> units(100);
    while (!done) {
      ConsumeQueue& queue = *queues[seed++ % kQueues];
      const LogOffset visible{published.load(std::memory_order_acquire)};
      const QueueOffset end = queue.End(visible);
      if (end < QueueOffset{ToInt(visible) / 100}) ++wrong;
      const QueueOffset min = queue.Min();
      const std::int64_t span = end - min;
      const QueueOffset from =
          min + (span > 0 ? static_cast<std::int64_t>(seed * 7919u) % span : 0);
      const auto got = queue.Read(from, units, visible);
      ++reads;
      if (!got.has_value()) {
        // Deleted meanwhile, and for no other reason.
        if (got.error().code() != StatusCode::kOutOfRange || queue.Min() <= from) ++wrong;
        continue;
      }
      for (std::size_t i = 0; i < *got; ++i) {
        if (units[i] != TestUnit(ToInt(from) + static_cast<std::int64_t>(i))) ++wrong;
      }
      if (*got < 100 && from + static_cast<std::int64_t>(*got) < QueueOffset{ToInt(visible) / 100})
        ++wrong;
    }
  };
  std::thread reader(read, 1u);
  std::thread other(read, 2u);
  publisher.join();
  keeper.join();
  reader.join();
  other.join();

  CHECK(wrong == 0);
  CHECK(reads > 0);
  CHECK(memory.used_bytes() == 0);
  for (ConsumeQueue* queue : queues) CHECK(queue->FileEnd() == QueueOffset{kUnits});
}

TEST_CASE("queues are found while others are made and removed", "[concurrency]") {
  Disk disk;
  MemoryBudget memory(64 << 20, 0, 4096);
  QueueTable table(disk, {disk.path() / "consumequeue", 1000, 16}, memory);
  std::atomic<std::int64_t> made{0};
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> wrong{0};
  const auto make = [&](int first) {
    for (int n = first; n < 4000; n += 2) {
      const auto queue = table.GetOrCreate({Format("kept{}", n / 8), n % 8});
      if (!queue.has_value() || (*queue)->queue() != n % 8) ++wrong;
    }
    ++made;
  };
  std::thread first(make, 0);
  std::thread second(make, 1);
  std::thread remover([&] {
    for (int n = 0; n < 200; ++n) {
      const std::string topic = Format("gone{}", n % 5);
      if (!table.GetOrCreate({topic, 0}).has_value()) ++wrong;
      if (!table.Remove(topic).ok()) ++wrong;
    }
    ++made;
  });
  std::thread finder([&] {
    const std::string kept = "kept0";
    ConsumeQueue* before = nullptr;
    while (!done) {
      ConsumeQueue* now = table.Find({kept, 3});
      if (before != nullptr && now != before) ++wrong;
      before = now;
      if (ConsumeQueue* gone = table.Find({"gone1", 0}); gone != nullptr && gone->queue() != 0) {
        ++wrong;
      }
    }
  });
  first.join();
  second.join();
  remover.join();
  done = true;
  finder.join();
  CHECK(made == 3);
  CHECK(wrong == 0);
  CHECK(table.size() == 4000);
  table.FreeRemoved();
  for (int n = 0; n < 4000; ++n) {
    ConsumeQueue* queue = table.Find({Format("kept{}", n / 8), n % 8});
    REQUIRE(queue != nullptr);
    REQUIRE(queue->queue() == n % 8);
  }
}

}  // namespace
}  // namespace tidemark

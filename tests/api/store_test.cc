// SPDX-License-Identifier: Apache-2.0
#include "tidemark/store.h"

#include <atomic>
#include <set>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/short_machine.h"
#include "tests/support/temporary_directory.h"

namespace tidemark {
namespace {

using test::TemporaryDirectory;

StoreOptions SmallFiles() {
  StoreOptions options;
  options.sizes.segment_bytes = 64 << 10;
  options.sizes.queue_file_bytes = 4000;
  options.sizes.index_slots = 200;
  options.sizes.index_entries = 1000;
  options.memory_bytes_max = 8 << 20;
  options.machine = test::MachineUnderTest();
  return options;
}

std::string BodyOf(int i) {
  return std::string(100 + i % 300, static_cast<char>('a' + i % 26));
}

TEST_CASE("what was appended is read back, before and after reopening", "[api][machine]") {
  TemporaryDirectory directory;
  const auto until = GENERATE(Durability::kMemory, Durability::kKernel, Durability::kDevice);
  constexpr int kMessages = 1000;
  {
    auto store = REQUIRE_VALUE(Store::Open(directory.path(), SmallFiles()));
    CHECK(store->Recovery().created);
    for (int i = 0; i < kMessages; ++i) {
      const std::string body = BodyOf(i);
      const std::string key = "key" + std::to_string(i);
      const auto at = REQUIRE_VALUE(store->Append({.topic = "orders",
                                                   .queue = i % 3,
                                                   .tags = i % 2 ? "paid" : "void",
                                                   .keys = key,
                                                   .body = body},
                                                  until));
      REQUIRE(at.queue_offset == QueueOffset{i / 3});
      const auto batch = REQUIRE_VALUE(store->Read({"orders", i % 3}, at.queue_offset));
      REQUIRE(batch.size() == 1);
      REQUIRE(batch[0].body().text() == body);
    }
    REQUIRE_OK(store->Close());
    CHECK(store->Append({.topic = "orders", .body = "x"}, until).error().code() ==
          StatusCode::kFailedPrecondition);
  }
  StoreOptions defaults;
  defaults.machine = test::MachineUnderTest();
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), defaults));
  INFO((store->Recovery().notes.empty() ? "" : store->Recovery().notes[0]));
  CHECK(store->Recovery().clean);
  CHECK(store->Recovery().used_sidecar);
  CHECK(store->Recovery().scanned_records == 0);
  int found = 0;
  for (int queue = 0; queue < 3; ++queue) {
    const auto bounds = REQUIRE_VALUE(store->Bounds({"orders", queue}));
    for (QueueOffset next = bounds.min; next < bounds.max;) {
      const auto batch = REQUIRE_VALUE(store->Read({"orders", queue}, next));
      REQUIRE(!batch.empty());
      for (const MessageView& message : batch) {
        const int i = static_cast<int>(ToInt(message.queue_offset())) * 3 + queue;
        REQUIRE(message.body().text() == BodyOf(i));
        ++found;
      }
      next = batch.next_offset();
    }
  }
  CHECK(found == kMessages);
  const auto by_key = REQUIRE_VALUE(store->FindByKey("orders", "key77"));
  REQUIRE(by_key.size() == 1);
  CHECK(by_key[0].body().text() == BodyOf(77));
  const auto by_id = REQUIRE_VALUE(store->FindById(by_key[0].offset_message_id()));
  CHECK(by_id[0].keys() == "key77");
}

TEST_CASE("appends of many threads are dense, each acknowledged once",
          "[api][concurrency][machine]") {
  TemporaryDirectory directory;
  StoreOptions options = SmallFiles();
  options.visible_when = GENERATE(VisibleWhen::kPublished, VisibleWhen::kDurable);
  options.io_path = io::Path::kPread;
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), options));
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto until = static_cast<Durability>(i % 3);
        const auto at = store->Append({.topic = "t", .queue = t % 2, .body = BodyOf(i)}, until);
        if (!at.has_value()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(failed == 0);
  REQUIRE_OK(store->Flush());
  for (int queue = 0; queue < 2; ++queue) {
    const auto bounds = REQUIRE_VALUE(store->Bounds({"t", queue}));
    CHECK(ToInt(bounds.max) == kThreads / 2 * kEach);
  }
  REQUIRE_OK(store->Close());
}

TEST_CASE("catching up from the device brings every byte, beside appends", "[api][machine]") {
  TemporaryDirectory directory;
  StoreOptions options = SmallFiles();
  options.sizes.segment_bytes = 1'000'000;
  options.memory_bytes_max = 1 << 20;
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), options));
  constexpr int kMessages = 400;
  for (int i = 0; i < kMessages; ++i) {
    const std::string body = std::to_string(i) + std::string(4000 + i % 7 * 3000, 'b');
    const auto until = i % 3 == 0 ? Durability::kDevice : Durability::kMemory;
    REQUIRE_VALUE(store->Append({.topic = "t", .body = body}, until));
    // Someone far behind reads on meanwhile.
    const auto batch = REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{i / 2}));
    REQUIRE(batch[0].body().text().starts_with(std::to_string(i / 2) + "b"));
  }
  CHECK(store->Stats().cold_reads > 0);
  REQUIRE_OK(store->Flush());
  for (const std::size_t bytes : {std::size_t{100'000}, std::size_t{1} << 20}) {
    LogOffset at = store->Marks().min;
    std::size_t records = 0;
    const LogOffset end = store->Marks().durable;
    while (at < end) {
      const auto slice = REQUIRE_VALUE(store->ReadLog(at, bytes));
      REQUIRE_FALSE(slice.bytes().size() == 0);
      at = at + static_cast<std::int64_t>(slice.bytes().size());
      ++records;
    }
    CHECK(records > 0);
  }
  REQUIRE_OK(store->Close());
}

TEST_CASE("a topic is deleted while threads append to it", "[api][concurrency]") {
  TemporaryDirectory directory;
  StoreOptions options = SmallFiles();
  options.io_path = io::Path::kPread;
  constexpr int kThreads = 3;
  constexpr int kEach = 150;
  std::int64_t hidden = 0;
  {
    auto store = REQUIRE_VALUE(Store::Open(directory.path(), options));
    std::vector<std::set<std::int64_t>> offsets(kThreads);
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const auto at = store->Append({.topic = "t", .body = BodyOf(i)}, Durability::kKernel);
          if (!at.has_value()) {
            ++failed;
          } else {
            offsets[static_cast<std::size_t>(t)].insert(ToInt(at->queue_offset));
          }
        }
      });
    }
    for (int i = 0; i < 20; ++i) {
      if (!store->DeleteTopic("t").ok()) ++failed;
      (void)store->Read({"t", 0}, QueueOffset{0});
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(failed == 0);
    std::set<std::int64_t> all;
    for (const auto& some : offsets) all.insert(some.begin(), some.end());
    CHECK(all.size() == kThreads * kEach);
    CHECK(*all.rbegin() == kThreads * kEach - 1);

    REQUIRE_OK(store->DeleteTopic("t"));
    hidden = kThreads * kEach;
    CHECK(store->QueuesOf("t").empty());
    CHECK(ToInt(REQUIRE_VALUE(store->Append({.topic = "t", .body = "n"}, Durability::kMemory))
                    .queue_offset) == hidden);
    CHECK(ToInt(REQUIRE_VALUE(store->Bounds({"t", 0})).min) == hidden);
    REQUIRE_OK(store->Close());
  }
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), options));
  CHECK(ToInt(REQUIRE_VALUE(store->Bounds({"t", 0})).min) == hidden);
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{hidden})).size() == 1);
  CHECK(store->Read({"t", 0}, QueueOffset{0}).error().code() == StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace tidemark

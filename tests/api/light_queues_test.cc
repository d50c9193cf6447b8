// SPDX-License-Identifier: Apache-2.0
// Light queues (LMQ): messages that show up in further queues.
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tidemark/inspect.h"
#include "tidemark/store.h"

namespace tidemark {
namespace {

using test::TemporaryDirectory;

StoreOptions Light() {
  StoreOptions options;
  options.sizes.segment_bytes = 16 << 10;
  options.sizes.queue_file_bytes = 400;
  options.sizes.index_slots = 50;
  options.sizes.index_entries = 200;
  options.memory_bytes_max = 4 << 20;
  options.light_queues = true;
  options.io_path = io::Path::kPread;
  return options;
}

/// Message i of topic "t" shows up in %LMQ%all, and in one of two others.
Result<AppendResult> AppendOne(Store& store, int i, Durability until = Durability::kKernel) {
  const std::string names = "%LMQ%all,%LMQ%" + std::string(i % 2 == 0 ? "even" : "odd");
  const Property properties[] = {{"INNER_MULTI_DISPATCH", names}};
  const std::string body = std::to_string(i);
  return store.Append({.topic = "t", .queue = i % 3, .properties = properties, .body = body},
                      until);
}

void CheckQueues(Store& store, int count) {
  for (const auto& [name, step, first] :
       {std::tuple("%LMQ%all", 1, 0), std::tuple("%LMQ%even", 2, 0),
        std::tuple("%LMQ%odd", 2, 1)}) {
    int i = first;
    const auto bounds = REQUIRE_VALUE(store.Bounds({name, 0}));
    for (QueueOffset next = bounds.min; next < bounds.max;) {
      const auto batch = REQUIRE_VALUE(store.Read({name, 0}, next));
      REQUIRE(!batch.empty());
      for (const MessageView& message : batch) {
        REQUIRE(message.body().text() == std::to_string(i));
        REQUIRE(message.topic() == "t");
        REQUIRE(message.queue_offset() == QueueOffset{i / 3});
        i += step;
      }
      next = batch.next_offset();
    }
    CHECK(i - step < count);
    CHECK(i >= count);
  }
}

void CheckSound(const std::filesystem::path& directory) {
  const auto report = REQUIRE_VALUE(Verify(directory, {}, [](const Finding& finding) {
    INFO(finding.file << ": " << finding.text);
    CHECK(finding.kind == Finding::Kind::kNote);
  }));
  CHECK(report.findings == 0);
}

TEST_CASE("messages show up in the light queues that they name", "[api]") {
  TemporaryDirectory directory;
  constexpr int kMessages = 120;
  {
    auto store = REQUIRE_VALUE(Store::Open(directory.path(), Light()));
    for (int i = 0; i < kMessages; ++i) {
      REQUIRE(AppendOne(*store, i).has_value());
      if (i == 50) REQUIRE_OK(store->Checkpoint());
    }
    CheckQueues(*store, kMessages);
    CHECK(REQUIRE_VALUE(store->Read({"%LMQ%odd", 0}, QueueOffset{10}))[0].property(
              "INNER_MULTI_QUEUE_OFFSET") == "21,10");
    CHECK(store
              ->Append({.topic = "t",
                        .encoded_properties = "INNER_MULTI_DISPATCH\1%LMQ%a,plain\2",
                        .body = "x"},
                       Durability::kMemory)
              .error()
              .code() == StatusCode::kInvalidArgument);
    REQUIRE_OK(store->Close());
  }
  CheckSound(directory.path());
  // From the sidecar, from the queues' files, and from the log alone.
  for (const auto& gone : {std::vector<const char*>(),
                           {"tidemark"},
                           {"tidemark", "consumequeue", "index", "checkpoint"}}) {
    for (const char* name : gone) std::filesystem::remove_all(directory.path() / name);
    StoreOptions options = Light();
    options.light_queues = false;  // what is there is kept either way
    auto store = REQUIRE_VALUE(Store::Open(directory.path(), options));
    CheckQueues(*store, kMessages);
    REQUIRE_OK(store->Close());
    CheckSound(directory.path());
  }
}

TEST_CASE("light queues are off unless the options or broker.conf turn them on", "[api]") {
  TemporaryDirectory directory;
  StoreOptions options = Light();
  options.light_queues.reset();
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), options));
  REQUIRE(AppendOne(*store, 0).has_value());
  CHECK(store->Bounds({"%LMQ%all", 0}).error().code() == StatusCode::kNotFound);
  REQUIRE_OK(store->Close());
  const bool both = GENERATE(true, false);
  std::ofstream(directory.path() / "broker.conf") << "enableLmq=true\n"
                                                  << (both ? "enableMultiDispatch=true\n" : "");
  store = REQUIRE_VALUE(Store::Open(directory.path(), options));
  REQUIRE(AppendOne(*store, 1).has_value());
  CHECK(store->Bounds({"%LMQ%all", 0}).has_value() == both);
  REQUIRE_OK(store->Close());
}

TEST_CASE("a batch counts in the light queues message by message", "[api]") {
  TemporaryDirectory directory;
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), Light()));
  for (int i = 0; i < 8; ++i) REQUIRE(AppendOne(*store, i).has_value());
  std::vector<Message> messages;
  for (int i = 0; i < 5; ++i) {
    messages.push_back({.topic = "t",
                        .queue = (8 + i) % 3,
                        .encoded_properties = "INNER_MULTI_DISPATCH\1%LMQ%all\2",
                        .body = "batch"});
  }
  REQUIRE(store->AppendBatch(messages, Durability::kDevice).has_value());
  const auto batch = REQUIRE_VALUE(store->Read({"%LMQ%all", 0}, QueueOffset{8}));
  REQUIRE(batch.size() == 5);
  // The offsets get a second digit within the batch.
  CHECK(batch[1].property("INNER_MULTI_QUEUE_OFFSET") == "9");
  CHECK(batch[2].property("INNER_MULTI_QUEUE_OFFSET") == "10");
}

TEST_CASE("threads share light queues without a gap, and a replica has the same",
          "[api][concurrency]") {
  TemporaryDirectory directory;
  TemporaryDirectory copy;
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), Light()));
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) failed += AppendOne(*store, i).has_value() ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(failed == 0);
  CHECK(REQUIRE_VALUE(store->Bounds({"%LMQ%all", 0})).max == QueueOffset{300});
  CHECK(REQUIRE_VALUE(store->Bounds({"%LMQ%odd", 0})).max == QueueOffset{150});
  REQUIRE_OK(store->Flush());

  StoreOptions options = Light();
  options.light_queues = false;
  options.role = Role::kReplica;
  auto replica = REQUIRE_VALUE(Store::Open(copy.path(), options));
  for (LogOffset at{0}; at < store->Marks().visible;) {
    const auto slice = REQUIRE_VALUE(store->ReadLog(at, 1000));
    at = REQUIRE_VALUE(replica->AppendReplica(at, slice.bytes()));
  }
  for (const char* name : {"%LMQ%all", "%LMQ%even", "%LMQ%odd"}) {
    const auto bounds = REQUIRE_VALUE(store->Bounds({name, 0}));
    CHECK(REQUIRE_VALUE(replica->Bounds({name, 0})).max == bounds.max);
    for (QueueOffset next{0}; next < bounds.max; next = next + 1) {
      const auto ours = REQUIRE_VALUE(store->Read({name, 0}, next, {.messages_max = 1}));
      const auto theirs = REQUIRE_VALUE(replica->Read({name, 0}, next, {.messages_max = 1}));
      REQUIRE(ours[0].log_offset() == theirs[0].log_offset());
    }
  }
}

}  // namespace
}  // namespace tidemark

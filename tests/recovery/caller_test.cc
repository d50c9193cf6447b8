// SPDX-License-Identifier: Apache-2.0
// Callers that ask for too much, too early or too late; clocks that jump; memory that readers hold.
#include <limits>

#include "src/base/status.h"
#include "tests/recovery/tiny_store.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::Call;
using simulation::Fault;
using simulation::SimulatedMachine;
using test::AppendOne;
using test::kRoot;
using test::TinyFiles;

/// Segments that hold the largest properties.
StoreOptions RoomyFiles(SimulatedMachine& machine) {
  StoreOptions options = TinyFiles(machine);
  options.sizes.segment_bytes = 64 << 10;
  return options;
}

TEST_CASE("topics at their limits are taken, beyond them refused", "[recovery][fault]") {
  SimulatedMachine machine;
  const std::string at_most(127, 't');
  const std::string retry_at_most = "%RETRY%" + std::string(248, 'r');
  {
    auto store = REQUIRE_VALUE(Store::Open(kRoot, RoomyFiles(machine)));
    const auto append = [&](std::string_view topic) {
      return store->Append({.topic = topic, .keys = "k", .body = "b"}, Durability::kDevice).error();
    };
    REQUIRE_OK(append(at_most));
    REQUIRE_OK(append(retry_at_most));
    for (const std::string& topic :
         {at_most + "t", retry_at_most + "r", std::string(), std::string("a/b"), std::string(".."),
          std::string("a b"), std::string("a\0b", 3), std::string("\xc3\xa4")}) {
      const Status refused = append(topic);
      INFO(refused.ToString());
      CHECK(refused.code() == StatusCode::kInvalidArgument);
      CHECK_THAT(refused.message(), ContainsSubstring("topic"));
    }
    CHECK(store->Queues().size() == 2);
    REQUIRE_OK(store->Close());
  }
  auto store = REQUIRE_VALUE(Store::Open(kRoot, RoomyFiles(machine)));
  for (const std::string& topic : {at_most, retry_at_most}) {
    CHECK(REQUIRE_VALUE(store->Read({topic, 0}, QueueOffset{0}))[0].topic() == topic);
    CHECK(REQUIRE_VALUE(store->FindByKey(topic, "k")).size() == 1);
  }
}

TEST_CASE("messages at their limits are taken, beyond them refused", "[recovery][fault]") {
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, RoomyFiles(machine)));
  const auto refuse = [&](const Message& message, const char* word) {
    const Status refused = store->Append(message, Durability::kMemory).error();
    INFO(refused.ToString());
    CHECK(refused.code() == StatusCode::kInvalidArgument);
    CHECK_THAT(refused.message(), ContainsSubstring(word));
  };
  const std::string body(2049, 'b');
  REQUIRE(
      store->Append({.topic = "t", .body = std::string_view(body).substr(1)}, Durability::kMemory)
          .has_value());
  refuse({.topic = "t", .body = body}, "message_bytes_max");
  // "KEYS", value and two separators.
  const std::string keys(32767 - 6, 'k');
  REQUIRE(
      store->Append({.topic = "t", .keys = keys, .body = "b"}, Durability::kMemory).has_value());
  const std::string longer = keys + "k";
  refuse({.topic = "t", .keys = longer, .body = "b"}, "32767");
  const Property separator[] = {{"name", "a\x01"}};
  refuse({.topic = "t", .properties = separator, .body = "b"}, "0x01");
  const std::string zeroes(512, '\0');
  const Property sector[] = {{"name", zeroes}};
  refuse({.topic = "t", .properties = sector, .body = "b"}, "zero bytes");
  const std::string encoded = "a\x01" + zeroes + "\x02";
  refuse({.topic = "t", .encoded_properties = encoded, .body = "b"}, "zero bytes");
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{2});
  CHECK(store->Stats().refused_appends == 5);
  const Message messages[] = {{.topic = "t", .body = "b"}, {.topic = "t", .body = body}};
  const Status batch = store->AppendBatch(messages, Durability::kMemory).error();
  CHECK(batch.code() == StatusCode::kInvalidArgument);
  CHECK_THAT(batch.message(), ContainsSubstring("message 1 of the batch"));
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{2});
}

TEST_CASE("a consumer that was moved from or whose store was closed says so", "[recovery][fault]") {
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  {
    auto consumer = REQUIRE_VALUE(store->NewConsumer({.group = "g", .topic = "t"}));
    Consumer taken = std::move(consumer);
    CHECK(consumer.Poll(std::chrono::nanoseconds(0)).error().code() ==
          StatusCode::kFailedPrecondition);
    {
      const auto batch = REQUIRE_VALUE(taken.Poll(std::chrono::nanoseconds(0)));
      CHECK(consumer.Ack(batch[0]).code() == StatusCode::kFailedPrecondition);
      CHECK_OK(taken.Ack(batch));
    }
    REQUIRE_OK(store->Close());
    (void)taken.Poll(std::chrono::nanoseconds(0));  // empty or an error, and no crash
  }
}

TEST_CASE("every call after closing is refused", "[recovery][fault]") {
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  REQUIRE_OK(store->Close());
  const Message message{.topic = "t", .body = "b"};
  const TopicQueue queue{"t", 0};
  for (const Status& status :
       {store->Append(message, Durability::kMemory).error(),
        store->AppendBatch(std::span(&message, 1), Durability::kMemory).error(),
        store->AppendReplica(LogOffset{0}, "x").error(),
        store->Read(queue, QueueOffset{0}).error(),
        store->Wait(queue, QueueOffset{0}, std::chrono::hours(1)),
        store->EventFd().error(),
        store->Bounds(queue).error(),
        store->FindByKey("t", "k").error(),
        store->FindById(std::string(32, '0')).error(),
        store->FindByLogOffset(LogOffset{0}).error(),
        store->OffsetAt(queue, WallTime{}).error(),
        store->NewConsumer({.group = "g", .topic = "t"}).error(),
        store->CommittedOffset("g", queue).error(),
        store->CommitOffset("g", queue, QueueOffset{0}),
        store->Flush(),
        store->Checkpoint(),
        store->ReadLog(LogOffset{0}, 10).error(),
        store->DeleteBefore(LogOffset{0}).error(),
        store->DeleteExpired().error(),
        store->DeleteTopic("t"),
        store->DoBackgroundWork().error(),
        store->Close()}) {
    CHECK(status.code() == StatusCode::kFailedPrecondition);
    CHECK_THAT(status.message(), ContainsSubstring("closed"));
  }
  CHECK(store->Queues().empty());
  CHECK(store->QueuesOf("t").empty());
  CHECK(store->Marks().published > LogOffset{0});
  CHECK(store->Stats().queues == 1);
  CHECK(store->Recovery().created);
}

TEST_CASE("a clock that jumps by years deletes nothing and moves no offset", "[recovery][fault]") {
  const std::chrono::hours years(GENERATE(24 * 365 * 20, -24 * 365 * 20));
  CAPTURE(years.count());
  SimulatedMachine machine;
  StoreOptions options = TinyFiles(machine);
  options.retention.automatic = true;
  options.retention.delete_hours = {};
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  int appended = 0;
  const auto run = [&] {
    for (int i = 0; i < 12; ++i, ++appended) {
      REQUIRE(ToInt(REQUIRE_VALUE(AppendOne(*store, Durability::kDevice, 600)).queue_offset) ==
              appended);
      REQUIRE_OK(store->DoBackgroundWork().error());
      machine.clock().Advance(std::chrono::seconds(11));
    }
  };
  const auto jump = [&](std::chrono::hours by) {
    machine.clock().SetWall(machine.clock().PeekWall() + by);
  };
  const auto check_all = [&] {
    REQUIRE_OK(store->DeleteExpired().error());
    const QueueBounds bounds = REQUIRE_VALUE(store->Bounds({"t", 0}));
    CHECK(bounds.min == QueueOffset{0});
    CHECK(ToInt(bounds.max) == appended);
  };
  run();
  jump(years);
  run();
  check_all();
  jump(-years);
  run();
  check_all();
  // Closed, killed or cut while the clock is wrong; opened while it is, and when it is right again.
  jump(years);
  REQUIRE_OK(store->Close());
  store.reset();
  store = REQUIRE_VALUE(Store::Open(kRoot, options));
  check_all();
  for (int i = 0; i < 50; ++i) {
    REQUIRE_OK(store->DoBackgroundWork().error());
    machine.clock().Advance(std::chrono::seconds(11));
  }
  check_all();
  machine.PowerOff();
  std::unique_ptr<SimulatedMachine> next;
  machine.ForEachKill({}, [&](const simulation::Image& image) {
    next = machine.Boot(image);
    return false;
  });
  store.reset();
  next->clock().SetWall(machine.clock().PeekWall() - years);
  store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(*next)));
  CHECK_FALSE(store->Recovery().clean);
  check_all();
  const auto after = REQUIRE_VALUE(AppendOne(*store, Durability::kDevice, 600));
  CHECK(ToInt(after.queue_offset) == appended);
  store.reset();
}

TEST_CASE("the largest durations and bounds mean never and none", "[recovery][fault]") {
  SimulatedMachine machine;
  StoreOptions options = TinyFiles(machine);
  options.retention.automatic = true;
  options.retention.delete_hours = {};
  options.retention.age_max = std::chrono::hours::max();
  options.retention.pause = std::chrono::milliseconds::max();
  options.retention.log_bytes_max = std::numeric_limits<std::int64_t>::max();
  options.append_timeout = std::chrono::milliseconds::max();
  options.sync_interval = std::chrono::milliseconds::max();
  options.checkpoint_interval = std::chrono::milliseconds::max();
  options.unsynced_bytes_max = std::numeric_limits<std::int64_t>::max();
  options.write_behind_bytes_max = std::numeric_limits<std::int64_t>::max();
  options.checkpoint_log_bytes = std::numeric_limits<std::int64_t>::max();
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  for (int i = 0; i < 30; ++i) {
    REQUIRE(AppendOne(*store, i % 10 == 9 ? Durability::kDevice : Durability::kMemory, 600)
                .has_value());
    const LogOffset written = store->Marks().written;
    machine.clock().Advance(std::chrono::hours(1));
    REQUIRE_OK(store->DoBackgroundWork().error());
    CHECK(store->Marks().written == written);
  }
  REQUIRE_OK(store->Checkpoint());
  CHECK(REQUIRE_VALUE(store->DeleteExpired()) == 0);
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).min == QueueOffset{0});
  REQUIRE_OK(store->Close());
  store.reset();
  store = REQUIRE_VALUE(Store::Open(kRoot, options));
  CHECK(REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{30});
}

TEST_CASE("options that make no sense are refused by name", "[recovery][fault]") {
  SimulatedMachine machine;
  const auto refuse = [&](const char* word, const auto& change) {
    StoreOptions options = TinyFiles(machine);
    change(options.retention);
    const Status refused = Store::Open(kRoot, options).error();
    CHECK(refused.code() == StatusCode::kInvalidArgument);
    CHECK_THAT(refused.message(), ContainsSubstring(word));
  };
  for (const int hour : {-1, 24}) {
    refuse("delete_hours",
           [&](RetentionOptions& retention) { retention.delete_hours = {4, hour}; });
  }
  for (const double ratio : {0.0, 1.01, std::numeric_limits<double>::quiet_NaN()}) {
    refuse("disk ratio", [&](RetentionOptions& retention) { retention.disk_ratio_refuse = ratio; });
    refuse("disk ratio", [&](RetentionOptions& retention) { retention.disk_ratio_force = ratio; });
  }
  refuse("age_max",
         [](RetentionOptions& retention) { retention.age_max = std::chrono::hours(-1); });
}

TEST_CASE("a batch that could never be synced is refused, the largest allowed one taken",
          "[recovery][fault]") {
  SimulatedMachine machine;
  StoreOptions options = TinyFiles(machine);
  options.sizes.segment_bytes = 64 << 20;
  options.memory_bytes_max = 256 << 20;
  options.message_bytes_max = 4 << 20;
  options.unsynced_bytes_max = 1;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  const std::string body(1 << 20, 'b');
  const auto append = [&](std::size_t count) {
    const std::vector<Message> messages(count, Message{.topic = "t", .body = body});
    return store->AppendBatch(messages, Durability::kKernel).error();
  };
  const Status refused = append(9);
  CHECK(refused.code() == StatusCode::kInvalidArgument);
  CHECK_THAT(refused.message(), ContainsSubstring("unsynced_bytes_max"));
  // The last of them rolls.
  for (int i = 0; i < 8; ++i) REQUIRE_OK(append(8));
  CHECK(store->Marks().published > LogOffset{64 << 20});
  REQUIRE_OK(store->Close());
}

TEST_CASE("readers that hold all memory stop appends, which go on when they let go",
          "[recovery][fault]") {
  SimulatedMachine machine;
  StoreOptions options = TinyFiles(machine);
  options.memory_bytes_max = 256 << 10;
  options.append_timeout = std::chrono::milliseconds(1);
  options.sizes.segment_bytes = 64 << 10;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  std::vector<MessageBatch> held;
  Status refused;
  std::int64_t appended = 0;
  for (int i = 0; i < 2000 && refused.ok(); ++i) {
    const auto at = AppendOne(*store, Durability::kKernel, 2000);
    refused = at.error();
    if (!at.has_value()) break;
    ++appended;
    auto batch = store->Read({"t", 0}, at->queue_offset);
    if (batch.has_value()) held.push_back(*std::move(batch));
  }
  // Readers never get the last half: appends go on, and reads are refused.
  CHECK(refused.ok());
  const auto no_more = store->Read({"t", 0}, QueueOffset{appended - 1});
  CHECK(no_more.error().code() == StatusCode::kResourceExhausted);
  CHECK_THAT(no_more.error().message(), ContainsSubstring("release"));
  CHECK(store->Stats().memory_bytes <= 2 * options.memory_bytes_max);
  CHECK(store->Stats().pinned_bytes <= options.memory_bytes_max);
  for (const MessageBatch& batch : held) CHECK(batch[0].body().text() == std::string(2000, 'b'));
  held.clear();
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{appended - 1})).size() == 1);
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() >= 1);
  REQUIRE_OK(store->Close());
}

TEST_CASE("a failed sync fails whatever waits for it", "[recovery][fault]") {
  const int way = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(way);
  SimulatedMachine machine;
  StoreOptions options = TinyFiles(machine);
  SimulatedMachine primary_machine;
  if (way == 3) options.role = Role::kReplica;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  auto primary = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(primary_machine)));
  REQUIRE(AppendOne(*primary, Durability::kDevice).has_value());
  if (way != 3) REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  machine.Inject(Fault{.calls = Call::kSync, .pattern = "*/commitlog/*"});
  Status outcome;
  const Message messages[] = {{.topic = "t", .body = "1"}, {.topic = "t", .body = "2"}};
  switch (way) {
    case 0:
      store->AppendAsync(messages[0], Durability::kDevice,
                         [&](Result<AppendResult> result) { outcome = result.error(); });
      (void)store->DoBackgroundWork();
      break;
    case 1:
      outcome = store->AppendBatch(messages, Durability::kDevice).error();
      break;
    case 2:  // an append that needs no sync, but the segment before its own does
      for (int i = 0; i < 20 && outcome.ok(); ++i) {
        outcome = AppendOne(*store, Durability::kKernel, 1500).error();
      }
      break;
    case 3: {
      const auto slice = REQUIRE_VALUE(primary->ReadLog(LogOffset{0}, 1 << 20));
      outcome = store->AppendReplica(slice.offset(), slice.bytes()).error();
      if (outcome.ok()) outcome = store->Flush();
      break;
    }
    case 4:
      REQUIRE(AppendOne(*store, Durability::kMemory).has_value());
      outcome = store->Checkpoint();
      break;
    default:
      break;
  }
  CHECK(outcome.code() == StatusCode::kDataLoss);
  // From now on nothing is acknowledged, by no way.
  Status late;
  store->AppendAsync(messages[0], Durability::kMemory,
                     [&](Result<AppendResult> result) { late = result.error(); });
  CHECK_FALSE(late.ok());
  CHECK_FALSE(AppendOne(*store, Durability::kMemory).has_value());
  CHECK_FALSE(store->AppendBatch(messages, Durability::kMemory).has_value());
  CHECK(store->Flush().code() == StatusCode::kDataLoss);
  CHECK(store->Close().code() == StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tidemark

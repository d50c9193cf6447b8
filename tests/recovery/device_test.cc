// SPDX-License-Identifier: Apache-2.0
// Devices that refuse, fail and stall under a running store.
#include <atomic>
#include <thread>

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

const Status kNoSpace(StatusCode::kResourceExhausted, "no space left on device (simulated)");
const Status kReadOnly(StatusCode::kFailedPrecondition, "read-only file system (simulated)");

/// Waits for what another thread is about to do.
template <typename Condition>
void Await(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST_CASE("a sync that fails for want of space fails the log as any other", "[recovery][fault]") {
  // Nothing but the sync says that the bytes are not there, and the next one would succeed.
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  machine.Inject(Fault{.calls = Call::kSync, .pattern = "*/commitlog/*", .error = kNoSpace});
  const auto refused = AppendOne(*store, Durability::kDevice);
  CHECK(refused.error().code() == StatusCode::kDataLoss);
  CHECK_THAT(refused.error().message(), ContainsSubstring("no space left"));
  CHECK(AppendOne(*store, Durability::kMemory).error().code() == StatusCode::kDataLoss);
  CHECK(store->Close().code() == StatusCode::kDataLoss);
}

TEST_CASE("a log without room for its bytes says so and goes on when there is some",
          "[recovery][fault]") {
  // As on a file system that writes to new places, where allocating promises nothing.
  SimulatedMachine machine;
  StoreOptions options = TinyFiles(machine);
  options.append_timeout = std::chrono::milliseconds(1);
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  REQUIRE(AppendOne(*store, Durability::kMemory).has_value());
  machine.Inject(
      Fault{.calls = Call::kWrite, .pattern = "*/commitlog/*", .count = 0, .error = kNoSpace});
  CHECK(AppendOne(*store, Durability::kDevice).error().code() == StatusCode::kDeadlineExceeded);
  CHECK(store->Flush().code() == StatusCode::kResourceExhausted);
  CHECK(store->Checkpoint().code() == StatusCode::kResourceExhausted);
  // Closing would lose what is in memory only.
  CHECK(store->Close().code() == StatusCode::kResourceExhausted);
  machine.ClearFaults();
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  REQUIRE_OK(store->Close());
  store.reset();
  store = REQUIRE_VALUE(Store::Open(kRoot, options));
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() == 3);
}

TEST_CASE("a file system that becomes read-only fails the log, and reads go on",
          "[recovery][fault]") {
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  for (int i = 0; i < 3; ++i) REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  machine.SetReadOnly(true);
  const Status refused = AppendOne(*store, Durability::kDevice).error();
  CHECK(refused.code() == StatusCode::kDataLoss);
  CHECK_THAT(refused.message(), ContainsSubstring("/store/commitlog/"));
  CHECK_THAT(refused.message(), ContainsSubstring("read-only"));
  CHECK_FALSE(store->Checkpoint().ok());
  CHECK_FALSE(store->DoBackgroundWork().has_value());
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() >= 3);
  CHECK_FALSE(store->Close().ok());
  store.reset();
  const Status opened = Store::Open(kRoot, TinyFiles(machine)).error();
  CHECK(opened.code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(opened.message(), ContainsSubstring("read-only"));
  // Looking at it needs no writing.
  StoreOptions look = TinyFiles(machine);
  look.read_only = true;
  store = REQUIRE_VALUE(Store::Open(kRoot, look));
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() >= 3);
  store.reset();
  machine.SetReadOnly(false);
  store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() >= 3);
}

TEST_CASE("files beside the log that cannot be written stop checkpoints, not appends",
          "[recovery][fault]") {
  const auto place = GENERATE("*/consumequeue/*", "*/index/*", "*/tidemark/*", "*/checkpoint*");
  const auto error = GENERATE(kNoSpace, kReadOnly);
  CAPTURE(place, error.message());
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  REQUIRE(store->Append({.topic = "t", .keys = "k", .body = "b"}, Durability::kDevice).has_value());
  machine.Inject(Fault{.calls = Call::kWrite | Call::kCreate | Call::kSync,
                       .pattern = place,
                       .count = 0,
                       .error = error});
  const Status refused = store->Checkpoint();
  CHECK(refused.code() == error.code());
  CHECK_THAT(refused.message(), ContainsSubstring("/store/"));
  CHECK(AppendOne(*store, Durability::kDevice).has_value());
  machine.ClearFaults();
  REQUIRE_OK(store->Checkpoint());
  REQUIRE_OK(store->Close());
  store.reset();
  store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() == 2);
  CHECK(REQUIRE_VALUE(store->FindByKey("t", "k")).size() == 1);
}

TEST_CASE("a disk that stalls makes an append late, never done", "[recovery][fault][concurrency]") {
  // Without rings: a call that stalls is a thread that waits.
  SimulatedMachine machine({.rings = false});
  StoreOptions options = TinyFiles(machine);
  options.append_timeout = std::chrono::milliseconds(20);
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  auto stall = machine.StallOn(Call::kSync, "*/commitlog/*");
  // Whoever leads waits for the device, whatever the deadline; those who follow do not.
  std::atomic<bool> led{false};
  std::thread leader([&] { led = AppendOne(*store, Durability::kDevice).has_value(); });
  Await([&] { return stall.Waiting() > 0; });
  Status follower;
  std::thread following([&] { follower = AppendOne(*store, Durability::kDevice).error(); });
  Await([&] { return REQUIRE_VALUE(store->Bounds({"t", 0})).max == QueueOffset{3}; });
  machine.clock().Advance(std::chrono::seconds(10));
  following.join();
  CHECK(follower.code() == StatusCode::kDeadlineExceeded);
  CHECK_THAT(follower.message(), ContainsSubstring("may still succeed"));
  CHECK_FALSE(led);
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() == 3);
  stall.Release();
  leader.join();
  CHECK(led);
  REQUIRE_OK(store->Close());
  store.reset();
  store = REQUIRE_VALUE(Store::Open(kRoot, options));
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() == 3);
}

TEST_CASE("every callback comes exactly once, at the latest when the store closes",
          "[recovery][fault][concurrency]") {
  SimulatedMachine machine;
  StoreOptions options = TinyFiles(machine);
  const bool fails = GENERATE(false, true);
  options.background = GENERATE(Background::kCaller, Background::kThreads);
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  constexpr int kAppends = 60;
  std::vector<std::atomic<int>> calls(kAppends);
  std::atomic<int> acknowledged{0};
  if (fails) machine.Inject(Fault{.calls = Call::kSync, .pattern = "*/commitlog/*", .first = 2});
  for (int i = 0; i < kAppends; ++i) {
    const std::string body = std::to_string(i);
    store->AppendAsync({.topic = "t", .body = body}, static_cast<Durability>(i % 3),
                       [&, i](Result<AppendResult> result) {
                         ++calls[static_cast<std::size_t>(i)];
                         if (result.has_value()) ++acknowledged;
                       });
    if (i == kAppends / 2) (void)store->Flush();
  }
  const bool closed = store->Close().ok();
  CHECK(closed == !fails);
  for (const auto& count : calls) CHECK(count == 1);
  if (!fails) CHECK(acknowledged == kAppends);
  // And those that come too late.
  int late = 0;
  store->AppendAsync({.topic = "t", .body = "x"}, Durability::kMemory,
                     [&](Result<AppendResult> result) {
                       late += result.error().code() == StatusCode::kFailedPrecondition;
                     });
  CHECK(late == 1);
  if (fails) return;
  store.reset();
  store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  CHECK(ToInt(REQUIRE_VALUE(store->Bounds({"t", 0})).max) == kAppends);
}

TEST_CASE("an append that comes while a commit runs is not left behind by it",
          "[recovery][fault][concurrency]") {
  SimulatedMachine machine({.rings = false});
  StoreOptions options = TinyFiles(machine);
  options.background = Background::kThreads;
  // Nobody comes by again by itself.
  options.sync_interval = std::chrono::hours(1);
  options.checkpoint_interval = std::chrono::hours(5);
  auto store = REQUIRE_VALUE(Store::Open(kRoot, options));
  // The segment is prepared, which syncs it as well.
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  auto stall = machine.StallOn(Call::kSync, "*/commitlog/*");
  std::atomic<int> done{0};
  const auto append = [&] {
    store->AppendAsync({.topic = "t", .body = "x"}, Durability::kDevice,
                       [&](Result<AppendResult> result) { done += result.has_value(); });
  };
  append();
  Await([&] { return stall.Waiting() > 0; });
  append();
  stall.Release();
  Await([&] { return done == 2; });  // or the test's time runs out
  REQUIRE_OK(store->Close());
}

TEST_CASE("a callback runs while nobody keeps the files", "[recovery][fault][concurrency]") {
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  bool others_go_on = false;
  store->AppendAsync(
      {.topic = "t", .body = "x"}, Durability::kDevice, [&](Result<AppendResult> result) {
        REQUIRE_OK(result.error());
        std::thread other([&] { others_go_on = store->DeleteBefore(LogOffset{0}).has_value(); });
        other.join();
      });
  REQUIRE_OK(store->Checkpoint());  // which syncs the log
  CHECK(others_go_on);
  REQUIRE_OK(store->Close());
}

TEST_CASE("a unit of impossible size is damage, not a place to read", "[recovery][fault]") {
  const auto bits = GENERATE(std::byte{0x80}, std::byte{0x40});  // negative; behind the log
  SimulatedMachine machine;
  auto store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  REQUIRE(AppendOne(*store, Durability::kDevice).has_value());
  REQUIRE_OK(store->Close());
  store.reset();
  store = REQUIRE_VALUE(Store::Open(kRoot, TinyFiles(machine)));
  REQUIRE_OK(machine.FlipBits("/store/consumequeue/t/0/00000000000000000000", 8, bits));
  CHECK(store->Read({"t", 0}, QueueOffset{0}).error().code() == StatusCode::kDataLoss);
  REQUIRE_OK(store->Close());
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// Many queues: what they cost in memory and descriptors, and what opening costs. Each measurement
// is a process of its own. Times are printed, not asserted: they are the computer's.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/io/child.h"
#include "tests/scale/counting_machine.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tidemark/store.h"

namespace tidemark {
namespace {

using test::CountingMachine;
using test::TemporaryDirectory;

constexpr int kQueues = 50'000;
constexpr int kQueuesOfTopic = 50;
constexpr std::int64_t kTailBytes = 64 << 20;  // of log behind the last checkpoint
constexpr std::int64_t kQueueFileBytes = 4000;

StoreOptions ManyQueues(std::shared_ptr<io::Machine> machine) {
  StoreOptions options;
  options.sizes.segment_bytes = 64 << 20;
  options.sizes.queue_file_bytes = kQueueFileBytes;
  options.sizes.index_slots = 1000;
  options.sizes.index_entries = 4000;
  options.memory_bytes_max = 64 << 20;
  options.background = Background::kCaller;
  options.retention.automatic = false;
  options.machine = std::move(machine);
  options.logger = [](LogLevel, std::string_view) {};
  return options;
}

std::shared_ptr<CountingMachine> NewMachine(const TemporaryDirectory& directory) {
  auto base = io::ThisMachine(io::Path::kPread, directory.path());
  return base.has_value() ? std::make_shared<CountingMachine>(*base) : nullptr;
}

/// In memory where there is such a place: making a queue's first file syncs it, which takes a disk
/// milliseconds each.
TemporaryDirectory NewDirectory() {
  if (std::filesystem::exists("/dev/shm")) setenv("TMPDIR", "/dev/shm", 1);
  return TemporaryDirectory();
}

std::string TopicOf(int queue) {
  return "topic-" + std::to_string(queue / kQueuesOfTopic);
}

/// What this process has of memory that nobody else shares, in bytes.
std::int64_t AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8)) * 1024;
  }
  return -1;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string AppendToEach(Store& store, int queues) {
  for (int i = 0; i < queues; ++i) {
    const std::string topic = TopicOf(i);
    const std::string body = std::to_string(i);
    const auto at = store.Append({.topic = topic, .queue = i % kQueuesOfTopic, .body = body},
                                 Durability::kMemory);
    if (!at.has_value()) return at.error().ToString();
  }
  return "";
}

TEST_CASE("a thousand idle queues fit into 16 MB with all of the store", "[scale]") {
  const TemporaryDirectory directory = NewDirectory();
  REQUIRE_CHILD([&]() -> std::string {
    auto machine = NewMachine(directory);
    const std::int64_t before = AnonymousBytes();
    auto store = Store::Open(directory.path(), ManyQueues(machine));
    CHILD_CHECK(store.has_value());
    if (std::string wrong = AppendToEach(**store, 1000); !wrong.empty()) return wrong;
    CHILD_CHECK((*store)->Checkpoint().ok());
    const std::int64_t used = AnonymousBytes() - before;
    std::printf("1,000 idle queues: %.1f MB in all, of which %.1f MB count in memory_bytes_max\n",
                static_cast<double>(used) / 1e6,
                static_cast<double>((*store)->Stats().memory_bytes) / 1e6);
    std::fflush(stdout);
    CHILD_CHECK(used < 16'000'000);
    CHILD_CHECK((*store)->Close().ok());
    return "";
  });
}

/// Makes the queues, closes, and opens again: nothing but the snapshot is read.
std::string MakeAndReopen(const TemporaryDirectory& directory) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 20'000);
  setrlimit(RLIMIT_NOFILE, &limit);
  auto start = std::chrono::steady_clock::now();
  {
    auto store = Store::Open(directory.path(), ManyQueues(NewMachine(directory)));
    CHILD_CHECK(store.has_value());
    if (std::string wrong = AppendToEach(**store, kQueues); !wrong.empty()) return wrong;
    if (Status closed = (*store)->Close(); !closed.ok()) return closed.ToString();
  }
  const double made = SecondsSince(start);
  auto machine = NewMachine(directory);
  start = std::chrono::steady_clock::now();
  auto store = Store::Open(directory.path(), ManyQueues(machine));
  if (!store.has_value()) return store.error().ToString();
  const double opened = SecondsSince(start);
  CHILD_CHECK((*store)->Recovery().clean);
  CHILD_CHECK((*store)->Recovery().scanned_records == 0);
  CHILD_CHECK(machine->queue_files_opened() == 0);
  CHILD_CHECK((*store)->Stats().queues == kQueues);
  std::printf("%d queues made in %.1f s, opened in %.3f s: %llu files opened, %.1f MB read\n",
              kQueues, made, opened, static_cast<unsigned long long>(machine->opened()),
              static_cast<double>(machine->bytes_read()) / 1e6);
  start = std::chrono::steady_clock::now();
  for (int i = 0; i < kQueues; ++i) {
    const std::string topic = TopicOf(i);
    const auto batch = (*store)->Read({topic, i % kQueuesOfTopic}, QueueOffset{0});
    if (!batch.has_value()) return batch.error().ToString();
    CHILD_CHECK(batch->size() == 1 && (*batch)[0].body().text() == std::to_string(i));
  }
  std::printf("each read once in %.1f s\n", SecondsSince(start));
  std::fflush(stdout);
  return (*store)->Close().ToString() == "ok" ? "" : "not closed";
}

/// What an idle queue costs, in a process that has done nothing else.
std::string MeasureIdle(const TemporaryDirectory& directory) {
  auto machine = NewMachine(directory);
  const std::int64_t before = AnonymousBytes();
  auto store = Store::Open(directory.path(), ManyQueues(machine));
  if (!store.has_value()) return store.error().ToString();
  const std::int64_t each = (AnonymousBytes() - before) / kQueues;
  std::printf("an idle queue: %lld bytes, all of the store divided by %d\n",
              static_cast<long long>(each), kQueues);
  std::fflush(stdout);
  CHILD_CHECK(each <= 2048);
  return (*store)->Close().ToString() == "ok" ? "" : "not closed";
}

/// Appends behind a checkpoint, and dies.
std::string DieWithTail(const TemporaryDirectory& directory) {
  auto store = Store::Open(directory.path(), ManyQueues(NewMachine(directory)));
  CHILD_CHECK(store.has_value());
  const std::string body(4096, 'b');
  for (std::int64_t bytes = 0; bytes < kTailBytes; bytes += 4096) {
    const int queue = static_cast<int>(bytes / 4096 * 7 % kQueues);
    const std::string topic = TopicOf(queue);
    CHILD_CHECK((*store)
                    ->Append({.topic = topic, .queue = queue % kQueuesOfTopic, .body = body},
                             Durability::kKernel)
                    .has_value());
  }
  _exit(0);
}

std::string RecoverTail(const TemporaryDirectory& directory) {
  auto machine = NewMachine(directory);
  const auto start = std::chrono::steady_clock::now();
  auto store = Store::Open(directory.path(), ManyQueues(machine));
  if (!store.has_value()) return store.error().ToString();
  const RecoveryReport& report = (*store)->Recovery();
  std::printf(
      "killed with %lld MiB behind the checkpoint: open in %.2f s, recovery %.2f s of it; %llu "
      "records, %llu files opened, %.0f MB read\n",
      static_cast<long long>(kTailBytes >> 20), SecondsSince(start),
      std::chrono::duration<double>(report.took).count(),
      static_cast<unsigned long long>(report.scanned_records),
      static_cast<unsigned long long>(machine->opened()),
      static_cast<double>(machine->bytes_read()) / 1e6);
  std::fflush(stdout);
  CHILD_CHECK(!report.clean && report.used_sidecar);
  CHILD_CHECK(report.scanned_records == static_cast<std::uint64_t>(kTailBytes / 4096));
  // The tail is read to find its end, to write it again, to redo queues, and for checksums; the
  // search behind the end looks at what may be unsynced.
  CHILD_CHECK(machine->bytes_read() < 5 * static_cast<std::uint64_t>(kTailBytes) + (200u << 20));
  // Only the queues that got a message are touched.
  CHILD_CHECK(machine->queue_files_opened() <= 4 * static_cast<std::uint64_t>(kTailBytes / 4096));
  return "";
}

TEST_CASE("fifty thousand queues open at once and cost little", "[scale]") {
  const TemporaryDirectory directory = NewDirectory();
  REQUIRE_CHILD([&] { return MakeAndReopen(directory); });
  REQUIRE_CHILD([&] { return MeasureIdle(directory); });
  REQUIRE_CHILD([&] { return DieWithTail(directory); });
  REQUIRE_CHILD([&] { return RecoverTail(directory); });
}

}  // namespace
}  // namespace tidemark

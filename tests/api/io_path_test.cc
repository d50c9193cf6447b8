// SPDX-License-Identifier: Apache-2.0
// Which path a store takes to its files: measured once, remembered, and given up softly where the
// kernel refuses.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>

#include "src/io/path_memory.h"
#include "tests/io/child.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tidemark/store.h"

namespace tidemark {
namespace {

using std::filesystem::path;
using test::RefuseCalls;
using test::TemporaryDirectory;

StoreOptions Small() {
  StoreOptions options;
  options.sizes.segment_bytes = 1 << 20;
  options.memory_bytes_max = 1 << 20;
  options.logger = [](LogLevel, std::string_view) {};
  return options;
}

path MemoryOf(const path& store) {
  return store / "tidemark" / "io-path";
}

std::string TextOf(const path& file) {
  std::ifstream in(file);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string OpenAndDescribe(const path& store) {
  auto opened = Store::Open(store, Small());
  if (!opened.has_value()) return opened.error().ToString();
  std::string description = (*opened)->DescribeIo();
  const Status closed = (*opened)->Close();
  return closed.ok() ? description : closed.ToString();
}

/// What a measurement here and now would leave, had io_uring won everywhere.
io::PathMemory IoUringHere(const path& directory) {
  io::PathMemory memory;
  struct stat raw{};
  utsname system{};
  REQUIRE(stat(directory.c_str(), &raw) == 0);
  REQUIRE(uname(&system) == 0);
  memory.device = raw.st_dev;
  memory.kernel = system.release;
  memory.measured_s = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  memory.choice.io_uring.fill(true);
  memory.choice.reason = "io_uring won";
  return memory;
}

void Write(const path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

/// Appends and reads back more than memory holds; empty, or what went wrong.
std::string UseStore(Store& store) {
  const std::string body(30'000, 'b');
  for (int i = 0; i < 60; ++i) {
    const auto until = i % 4 == 0 ? Durability::kDevice : Durability::kMemory;
    const auto at = store.Append({.topic = "t", .body = body}, until);
    if (!at.has_value()) return at.error().ToString();
  }
  for (int i = 0; i < 60; ++i) {
    const auto batch = store.Read({"t", 0}, QueueOffset{i});
    if (!batch.has_value()) return batch.error().ToString();
    if (batch->empty() || (*batch)[0].body().text() != body) return "not what was appended";
  }
  return store.Stats().cold_reads > 0 ? "" : "nothing was read from the device";
}

TEST_CASE("what was measured is remembered with its place and time", "[api]") {
  io::PathMemory memory;
  memory.device = 65024;
  memory.kernel = "6.1.0-18-amd64 #1";
  memory.measured_s = 1'700'000'000;
  memory.choice.io_uring = {false, true};
  memory.choice.prefers_written_blocks = true;
  memory.choice.reason = "commits by pread/pwrite (1.0 us against 2.0)";
  const std::string text = EncodePathMemory(memory);
  const auto again = io::DecodePathMemory(text);
  REQUIRE(again.has_value());
  CHECK(again->device == memory.device);
  CHECK(again->kernel == memory.kernel);
  CHECK(again->measured_s == memory.measured_s);
  CHECK(again->choice.io_uring == memory.choice.io_uring);
  CHECK(again->choice.prefers_written_blocks);
  CHECK(again->choice.reason == memory.choice.reason);

  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string torn = text;
    torn[i] = static_cast<char>(torn[i] ^ 4);
    CHECK_FALSE(io::DecodePathMemory(torn).has_value());
    CHECK_FALSE(io::DecodePathMemory(text.substr(0, i)).has_value());
  }
  CHECK_FALSE(io::DecodePathMemory(text + "x").has_value());

  io::PathMemory now = memory;
  CHECK(StillHolds(memory, now));
  now.measured_s += 29 * 86400;
  CHECK(StillHolds(memory, now));
  now.measured_s += 86400;
  CHECK_FALSE(StillHolds(memory, now));
  now.measured_s = memory.measured_s - 3600;
  CHECK(StillHolds(memory, now));
  now.measured_s = memory.measured_s - 2 * 86400;
  CHECK_FALSE(StillHolds(memory, now));
  now = memory;
  now.device += 1;
  CHECK_FALSE(StillHolds(memory, now));
  now = memory;
  now.kernel = "6.1.0-19-amd64 #1";
  CHECK_FALSE(StillHolds(memory, now));
}

TEST_CASE("the second open remembers what the first measured", "[api]") {
  TemporaryDirectory directory;
  const path store = directory.path() / "new" / "store";
  const std::string measured = OpenAndDescribe(store);
  if (!std::filesystem::exists(MemoryOf(store))) {
    CHECK_THAT(measured, ContainsSubstring("pread/pwrite for everything"));
    WARN("skipped: " << measured);
    return;
  }
  CHECK(measured.find("remembered") == std::string::npos);
  const std::string text = TextOf(MemoryOf(store));
  CHECK_THAT(OpenAndDescribe(store),
             ContainsSubstring(measured) && ContainsSubstring("remembered"));
  CHECK(TextOf(MemoryOf(store)) == text);

  std::filesystem::remove(MemoryOf(store));
  CHECK(OpenAndDescribe(store).find("remembered") == std::string::npos);
  CHECK(std::filesystem::exists(MemoryOf(store)));

  Write(MemoryOf(store), text.substr(0, text.size() / 2));
  CHECK(OpenAndDescribe(store).find("remembered") == std::string::npos);
  CHECK_THAT(OpenAndDescribe(store), ContainsSubstring("remembered"));

  io::PathMemory elsewhere = IoUringHere(directory.path());
  elsewhere.device += 1;
  Write(MemoryOf(store), EncodePathMemory(elsewhere));
  CHECK(OpenAndDescribe(store).find("remembered") == std::string::npos);
}

TEST_CASE("who only looks, or says how, measures nothing", "[api]") {
  TemporaryDirectory directory;
  const path store = directory.path() / "store";
  StoreOptions options = Small();
  options.io_path = io::Path::kPread;
  REQUIRE_OK(REQUIRE_VALUE(Store::Open(store, options))->Close());
  CHECK_FALSE(std::filesystem::exists(MemoryOf(store)));
  options.io_path = io::Path::kAuto;
  options.read_only = true;
  auto look = REQUIRE_VALUE(Store::Open(store, options));
  CHECK_THAT(look->DescribeIo(), ContainsSubstring("asked for"));
  REQUIRE_OK(look->Close());
  CHECK_FALSE(std::filesystem::exists(MemoryOf(store)));
}

TEST_CASE("a kernel without io_uring is served by pread, unless io_uring is demanded", "[api]") {
  TemporaryDirectory directory;
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = RefuseCalls({{SYS_io_uring_setup, EPERM}});
    if (!reason.empty()) return reason;
    StoreOptions options = Small();
    options.io_path = io::Path::kIoUring;
    const auto demanded = Store::Open(directory.path() / "demanded", options);
    CHILD_CHECK(demanded.error().code() == StatusCode::kUnavailable);
    CHILD_CHECK(!std::filesystem::exists(directory.path() / "demanded"));
    auto store = Store::Open(directory.path() / "store", Small());
    CHILD_CHECK(store.has_value());
    CHILD_CHECK((*store)->DescribeIo().find("EPERM") != std::string::npos);
    // It may be permitted at the next start.
    CHILD_CHECK(!std::filesystem::exists(MemoryOf(directory.path() / "store")));
    return UseStore(**store);
  });
}

TEST_CASE("rings that are refused later are replaced, with one warning", "[api]") {
  TemporaryDirectory directory;
  const path store = directory.path() / "store";
  REQUIRE(OpenAndDescribe(store) != "");
  Write(MemoryOf(store), EncodePathMemory(IoUringHere(directory.path())));
  // An instance needs a descriptor; setup may also want memory that a limit forbids.
  const int error = GENERATE(EPERM, ENOSYS, ENOMEM, EMFILE);
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = RefuseCalls({{SYS_io_uring_setup, error}});
    if (!reason.empty()) return reason;
    StoreOptions options = Small();
    std::atomic<int> warnings{0};
    std::string text;
    options.logger = [&](LogLevel level, std::string_view what) {
      if (level == LogLevel::kInfo) return;
      ++warnings;
      text = what;
    };
    auto opened = Store::Open(store, options);
    CHILD_CHECK(opened.has_value());
    CHILD_CHECK(warnings == 1);
    CHILD_CHECK(text.find("pread/pwrite instead") != std::string::npos);
    CHILD_CHECK(text.find(strerrorname_np(error)) != std::string::npos);
    std::string wrong = UseStore(**opened);
    if (!wrong.empty()) return wrong;
    CHILD_CHECK((*opened)->Close().ok());
    return "";
  });
}

TEST_CASE("a store works without memory that it may lock", "[api]") {
  TemporaryDirectory directory;
  const path store = directory.path() / "store";
  REQUIRE(chmod(directory.path().c_str(), 0777) == 0);
  const bool io_uring = GENERATE(false, true);
  REQUIRE_CHILD([&]() -> std::string {
    const rlimit none{0, 0};
    CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
    // The limit does not bind root.
    if (geteuid() == 0) CHILD_CHECK(setresuid(65534, 65534, 65534) == 0);
    StoreOptions options = Small();
    if (io_uring) options.io_path = io::Path::kIoUring;
    auto opened = Store::Open(store, options);
    if (!opened.has_value() && io_uring) return "skip: " + opened.error().ToString();
    CHILD_CHECK(opened.has_value());
    std::string wrong = UseStore(**opened);
    if (!wrong.empty()) return wrong;
    CHILD_CHECK((*opened)->Close().ok());
    return "";
  });
}

TEST_CASE("running out of descriptors fails an open cleanly, and no cold read", "[api]") {
  TemporaryDirectory directory;
  const path store = directory.path() / "store";
  REQUIRE_CHILD([&]() -> std::string {
    const auto limit = [](rlim_t descriptors) {
      const rlimit both{descriptors, 4096};
      return setrlimit(RLIMIT_NOFILE, &both) == 0;
    };
    // However few there are, an open succeeds or says what to raise.
    bool opened_once = false;
    for (rlim_t descriptors = 4; descriptors < 64; ++descriptors) {
      CHILD_CHECK(limit(descriptors));
      auto opened = Store::Open(store, Small());
      if (opened.has_value()) {
        opened_once = true;
        (void)(*opened)->Close();
        opened->reset();
      } else {
        CHILD_CHECK(opened.error().code() == StatusCode::kResourceExhausted, "only as exhausted");
        CHILD_CHECK(opened.error().message().find("RLIMIT_NOFILE") != std::string::npos);
        CHILD_CHECK(!opened_once, "with more descriptors it opened before");
      }
    }
    CHILD_CHECK(opened_once);
    CHILD_CHECK(limit(4096));
    auto opened = Store::Open(store, Small());
    CHILD_CHECK(opened.has_value());
    const std::string body(30'000, 'b');
    for (int i = 0; i < 60; ++i) {
      CHILD_CHECK((*opened)->Append({.topic = "t", .body = body}, Durability::kKernel).has_value());
    }
    // Every segment has its handle; not one more can be had.
    CHILD_CHECK(limit(3));
    const auto batch = (*opened)->Read({"t", 0}, QueueOffset{0});
    CHILD_CHECK(batch.has_value());
    CHILD_CHECK((*batch)[0].body().text() == body);
    CHILD_CHECK((*opened)->Stats().cold_reads > 0);
    CHILD_CHECK(limit(4096));
    return "";
  });
}

}  // namespace
}  // namespace tidemark

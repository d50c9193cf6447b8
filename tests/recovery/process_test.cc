// SPDX-License-Identifier: Apache-2.0
// Processes that are limited, forbidden, second or careless, on this computer's real kernel.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "tests/io/child.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tidemark/store.h"

namespace tidemark {
namespace {

using test::RunInChild;
using test::TemporaryDirectory;

StoreOptions SmallFiles() {
  StoreOptions options;
  options.sizes.segment_bytes = 64 << 10;
  options.sizes.queue_file_bytes = 4000;
  options.sizes.index_slots = 200;
  options.sizes.index_entries = 1000;
  options.memory_bytes_max = 4 << 20;
  options.retention.automatic = false;
  options.io_path = io::Path::kPread;
  options.logger = [](LogLevel, std::string_view) {};
  return options;
}

TEST_CASE("a second process is refused, also one that was started anew", "[recovery][process]") {
  TemporaryDirectory directory;
  auto store = REQUIRE_VALUE(Store::Open(directory.path(), SmallFiles()));
  REQUIRE_CHILD([&]() -> std::string {
    const Status refused = Store::Open(directory.path(), SmallFiles()).error();
    CHILD_CHECK(refused.code() == StatusCode::kFailedPrecondition);
    CHILD_CHECK(refused.message().find(directory.path().string()) != std::string::npos);
    CHILD_CHECK(refused.message().find("another process") != std::string::npos);
    return "";
  });
  // The lock is the one a Java broker takes: seen by whoever asks the kernel for byte 0.
  const std::string lock = (directory.path() / "lock").string();
  const auto locked = [&] {
    const std::string command =
        "exec python3 -c \"import fcntl,sys; f=open(sys.argv[1],'r+b'); "
        "fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)\" '" +
        lock + "' 2>/dev/null";
    return std::system(command.c_str()) != 0;
  };
  CHECK(locked());
  CHECK(store->Append({.topic = "t", .body = "b"}, Durability::kDevice).has_value());
  REQUIRE_OK(store->Close());
  CHECK_FALSE(locked());
  store.reset();
  CHECK(Store::Open(directory.path(), SmallFiles()).has_value());
}

TEST_CASE("io_uring forbidden: the store finds another way, or says why not",
          "[recovery][process]") {
  TemporaryDirectory directory;
  REQUIRE_CHILD([&]() -> std::string {
    if (std::string reason = test::RefuseCalls({{SYS_io_uring_setup, EPERM}}); !reason.empty()) {
      return reason;
    }
    StoreOptions options = SmallFiles();
    options.io_path = io::Path::kIoUring;
    const Status refused = Store::Open(directory.path(), options).error();
    CHILD_CHECK(refused.code() == StatusCode::kUnavailable);
    CHILD_CHECK(refused.message().find("io_uring") != std::string::npos);
    options.io_path = io::Path::kAuto;
    auto store = Store::Open(directory.path(), options);
    CHILD_CHECK(store.has_value());
    CHILD_CHECK((*store)->DescribeIo().find("pread") != std::string::npos);
    CHILD_CHECK((*store)->Append({.topic = "t", .body = "b"}, Durability::kDevice).has_value());
    CHILD_CHECK((*store)->Close().ok());
    return "";
  });
}

TEST_CASE("a store without descriptors refuses what needs one, and goes on when it has some",
          "[recovery][process]") {
  TemporaryDirectory directory;
  {
    auto store = REQUIRE_VALUE(Store::Open(directory.path(), SmallFiles()));
    const std::string body(1000, 'b');
    for (int i = 0; i < 300; ++i) {
      REQUIRE(store->Append({.topic = "t", .queue = i % 3, .body = body}, Durability::kMemory)
                  .has_value());
    }
    REQUIRE_OK(store->Close());
  }
  REQUIRE_CHILD([&]() -> std::string {
    rlimit usual{};
    CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    const int next = dup(0);
    close(next);
    const auto allow = [&](int more) {
      rlimit limit = usual;
      limit.rlim_cur = static_cast<rlim_t>(next + more);
      return setrlimit(RLIMIT_NOFILE, &limit) == 0;
    };
    // At open: whatever the number, it works or says which limit to raise.
    int refused = 0;
    for (int more = 0; more < 24; ++more) {
      CHILD_CHECK(allow(more));
      auto store = Store::Open(directory.path(), SmallFiles());
      if (store.has_value()) {
        store->reset();
        continue;
      }
      ++refused;
      const std::string text = store.error().ToString();
      if (store.error().code() != StatusCode::kResourceExhausted ||
          text.find("RLIMIT_NOFILE") == std::string::npos) {
        return Format("with {} descriptors: {}", more, text);
      }
    }
    CHILD_CHECK(refused > 2);
    CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &usual) == 0);
    auto store = Store::Open(directory.path(), SmallFiles());
    if (!store.has_value()) return store.error().ToString();
    // In use: reads of old messages, new queues, new segments.
    std::vector<int> taken;
    CHILD_CHECK(allow(64));
    for (int fd; (fd = dup(0)) >= 0;) taken.push_back(fd);
    const auto read = (*store)->Read({"t", 1}, QueueOffset{0});
    if (!read.has_value() && read.error().code() != StatusCode::kResourceExhausted) {
      return read.error().ToString();
    }
    int appended = 0;
    const std::string body(3000, 'n');
    Status stopped;
    for (int i = 0; i < 60 && stopped.ok(); ++i) {
      stopped = (*store)
                    ->Append({.topic = "new", .queue = i % 5, .body = body}, Durability::kDevice)
                    .error();
      appended += stopped.ok();
    }
    if (!stopped.ok() && stopped.code() != StatusCode::kResourceExhausted) {
      return stopped.ToString();
    }
    const Status checkpoint = (*store)->Checkpoint();
    if (checkpoint.code() != StatusCode::kResourceExhausted) return checkpoint.ToString();
    for (const int fd : taken) close(fd);
    if (Status again = (*store)->Checkpoint(); !again.ok()) return again.ToString();
    CHILD_CHECK((*store)->Append({.topic = "new", .body = body}, Durability::kDevice).has_value());
    CHILD_CHECK((*store)->Close().ok());
    store->reset();
    store = Store::Open(directory.path(), SmallFiles());
    CHILD_CHECK(store.has_value());
    std::int64_t messages = 0;
    for (const QueueInfo& info : (*store)->Queues()) messages += info.bounds.max - info.bounds.min;
    if (messages != 300 + appended + 1) return Format("{} messages, {} new", messages, appended);
    return "";
  });
}

TEST_CASE("destroying a store under its views ends the process and says why",
          "[recovery][process]") {
  const bool consumer = GENERATE(false, true);
  TemporaryDirectory directory;
  const std::string output = (directory.path() / "output").string();
  const auto ended = RunInChild([&]() -> std::string {
    const int file = open(output.c_str(), O_CREAT | O_WRONLY, 0600);
    dup2(file, 2);
    auto store = Store::Open(directory.path() / "store", SmallFiles());
    (void)(*store)->Append({.topic = "t", .body = "b"}, Durability::kDevice);
    signal(SIGABRT, SIG_DFL);
    if (consumer) {
      auto kept = (*store)->NewConsumer({.group = "g", .topic = "t"});
      store->reset();
    } else {
      auto kept = (*store)->Read({"t", 0}, QueueOffset{0});
      store->reset();
    }
    return "it went on";
  });
  CHECK_THAT(ended.failure, ContainsSubstring("ended with status"));
  std::string text(4096, '\0');
  const int file = open(output.c_str(), O_RDONLY);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(file, text.data(), text.size()))));
  close(file);
  CHECK_THAT(text, ContainsSubstring(consumer ? "consumers outlive" : "outlives its Store"));
  // What was acknowledged is there all the same.
  auto store = REQUIRE_VALUE(Store::Open(directory.path() / "store", SmallFiles()));
  CHECK(REQUIRE_VALUE(store->Read({"t", 0}, QueueOffset{0})).size() == 1);
}

}  // namespace
}  // namespace tidemark

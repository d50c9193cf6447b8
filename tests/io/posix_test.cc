// SPDX-License-Identifier: Apache-2.0
// This computer's kernel: locks, limits, full disks, and what it refuses. A failing device (EIO)
// cannot be had here; the simulated machine is where the store meets one.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "src/io/errno_status.h"
#include "tests/io/child.h"
#include "tests/io/machines.h"

namespace tidemark::test {
namespace {

using io::Access;
using io::Blocks;

TEST_CASE("the lock excludes a second open in this process until it is closed", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  auto first = REQUIRE_VALUE(machine->files().Open(scratch / "lock", Access::kCreate));
  const auto second = REQUIRE_VALUE(machine->files().Open(scratch / "lock", Access::kCreate));
  CHECK(REQUIRE_VALUE(first->TryLock()));
  CHECK(REQUIRE_VALUE(first->TryLock()));
  CHECK_FALSE(REQUIRE_VALUE(second->TryLock()));
  // Closing another handle of the file must not lose the lock, as a POSIX lock would be lost.
  REQUIRE_VALUE(machine->files().Open(scratch / "lock", Access::kRead));
  CHECK_FALSE(REQUIRE_VALUE(second->TryLock()));
  first.reset();
  CHECK(REQUIRE_VALUE(second->TryLock()));
}

TEST_CASE("the lock and Java's exclude each other", "[io]") {
  // Java's FileChannel.tryLock(0, 1, false) is fcntl(F_SETLK).
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  const auto file = REQUIRE_VALUE(machine->files().Open(scratch / "lock", Access::kCreate));
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  const std::string path = (scratch / "lock").string();

  SECTION("a Java broker finds it taken") {
    REQUIRE(REQUIRE_VALUE(file->TryLock()));
    REQUIRE_CHILD([&]() -> std::string {
      const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
      CHILD_CHECK(fd >= 0);
      CHILD_CHECK(fcntl(fd, F_SETLK, &lock) == -1);
      CHILD_CHECK(errno == EAGAIN || errno == EACCES);
      return "";
    });
  }
  SECTION("we find a Java broker's") {
    int ready[2], done[2];
    REQUIRE(pipe(ready) == 0);
    REQUIRE(pipe(done) == 0);
    const pid_t child = fork();
    if (child == 0) {
      close(done[1]);
      const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
      char byte = fcntl(fd, F_SETLK, &lock) == 0 ? 'y' : 'n';
      if (write(ready[1], &byte, 1) != 1) _exit(1);
      // Until the parent is done, or gone.
      _exit(read(done[0], &byte, 1) < 0);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    REQUIRE(byte == 'y');
    CHECK_FALSE(REQUIRE_VALUE(file->TryLock()));
    for (const int fd : {done[1], done[0], ready[0], ready[1]}) close(fd);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(REQUIRE_VALUE(file->TryLock()));
  }
}

TEST_CASE("files and directories are private to their owner", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE_VALUE(machine->files().Open(scratch / "opened", Access::kCreate));
  REQUIRE_VALUE(machine->files().CreateWhole(scratch / "whole", 100, Blocks::kAllocated));
  REQUIRE_OK(machine->files().CreateDirectory(scratch / "directory"));
  const auto mode = [&](const char* name) {
    struct stat raw{};
    REQUIRE(stat((scratch / name).c_str(), &raw) == 0);
    return raw.st_mode & 07777;
  };
  CHECK(mode("opened") == 0600);
  CHECK(mode("whole") == 0600);
  CHECK(mode("directory") == 0700);
}

TEST_CASE("a directory that may not be written to says so", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE(chmod(scratch.path().c_str(), 0555) == 0);
  REQUIRE_CHILD([&]() -> std::string {
    // To root every directory is writable.
    if (geteuid() == 0) CHILD_CHECK(setresuid(65534, 65534, 65534) == 0);
    io::FileSystem& files = machine->files();
    const auto opened = files.Open(scratch / "a", Access::kCreate);
    CHILD_CHECK(opened.error().code() == StatusCode::kFailedPrecondition);
    CHILD_CHECK(opened.error().message().find("EACCES") != std::string::npos);
    const auto whole = files.CreateWhole(scratch / "b", 10, Blocks::kSparse);
    CHILD_CHECK(whole.error().code() == StatusCode::kFailedPrecondition);
    CHILD_CHECK(files.CreateDirectory(scratch / "c").code() == StatusCode::kFailedPrecondition);
    return "";
  });
  REQUIRE(chmod(scratch.path().c_str(), 0755) == 0);
}

TEST_CASE("a read-only file system says so", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = MountSmall(scratch.path().string(), 1 << 20, MS_RDONLY);
    if (!reason.empty()) return reason;
    io::FileSystem& files = machine->files();
    for (const Status& status : {files.Open(scratch / "a", Access::kCreate).error(),
                                 files.CreateWhole(scratch / "b", 10, Blocks::kSparse).error(),
                                 files.CreateDirectory(scratch / "c")}) {
      CHILD_CHECK(status.code() == StatusCode::kFailedPrecondition);
      CHILD_CHECK(status.message().find("EROFS") != std::string::npos);
    }
    return "";
  });
}

TEST_CASE("a full disk leaves nothing half made", "[io]") {
  ScratchDirectory scratch;
  const Kind kind = GENERATE(Kind::kPread, Kind::kIoUring);
  const auto machine = MakeMachine(kind, scratch.path());
  if (machine == nullptr) return;
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = MountSmall(scratch.path().string(), 1 << 20);
    if (!reason.empty()) return reason;
    io::FileSystem& files = machine->files();
    const auto whole = files.CreateWhole(scratch / "big", 4 << 20, Blocks::kAllocated);
    CHILD_CHECK(!whole.has_value());
    CHILD_CHECK(whole.error().code() == StatusCode::kResourceExhausted);
    CHILD_CHECK(whole.error().message().find("free space") != std::string::npos);
    CHILD_CHECK(files.List(scratch.path())->empty());
    CHILD_CHECK(files.Space(scratch.path())->available_bytes == 1 << 20);

    const auto small = files.CreateWhole(scratch / "small", 256 << 10, Blocks::kAllocated);
    CHILD_CHECK(small.has_value());
    const std::string text(2 << 20, 'x');
    const std::size_t room = files.Space(scratch.path())->available_bytes;
    const auto file = files.Open(scratch / "a", Access::kCreate);
    CHILD_CHECK(file.has_value());
    auto ring = machine->NewRing(io::RingUse::kCommit, 2);
    auto* data = const_cast<std::byte*>(BytesOf(text).data());
    const std::array<io::Operation, 2> commit{
        {{io::Operation::Kind::kWrite, true, file->get(), 0, data, text.size(), 0},
         {io::Operation::Kind::kSync, false, file->get(), 0, nullptr, 0, 1}}};
    for (const bool full : {false, true}) {
      CHILD_CHECK((*ring)->Submit(commit).ok());
      std::array<io::Completion, 2> done;
      CHILD_CHECK(*(*ring)->Reap(done, 2) == 2);
      if (done[0].tag != 0) std::swap(done[0], done[1]);
      CHILD_CHECK(done[1].status.code() == StatusCode::kUnavailable);
      if (!full) CHILD_CHECK(done[0].status.ok() && done[0].bytes == room);
      if (full) break;
      CHILD_CHECK(io::WriteAll(**file, room, BytesOf("y")).code() ==
                  StatusCode::kResourceExhausted);
    }
    // What has its blocks can still be written.
    CHILD_CHECK(io::WriteAll(**small, 0, BytesOf(text).first(256 << 10)).ok());
    return "";
  });
}

TEST_CASE("running out of descriptors names the limit", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE_CHILD([&]() -> std::string {
    const rlimit limit{64, 64};
    CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    std::vector<std::unique_ptr<io::File>> open;
    while (open.size() < 100) {
      auto file = machine->files().Open(scratch / "a", Access::kCreate);
      if (!file.has_value()) {
        CHILD_CHECK(file.error().code() == StatusCode::kResourceExhausted);
        CHILD_CHECK(file.error().message().find("RLIMIT_NOFILE") != std::string::npos);
        const auto whole = machine->files().CreateWhole(scratch / "b", 1, Blocks::kSparse);
        CHILD_CHECK(whole.error().code() == StatusCode::kResourceExhausted);
        const auto list = machine->files().List(scratch.path());
        CHILD_CHECK(list.error().code() == StatusCode::kResourceExhausted);
        return "";
      }
      open.push_back(*std::move(file));
    }
    return "no limit was met";
  });
}

TEST_CASE("whole files are made without O_TMPFILE, fallocate or links too", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  const auto refused = GENERATE(0, 1, 2, 3);
  REQUIRE_CHILD([&]() -> std::string {
    constexpr std::uint32_t kUnnamed = O_TMPFILE & ~O_DIRECTORY;
    const Refusal no_unnamed{SYS_openat, EOPNOTSUPP, 2, kUnnamed};
    const Refusal no_fallocate{SYS_fallocate, EOPNOTSUPP};
    std::string reason;
    if (refused == 0) reason = RefuseCalls({no_unnamed});
    if (refused == 1) reason = RefuseCalls({no_fallocate});
    if (refused == 2) reason = RefuseCalls({no_unnamed, no_fallocate});
    if (refused == 3) reason = RefuseCalls({{SYS_linkat, ENOENT}});
    if (!reason.empty()) return reason;
    io::FileSystem& files = machine->files();
    constexpr std::uint64_t kSize = 300'000;
    for (const Blocks blocks : {Blocks::kAllocated, Blocks::kSparse}) {
      const auto made = files.CreateWhole(scratch / "whole", kSize, blocks);
      CHILD_CHECK(made.has_value());
      const auto info = (*made)->Stat();
      CHILD_CHECK(info->size_bytes == kSize && info->links == 1);
      CHILD_CHECK(blocks == Blocks::kSparse || info->allocated_bytes >= kSize);
      const auto again = files.CreateWhole(scratch / "whole", 1, blocks);
      CHILD_CHECK(again.error().code() == StatusCode::kFailedPrecondition);
      CHILD_CHECK(files.Stat(scratch / "whole")->size_bytes == kSize);
      CHILD_CHECK(files.Remove(scratch / "whole").ok());
    }
    return "";
  });
}

TEST_CASE("blocks are given by writing zeroes only where nothing is", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = RefuseCalls({{SYS_fallocate, EOPNOTSUPP}});
    if (!reason.empty()) return reason;
    auto file = machine->files().Open(scratch / "a", Access::kCreate);
    // data, a hole, data, a hole, and the rest behind the end.
    CHILD_CHECK(io::WriteAll(**file, 0, BytesOf("first")).ok());
    CHILD_CHECK(io::WriteAll(**file, 1 << 20, BytesOf("second")).ok());
    CHILD_CHECK(io::WriteAll(**file, 2 << 20, BytesOf("third")).ok());
    CHILD_CHECK((*file)->Allocate(2, (3 << 20) - 2).ok());
    const auto info = (*file)->Stat();
    CHILD_CHECK(info->size_bytes == 3 << 20);
    CHILD_CHECK(info->allocated_bytes >= 3 << 20);
    std::string expected(3 << 20, '\0');
    expected.replace(0, 5, "first");
    expected.replace(1 << 20, 6, "second");
    expected.replace(2 << 20, 5, "third");
    CHILD_CHECK(*io::ReadFile(machine->files(), scratch / "a") == expected);
    return "";
  });
}

TEST_CASE("a whole file by name is taken back when the disk is full", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = MountSmall(scratch.path().string(), 1 << 20);
    if (reason.empty()) {
      reason = RefuseCalls({{SYS_openat, EOPNOTSUPP, 2, O_TMPFILE & ~O_DIRECTORY}});
    }
    if (!reason.empty()) return reason;
    const auto whole = machine->files().CreateWhole(scratch / "big", 4 << 20, Blocks::kAllocated);
    CHILD_CHECK(whole.error().code() == StatusCode::kResourceExhausted);
    CHILD_CHECK(machine->files().List(scratch.path())->empty());
    return "";
  });
}

TEST_CASE("direct reads go on buffered where the file system refuses them", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE_OK(io::ReplaceFile(machine->files(), scratch / "a", "content"));
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = RefuseCalls({{SYS_openat, EINVAL, 2, O_DIRECT}});
    if (!reason.empty()) return reason;
    const auto file = machine->files().Open(scratch / "a", Access::kReadDirect);
    CHILD_CHECK(file.has_value());
    CHILD_CHECK(Content(**file, 0, 100) == "content");
    return "";
  });
}

TEST_CASE("a kernel that forbids io_uring is told apart, and automatic choice goes on", "[io]") {
  ScratchDirectory scratch;
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = RefuseCalls({{SYS_io_uring_setup, EPERM}});
    if (!reason.empty()) return reason;
    const auto asked = io::ThisMachine(io::Path::kIoUring, scratch.path());
    CHILD_CHECK(asked.error().code() == StatusCode::kUnavailable);
    for (const char* fact : {"EPERM", "io_uring_disabled", "RLIMIT_MEMLOCK"}) {
      CHILD_CHECK(asked.error().message().find(fact) != std::string::npos);
    }
    const auto chosen = io::ThisMachine(io::Path::kAuto, scratch.path());
    CHILD_CHECK(chosen.has_value());
    const std::string description = (*chosen)->Describe();
    CHILD_CHECK(description.find("pread/pwrite for everything") == 0);
    CHILD_CHECK(description.find("EPERM") != std::string::npos);
    CHILD_CHECK((*chosen)->NewRing(io::RingUse::kCommit, 4).has_value());
    return "";
  });
}

TEST_CASE("the automatic choice measures, reports in a line and leaves nothing", "[io]") {
  ScratchDirectory scratch;
  const auto machine = REQUIRE_VALUE(io::ThisMachine(io::Path::kAuto, scratch.path()));
  const std::string description = machine->Describe();
  UNSCOPED_INFO(description);
  CHECK(description.find('\n') == std::string::npos);
  CHECK_THAT(description, ContainsSubstring("pread") || ContainsSubstring("io_uring"));
  CHECK(REQUIRE_VALUE(machine->files().List(scratch.path())).empty());
  for (const auto use : {io::RingUse::kCommit, io::RingUse::kRead}) {
    CHECK(REQUIRE_VALUE(machine->NewRing(use, 3))->Depth() == 3);
  }
  // Where it cannot measure it says why.
  const auto nowhere = REQUIRE_VALUE(io::ThisMachine(io::Path::kAuto, scratch / "none"));
  CHECK_THAT(nowhere->Describe(), ContainsSubstring("pread/pwrite for everything"));
}

TEST_CASE("a ring has a depth", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kIoUring, scratch.path());
  if (machine == nullptr) return;
  for (const std::size_t depth : {std::size_t{0}, std::size_t{1} << 20}) {
    const auto ring = machine->NewRing(io::RingUse::kRead, depth);
    REQUIRE(!ring.has_value());
    CHECK(ring.error().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("errors of the kernel become duties of the caller", "[io]") {
  const std::vector<std::pair<int, StatusCode>> expected{
      {EIO, StatusCode::kDataLoss},
      {EUCLEAN, StatusCode::kDataLoss},
      {ENODATA, StatusCode::kDataLoss},
      {EREMOTEIO, StatusCode::kDataLoss},
      {ENOSPC, StatusCode::kResourceExhausted},
      {EDQUOT, StatusCode::kResourceExhausted},
      {EFBIG, StatusCode::kResourceExhausted},
      {EMFILE, StatusCode::kResourceExhausted},
      {ENFILE, StatusCode::kResourceExhausted},
      {ENOMEM, StatusCode::kResourceExhausted},
      {ENOENT, StatusCode::kNotFound},
      {ENOTDIR, StatusCode::kNotFound},
      {EROFS, StatusCode::kFailedPrecondition},
      {EACCES, StatusCode::kFailedPrecondition},
      {EPERM, StatusCode::kFailedPrecondition},
      {EEXIST, StatusCode::kFailedPrecondition},
      {ECANCELED, StatusCode::kUnavailable},
      {9999, StatusCode::kFailedPrecondition},
  };
  for (const auto& [error, code] : expected) {
    const Status status = io::SystemError(error, "pwrite", "/s/file", 8192, 4096);
    INFO(status.ToString());
    CHECK(status.code() == code);
    CHECK_THAT(status.message(), ContainsSubstring("/s/file: pwrite of 4096 bytes at 8192: "));
  }
  CHECK(io::SystemError(ENOSPC, "fallocate", "/f").message() ==
        "/f: fallocate: No space left on device (ENOSPC); free space on this file system");
}

}  // namespace
}  // namespace tidemark::test

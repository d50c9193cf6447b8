// SPDX-License-Identifier: Apache-2.0
// Reads from the page cache only, and transfers past it.
#include "src/io/page_cache.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tests/io/child.h"
#include "tests/io/machines.h"

namespace tidemark::test {
namespace {

using io::Access;

constexpr long kCachestat = 451;

TEST_CASE("only what is in memory is read when nothing else is wanted", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  io::FileSystem& files = machine->files();
  const std::string text(1 << 20, 'x');
  REQUIRE_OK(io::ReplaceFile(files, scratch / "a", text));
  const bool cachestat = GENERATE(true, false);
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = cachestat ? "" : RefuseCalls({{kCachestat, ENOSYS}});
    if (!reason.empty()) return reason;
    const auto file = files.Open(scratch / "a", Access::kReadCached);
    CHILD_CHECK(file.has_value());
    std::string read(100'000, '?');
    const auto into = std::as_writable_bytes(std::span(read));
    CHILD_CHECK(*(*file)->ReadAt(4000, into) == read.size());
    CHILD_CHECK(read == text.substr(4000, read.size()));
    // Nothing lies in memory behind the end.
    CHILD_CHECK((*file)->ReadAt(1 << 20, into).error().code() == StatusCode::kUnavailable);

    const int fd = open((scratch / "a").c_str(), O_RDONLY | O_CLOEXEC);
    CHILD_CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
    if (io::InPageCache(fd, 0, 4096)) return "skip: the file system keeps its files in memory";
    CHILD_CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) == 0);  // no read-ahead
    CHILD_CHECK(pread(fd, read.data(), 64 << 10, 0) == 64 << 10);
    for (int again = 0; again < 2; ++again) {  // asking brings nothing
      CHILD_CHECK((*file)->ReadAt(4000, into).error().code() == StatusCode::kUnavailable);
      CHILD_CHECK((*file)->ReadAt(512 << 10, into).error().code() == StatusCode::kUnavailable);
    }
    CHILD_CHECK(*(*file)->ReadAt(0, into.first(64 << 10)) == 64 << 10);
    return "";
  });
}

TEST_CASE("writes past the page cache land, with and without such a file system", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  io::FileSystem& files = machine->files();
  REQUIRE_OK(io::ReplaceFile(files, scratch / "a", std::string(20'000, 'x')));
  const bool direct = GENERATE(true, false);
  AlignedBuffer zeroes(8192);
  std::fill(zeroes.span().begin(), zeroes.span().end(), std::byte{});
  REQUIRE_CHILD([&]() -> std::string {
    std::string reason = direct ? "" : RefuseCalls({{SYS_openat, EINVAL, 2, O_DIRECT}});
    if (!reason.empty()) return reason;
    const auto file = files.Open(scratch / "a", Access::kWriteDirect);
    CHILD_CHECK(file.has_value());
    // Bytes that are in the page cache only stand right before it.
    const auto buffered = files.Open(scratch / "a", Access::kReadWrite);
    CHILD_CHECK(io::WriteAll(**buffered, 4090, BytesOf("before")).ok());
    const std::array<io::WriteBuffer, 2> pieces{zeroes.span().first(4096), zeroes.span()};
    CHILD_CHECK(io::WriteAll(**file, 4096, pieces).ok());
    CHILD_CHECK(io::WriteAll(**buffered, 4096, BytesOf("behind")).ok());
    std::string expected(20'000, 'x');
    expected.replace(4090, 6, "before");
    expected.replace(4096, 12288, std::string(12288, '\0'));
    expected.replace(4096, 6, "behind");
    CHILD_CHECK(*io::ReadFile(files, scratch / "a") == expected);
    return "";
  });
}

}  // namespace
}  // namespace tidemark::test

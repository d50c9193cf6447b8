// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/cold_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "src/io/page_cache.h"
#include "tests/simulation/random.h"
#include "tests/simulation/simulated_machine.h"
#include "tests/support/catch.h"
#include "tests/support/short_machine.h"
#include "tests/support/temporary_directory.h"

namespace tidemark {
namespace {

using simulation::MachineOptions;
using simulation::Random;
using simulation::SimulatedMachine;
using test::TemporaryDirectory;

constexpr std::int64_t kAlignment = ColdReader::kAlignment;

std::string Content(std::size_t bytes) {
  std::string content(bytes, '\0');
  Random random(7);
  for (char& c : content) c = static_cast<char>('a' + random.Below(26));
  return content;
}

/// Two segments with random bytes.
class Log {
 public:
  Log(io::Machine& machine, const std::filesystem::path& directory, std::int64_t segment_bytes)
      : content_(Content(static_cast<std::size_t>(2 * segment_bytes))) {
    REQUIRE_OK(io::CreateDirectories(machine.files(), directory));
    segments_ = REQUIRE_VALUE(SegmentedFile::Load(machine.files(), directory, segment_bytes));
    for (int i = 0; i < 2; ++i) {
      REQUIRE_OK(segments_->Extend());
      const LogOffset base{i * segment_bytes};
      const auto file = REQUIRE_VALUE(segments_->FileAt(base));
      REQUIRE_OK(io::WriteAll(
          *file, 0,
          std::as_bytes(std::span(content_).subspan(static_cast<std::size_t>(ToInt(base)),
                                                    static_cast<std::size_t>(segment_bytes)))));
      REQUIRE_OK(file->Sync());
    }
    reader_ = std::make_unique<ColdReader>(
        machine.files(), *segments_,
        REQUIRE_VALUE(machine.NewRing(io::RingUse::kRead, ColdReader::kRingDepth)));
  }

  SegmentedFile& segments() { return *segments_; }
  ColdReader& reader() { return *reader_; }

  Status Read(std::int64_t start, std::int64_t bytes) {
    std::memset(memory_.get(), '?', kMemoryBytes);
    return reader_->Read(LogOffset{start}, memory_.get(), bytes);
  }
  void RequireRead(std::int64_t start, std::int64_t bytes) {
    REQUIRE_OK(Read(start, bytes));
    REQUIRE(std::memcmp(memory_.get(), content_.data() + start, static_cast<std::size_t>(bytes)) ==
            0);
  }

  static constexpr std::size_t kMemoryBytes = 2 << 20;

 private:
  const std::string content_;
  std::unique_ptr<SegmentedFile> segments_;
  std::unique_ptr<ColdReader> reader_;
  std::unique_ptr<std::byte, decltype(&std::free)> memory_{
      static_cast<std::byte*>(std::aligned_alloc(4096, kMemoryBytes)), &std::free};
};

void ReadAtRandom(Log& log, std::int64_t segment_bytes, int times) {
  Random random(3);
  for (int i = 0; i < times; ++i) {
    const auto segment = static_cast<std::int64_t>(random.Below(2));
    const std::int64_t start = static_cast<std::int64_t>(random.Below(
                                   static_cast<std::uint64_t>(segment_bytes / kAlignment))) *
                               kAlignment;
    const auto left = static_cast<std::uint64_t>(
        std::min<std::int64_t>(segment_bytes - start, Log::kMemoryBytes));
    const auto bytes =
        static_cast<std::int64_t>(random.Chance(0.2) ? left : 1 + random.Below(left));
    INFO("segment " << segment << ", " << bytes << " bytes at " << start);
    log.RequireRead(segment * segment_bytes + start, bytes);
  }
}

TEST_CASE("cold reads bring the bytes, short reads and odd ends included", "[commitlog]") {
  MachineOptions options;
  options.cached_reads = GENERATE(0.0, 0.5, 1.0);
  options.short_reads = GENERATE(0.0, 0.5);
  options.rings = GENERATE(true, false);
  SimulatedMachine machine(options);
  // No multiple of what direct reads come in, and more than one piece.
  const std::int64_t segment_bytes = GENERATE(5000, 700'001);
  Log log(machine, "/log", segment_bytes);
  ReadAtRandom(log, segment_bytes, 60);
}

TEST_CASE("a cold read that fails says where", "[commitlog]") {
  MachineOptions options;
  options.cached_reads = GENERATE(0.0, 1.0);
  SimulatedMachine machine(options);
  Log log(machine, "/log", 1 << 20);
  const std::int64_t bytes = GENERATE(4096, 1 << 20);
  machine.Inject(simulation::Fault{.calls = simulation::Call::kRead, .count = 0});
  const Status failed = log.Read(1 << 20, bytes);
  CHECK((failed.code() == StatusCode::kDataLoss || options.cached_reads == 0.0));
  CHECK_THAT(std::string(failed.message()), ContainsSubstring("/log/00000000000001048576"));
  machine.ClearFaults();
  log.RequireRead(1 << 20, bytes);
}

TEST_CASE("without descriptors for cold reads the segment's own serves", "[commitlog]") {
  SimulatedMachine machine;
  Log log(machine, "/log", 1 << 20);
  machine.Inject(simulation::Fault{.calls = simulation::Call::kOpen,
                                   .count = 0,
                                   .error = Status(StatusCode::kResourceExhausted, "EMFILE")});
  log.RequireRead(0, 1 << 20);
  log.RequireRead((1 << 20) + 4096, 100);
}

TEST_CASE("a deleted segment is let go", "[commitlog]") {
  SimulatedMachine machine;
  Log log(machine, "/log", 1 << 20);
  log.RequireRead(0, 4096);
  REQUIRE_OK(log.segments().RemoveFirst());
  log.reader().DropBefore(log.segments().first());
  const Status gone = log.Read(0, 4096);
  CHECK(gone.code() == StatusCode::kOutOfRange);
  log.RequireRead(1 << 20, 4096);
}

/// How many pages of the file are in the page cache.
int CachedPages(const std::filesystem::path& path, bool drop_first) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  if (drop_first) posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  int pages = 0;
  const auto size = std::filesystem::file_size(path);
  for (std::uint64_t at = 0; at < size; at += 4096) pages += io::InPageCache(fd, at, 4096);
  close(fd);
  return pages;
}

TEST_CASE("a cold read leaves the page cache as it is", "[commitlog]") {
  const io::Path path = GENERATE(io::Path::kPread, io::Path::kIoUring);
  const bool cut = GENERATE(false, true);
  TemporaryDirectory directory;
  auto here = io::ThisMachine(path, directory.path());
  if (!here.has_value()) {
    WARN("skipped: " << here.error().message());
    return;
  }
  auto machine = cut ? test::ShortMachine(*here, 11) : *here;
  Log log(*machine, directory.path() / "log", 2'000'000);
  const auto file = directory.path() / "log" / SegmentName(LogOffset{2'000'000});
  if (CachedPages(file, true) != 0) {
    WARN("skipped: this file system keeps its files in memory");
    return;
  }
  log.RequireRead(2'000'000, 2'000'000);
  log.RequireRead(2'000'000 + 65536, 65536);
  if (!cut) CHECK(CachedPages(file, false) == 0);
  ReadAtRandom(log, 2'000'000, 20);
  // What others brought into memory is used, not read again.
  log.RequireRead(0, 1 << 20);
}

}  // namespace
}  // namespace tidemark

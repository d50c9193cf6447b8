// SPDX-License-Identifier: Apache-2.0
#include "src/segment/segmented_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "src/base/check.h"
#include "tests/support/catch.h"
#include "tests/support/memory_files.h"
#include "tests/support/temporary_directory.h"

namespace tidemark {
namespace {

using test::MemoryMachine;
using Fault = MemoryMachine::Fault;

constexpr std::int64_t kBytes = 4096;

LogOffset At(std::int64_t segment) {
  return LogOffset{segment * kBytes};
}

std::string PathOf(std::int64_t segment) {
  return "/log/" + SegmentName(At(segment));
}

Result<std::unique_ptr<SegmentedFile>> Load(MemoryMachine& machine) {
  return SegmentedFile::Load(machine.files(), "/log", kBytes);
}

/// Segments [0, count) in "/log".
std::unique_ptr<SegmentedFile> Make(MemoryMachine& machine, std::int64_t count) {
  REQUIRE_OK(io::CreateDirectories(machine.files(), "/log"));
  for (std::int64_t i = 0; i < count; ++i) machine.Add(PathOf(i), std::string(kBytes, '\0'));
  return REQUIRE_VALUE(Load(machine));
}

/// The process may open `more` files than it has now, while this lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(int more) {
    TM_CHECK(getrlimit(RLIMIT_NOFILE, &before_) == 0, "getrlimit");
    const int lowest_free = open("/dev/null", O_RDONLY | O_CLOEXEC);
    TM_CHECK(lowest_free >= 0, "/dev/null");
    close(lowest_free);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(lowest_free + more);
    TM_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_;
};

}  // namespace

TEST_CASE("an extension that failed anywhere is taken up again", "[segment]") {
  const int nth = GENERATE(1, 2, 3);  // making, opening the directory, syncing it
  MemoryMachine machine;
  auto segments = Make(machine, 1);
  for (int failures = 0; failures < 2; ++failures) {
    machine.FailAt(failures == 0 ? nth : 1, Fault::kOnce);
    CHECK_FALSE(segments->Extend().ok());
    CHECK(segments->end() == At(1));
    CHECK(segments->FileAt(At(1)).error().code() == StatusCode::kOutOfRange);
  }
  REQUIRE_OK(segments->Extend());
  CHECK(segments->end() == At(2));
  REQUIRE_OK(segments->Extend());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto later = machine.AfterPowerCut(seed);
    CHECK(REQUIRE_VALUE(Load(*later))->end() == At(3));
  }
}

// UBSan tries whether an object's memory can be read through a pipe, and takes the lack of one for
// a broken object.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define TM_UBSAN_NEEDS_DESCRIPTORS
#endif
#endif

TEST_CASE("an extension that ran out of descriptors is taken up again", "[segment]") {
#ifdef TM_UBSAN_NEEDS_DESCRIPTORS
  WARN("skipped: UBSan itself needs the descriptors that are to be short");
  return;
#endif
  const test::TemporaryDirectory directory;
  const auto machine = REQUIRE_VALUE(io::ThisMachine(io::Path::kPread, directory.path()));
  auto segments = REQUIRE_VALUE(SegmentedFile::Load(machine->files(), directory.path(), kBytes));
  {
    const FewDescriptors one(1);  // for the file; none is left for the directory
    CHECK(segments->Extend().code() == StatusCode::kResourceExhausted);
    CHECK(segments->Extend().code() == StatusCode::kResourceExhausted);
  }
  CHECK(segments->empty());
  REQUIRE_OK(segments->Extend());
  REQUIRE_OK(segments->Extend());
  CHECK(segments->end() == At(2));
}

TEST_CASE("a removal that failed is made up for before another", "[segment]") {
  const int nth = GENERATE(1, 2, 3);  // unlinking, opening the directory, syncing it
  MemoryMachine machine;
  auto segments = Make(machine, 5);
  machine.FailAt(nth, Fault::kOnce);
  CHECK_FALSE(segments->RemoveFirst().ok());
  CHECK(segments->first() == At(1));
  CHECK(segments->FileAt(At(0)).error().code() == StatusCode::kOutOfRange);

  SECTION("and fails again") {
    machine.FailAt(1, Fault::kOnce);
    CHECK_FALSE(segments->RemoveFirst().ok());
    CHECK(segments->first() == At(1));
    CHECK(machine.Content(PathOf(1)).size() == kBytes);
  }
  REQUIRE_OK(segments->RemoveFirst());
  CHECK(segments->first() == At(2));
  CHECK(machine.Names() == std::vector<std::string>{PathOf(2), PathOf(3), PathOf(4)});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto later = machine.AfterPowerCut(seed);
    CHECK(REQUIRE_VALUE(Load(*later))->first() == At(2));
  }
}

TEST_CASE("a removal that was cut off leaves no hole", "[segment]") {
  const int nth = GENERATE(1, 2, 3, 4, 5, 6);
  MemoryMachine machine;
  auto segments = Make(machine, 5);
  machine.FailAt(nth, Fault::kForGood);
  while (segments->RemoveFirst().ok()) {
  }
  CHECK_FALSE(segments->RemoveFirst().ok());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto later = machine.AfterPowerCut(seed);
    const auto loaded = REQUIRE_VALUE(Load(*later));
    CHECK(loaded->first() <= segments->first());
    CHECK(loaded->end() == At(5));
  }
}

TEST_CASE("the newest file stays in sight until it is unlinked", "[segment]") {
  MemoryMachine machine;
  auto segments = Make(machine, 3);
  const auto removed = REQUIRE_VALUE(segments->FileAt(At(2)));
  machine.FailAt(1, Fault::kOnce);
  CHECK_FALSE(segments->RemoveLast().ok());
  CHECK(segments->end() == At(3));
  REQUIRE_OK(segments->RemoveLast());
  CHECK(segments->end() == At(2));
  REQUIRE_OK(segments->Extend());
  CHECK(REQUIRE_VALUE(segments->FileAt(At(2))) != removed);
}

TEST_CASE("an empty last file is passed over and goes when the next one comes", "[segment]") {
  const std::int64_t left = GENERATE(2, 3, 7);  // the next name, and names that Java never leaves
  MemoryMachine machine;
  Make(machine, 2);
  machine.Add(PathOf(left), "");
  const std::int64_t before = machine.operations();
  auto segments = REQUIRE_VALUE(Load(machine));
  CHECK(machine.operations() == before + 1);  // the list
  CHECK(segments->end() == At(2));
  CHECK(std::ranges::count(machine.Names(), PathOf(left)) == 1);
  CHECK(segments->FileAt(At(left)).error().code() == StatusCode::kOutOfRange);

  for (int nth = 0; nth <= 5; ++nth) {  // unlinking, making, opening and syncing the directory
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto copy = machine.AfterKill();
      auto loaded = REQUIRE_VALUE(Load(*copy));
      copy->FailAt(nth, Fault::kOnce);
      if (!loaded->Extend().ok()) {
        CHECK(REQUIRE_VALUE(Load(*copy->AfterPowerCut(seed)))->end() <= At(3));
        REQUIRE_OK(loaded->Extend());
      }
      const auto later = copy->AfterPowerCut(seed);
      CHECK(REQUIRE_VALUE(Load(*later))->end() == At(3));
      CHECK(later->Names() == std::vector<std::string>{PathOf(0), PathOf(1), PathOf(2)});
    }
  }
}

TEST_CASE("a directory with nothing but an empty file is an empty sequence", "[segment]") {
  MemoryMachine machine;
  Make(machine, 0);
  machine.Add(PathOf(0), "");
  auto segments = REQUIRE_VALUE(Load(machine));
  CHECK(segments->empty());
  REQUIRE_OK(segments->Extend());
  CHECK(machine.Content(PathOf(0)).size() == kBytes);
}

TEST_CASE("an empty file in the middle, a gap and foreign names are refused", "[segment]") {
  MemoryMachine machine;
  Make(machine, 2);
  const auto refused = [&](const std::string& path, std::size_t bytes) {
    const auto copy = machine.AfterKill();
    copy->Add(path, std::string(bytes, '\0'));
    copy->Add(PathOf(3), std::string(kBytes, '\0'));
    return Load(*copy).error().code();
  };
  CHECK(refused(PathOf(2), 0) == StatusCode::kFailedPrecondition);
  CHECK(refused(PathOf(2), kBytes - 1) == StatusCode::kFailedPrecondition);
  CHECK(refused("/log/00000000000000008193", kBytes) == StatusCode::kFailedPrecondition);
  CHECK(refused("/log/-notes", 0) == StatusCode::kFailedPrecondition);
  CHECK(refused("/elsewhere", 0) == StatusCode::kDataLoss);
}

TEST_CASE("thousands of segments need few descriptors", "[segment]") {
  constexpr std::int64_t kSegments = 3000;
  const test::TemporaryDirectory directory;
  for (std::int64_t i = 0; i < kSegments; ++i) {
    const auto path = directory.path() / SegmentName(At(i));
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(&i), sizeof i);
    std::filesystem::resize_file(path, kBytes);
  }
  const auto machine = REQUIRE_VALUE(io::ThisMachine(io::Path::kPread, directory.path()));
  auto segments = REQUIRE_VALUE(SegmentedFile::Load(machine->files(), directory.path(), kBytes));
  const auto number_in = [](io::File& file) {
    std::int64_t number = -1;
    TM_CHECK(io::ReadExact(file, 0, std::as_writable_bytes(std::span(&number, 1))).ok(), "read");
    return number;
  };

  const FewDescriptors few(static_cast<int>(SegmentedFile::kOpenMax) + 4);
  const auto held = REQUIRE_VALUE(segments->FileAt(At(0)));
  const auto last = REQUIRE_VALUE(segments->FileAt(At(kSegments - 1)));
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < kSegments; ++i) {
    const auto file = segments->FileAt(At(i) + 17);
    INFO((file.has_value() ? "" : file.error().ToString()));
    REQUIRE(file.has_value());
    right += number_in(**file) == i ? 1 : 0;
  }
  CHECK(right == kSegments);
  CHECK(REQUIRE_VALUE(segments->FileAt(At(kSegments - 1))) ==
        REQUIRE_VALUE(segments->FileAt(At(kSegments - 1))));
  REQUIRE_OK(segments->RemoveFirst());
  CHECK(number_in(*held) == 0);
  CHECK(number_in(*last) == kSegments - 1);
}

TEST_CASE("readers, an appender and a remover at once", "[segment][concurrency]") {
  constexpr std::int64_t kRounds = 300;
  constexpr std::int64_t kAtFirst = kRounds + 1;  // the remover may be faster than the appender
  MemoryMachine machine;
  auto segments = Make(machine, kAtFirst);
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> wrong{0};
  const auto read = [&](std::int64_t step) {
    for (std::int64_t i = 0; !done; i = (i + step) % (kAtFirst + kRounds)) {
      const auto file = segments->FileAt(At(i));
      if (!file.has_value() && file.error().code() != StatusCode::kOutOfRange) ++wrong;
    }
  };
  std::thread reader([&] { read(1); });
  std::thread other([&] { read(7); });
  std::thread remover([&] {
    for (std::int64_t i = 0; i < kRounds; ++i) wrong += segments->RemoveFirst().ok() ? 0 : 1;
  });
  for (std::int64_t i = 0; i < kRounds; ++i) wrong += segments->Extend().ok() ? 0 : 1;
  remover.join();
  done = true;
  reader.join();
  other.join();
  CHECK(wrong == 0);
  CHECK(segments->first() == At(kRounds));
  CHECK(segments->end() == At(kAtFirst + kRounds));
}

}  // namespace tidemark

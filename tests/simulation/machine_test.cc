// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include <unistd.h>

#include "tests/simulation/outcomes.h"

namespace tidemark::simulation {
namespace {

using io::Access;
using io::Blocks;

TEST_CASE("files: reads, writes, ends, holes, gathered writes") {
  SimulatedMachine machine;
  const auto file = MakeFile(machine, "/a");
  const std::array parts = {AsBytes("one"), AsBytes(""), AsBytes("two")};
  CHECK(REQUIRE_VALUE(file->WriteAt(5000, parts)) == 6);
  std::string into(10, 'z');
  const auto out = std::as_writable_bytes(std::span(into));
  CHECK(REQUIRE_VALUE(file->ReadAt(4998, out)) == 8);
  CHECK(into == std::string("\0\0onetwozz", 10));
  CHECK(REQUIRE_VALUE(file->ReadAt(5006, out)) == 0);
  CHECK(REQUIRE_VALUE(file->ReadAt(1 << 30, out)) == 0);
  const io::FileInfo info = REQUIRE_VALUE(file->Stat());
  CHECK(info.size_bytes == 5006);
  CHECK(info.allocated_bytes == kPageBytes);
  CHECK(info.links == 1);
  CHECK(REQUIRE_VALUE(machine.files().Stat("/a")) == info);
}

TEST_CASE("files: names") {
  SimulatedMachine machine;
  io::FileSystem& files = machine.files();
  CHECK(files.Open("/a", Access::kReadWrite).error().code() == StatusCode::kNotFound);
  CHECK(files.Open("/d/a", Access::kCreate).error().code() == StatusCode::kNotFound);
  CHECK(files.CreateDirectory("/d/e").code() == StatusCode::kNotFound);
  REQUIRE_OK(io::CreateDirectories(files, "/d/e"));
  REQUIRE_OK(files.CreateDirectory("/d/e"));
  CHECK(files.Open("/d", Access::kReadWrite).error().code() == StatusCode::kFailedPrecondition);
  MakeFile(machine, "/d/b", "b");
  MakeFile(machine, "/d/./a", "a");
  CHECK(files.CreateDirectory("/d/a").code() == StatusCode::kFailedPrecondition);
  CHECK(REQUIRE_VALUE(files.List("/d/")) ==
        std::vector<io::DirectoryEntry>{{"a", false}, {"b", false}, {"e", true}});
  CHECK(files.List("/d/a").error().code() == StatusCode::kNotFound);
  CHECK(files.CreateWhole("/d/a", 1, Blocks::kSparse).error().code() ==
        StatusCode::kFailedPrecondition);
  CHECK(files.Remove("/d").code() == StatusCode::kFailedPrecondition);
  CHECK(files.Remove("/d/x").code() == StatusCode::kNotFound);
  REQUIRE_OK(files.Rename("/d/a", "/d/b"));
  CHECK(REQUIRE_VALUE(io::ReadFile(files, "d/e/../b")) == "a");
  CHECK(files.Rename("/d/a", "/d/b").code() == StatusCode::kNotFound);
  CHECK(files.Rename("/d/b", "/d/e").code() == StatusCode::kFailedPrecondition);
  REQUIRE_OK(files.Rename("/d/e", "/f"));
  REQUIRE_OK(files.Remove("/f"));
  REQUIRE_OK(files.Remove("/d/b"));
  CHECK(REQUIRE_VALUE(files.List("/d")).empty());
}

TEST_CASE("files: access is kept to") {
  SimulatedMachine machine;
  MakeFile(machine, "/a", Fill('a', kPageBytes));
  const auto read = REQUIRE_VALUE(machine.files().Open("/a", Access::kRead));
  CHECK(io::WriteAll(*read, 0, AsBytes("b")).code() == StatusCode::kFailedPrecondition);
  CHECK(read->Allocate(0, 10).code() == StatusCode::kFailedPrecondition);
  const auto direct = REQUIRE_VALUE(machine.files().Open("/a", Access::kReadDirect));
  alignas(4096) std::array<std::byte, kPageBytes> page;
  CHECK(REQUIRE_VALUE(direct->ReadAt(0, page)) == kPageBytes);
  CHECK(direct->ReadAt(0, std::span(page).first(512)).error().code() ==
        StatusCode::kFailedPrecondition);
  machine.SetReadOnly(true);
  CHECK(machine.files().Remove("/a").code() == StatusCode::kFailedPrecondition);
  CHECK(machine.files().Open("/a", Access::kReadWrite).error().code() ==
        StatusCode::kFailedPrecondition);
  CHECK(machine.files().Open("/a", Access::kRead).has_value());
}

TEST_CASE("files: one lock a file, until it is closed") {
  SimulatedMachine machine;
  auto first = MakeFile(machine, "/lock");
  const auto second = MakeFile(machine, "/lock");
  CHECK(REQUIRE_VALUE(first->TryLock()));
  CHECK(REQUIRE_VALUE(first->TryLock()));
  CHECK_FALSE(REQUIRE_VALUE(second->TryLock()));
  first.reset();
  CHECK(REQUIRE_VALUE(second->TryLock()));
}

TEST_CASE("trouble: short reads and writes, errors at the n-th call of a pattern") {
  SimulatedMachine machine({.short_reads = 0.9, .short_writes = 0.9});
  const std::string text = Fill('a', 3000) + Fill('b', 3000);
  const auto file = MakeFile(machine, "/dir-a", text);
  CHECK(REQUIRE_VALUE(io::ReadFile(machine.files(), "/dir-a")) == text);
  std::string into(6000, 'z');
  CHECK(REQUIRE_VALUE(file->ReadAt(0, std::as_writable_bytes(std::span(into)))) < 6000);

  machine.Inject(
      {.calls = Call::kWrite | Call::kSync, .pattern = "/dir-*", .first = 3, .count = 2});
  const auto other = MakeFile(machine, "/other", "x");
  const std::array one = {AsBytes("x")};
  CHECK(file->WriteAt(0, one).has_value());
  CHECK(file->Sync().ok());
  CHECK(other->Sync().ok());
  CHECK(file->WriteAt(0, one).error().code() == StatusCode::kDataLoss);
  CHECK(file->Sync().code() == StatusCode::kDataLoss);
  CHECK(file->Sync().ok());
  machine.Inject({.calls = Call::kWrite, .count = 0});
  CHECK(file->WriteAt(0, one).error().code() == StatusCode::kDataLoss);
  CHECK_THAT(file->WriteAt(0, one).error().message(), ContainsSubstring("/dir-a"));
  machine.ClearFaults();
  CHECK(file->WriteAt(0, one).has_value());
}

TEST_CASE("trouble: a full disk") {
  SimulatedMachine machine({.capacity_bytes = 10 * kPageBytes});
  io::FileSystem& files = machine.files();
  auto whole = REQUIRE_VALUE(files.CreateWhole("/whole", 6 * kPageBytes, Blocks::kAllocated));
  CHECK(files.CreateWhole("/too", 5 * kPageBytes, Blocks::kAllocated).error().code() ==
        StatusCode::kResourceExhausted);
  CHECK_FALSE(io::Exists(files, "/too"));
  const auto sparse = REQUIRE_VALUE(files.CreateWhole("/sparse", 1 << 30, Blocks::kSparse));
  CHECK(REQUIRE_VALUE(files.Space("/")).available_bytes == 4 * kPageBytes);
  const std::string five = Fill('a', 5 * kPageBytes);
  const std::array data = {AsBytes(five)};
  CHECK(REQUIRE_VALUE(sparse->WriteAt(1 << 20, data)) == 4 * kPageBytes);
  CHECK(sparse->WriteAt(0, data).error().code() == StatusCode::kResourceExhausted);
  CHECK(sparse->Allocate(0, 1).code() == StatusCode::kResourceExhausted);
  // What has its blocks can be written, again and again.
  CHECK(REQUIRE_VALUE(whole->WriteAt(0, data)) == five.size());
  CHECK(REQUIRE_VALUE(sparse->WriteAt(1 << 20, std::span(data))) == 4 * kPageBytes);
  // A removed file gives its space back when nobody has it open.
  REQUIRE_OK(files.Remove("/whole"));
  CHECK(REQUIRE_VALUE(files.Space("/")).free_bytes == 0);
  whole.reset();
  CHECK(REQUIRE_VALUE(files.Space("/")).free_bytes == 6 * kPageBytes);
}

TEST_CASE("trouble: descriptors run out") {
  SimulatedMachine machine({.descriptors_max = 2});
  auto a = MakeFile(machine, "/a");
  const auto ring = REQUIRE_VALUE(machine.NewRing(io::RingUse::kCommit, 4));
  CHECK(machine.files().Open("/a", Access::kRead).error().code() == StatusCode::kResourceExhausted);
  CHECK(machine.files().CreateWhole("/b", 1, Blocks::kSparse).error().code() ==
        StatusCode::kResourceExhausted);
  CHECK(machine.files().Open("/b", Access::kCreate).error().code() ==
        StatusCode::kResourceExhausted);
  CHECK_FALSE(io::Exists(machine.files(), "/b"));
  a.reset();
  CHECK(machine.files().Open("/a", Access::kRead).has_value());
}

TEST_CASE("trouble: a disk that stalls holds who matches, and nobody else") {
  SimulatedMachine machine;
  const auto a = MakeFile(machine, "/a", "a");
  const auto b = MakeFile(machine, "/b", "b");
  std::atomic<bool> done = false;
  auto stall = machine.StallOn(Call::kSync, "/a");
  std::thread syncer([&] {
    CHECK_OK(a->Sync());
    done = true;
  });
  while (stall.Waiting() == 0) std::this_thread::yield();
  CHECK_OK(b->Sync());
  CHECK_OK(io::WriteAll(*a, 0, AsBytes("c")));
  CHECK_FALSE(done);
  SECTION("until it is released") {
    stall.Release();
  }
  SECTION("or power goes") {
    std::thread last([&] { CHECK(b->Sync().ok() != machine.power_is_off()); });
    last.join();
    stall.Release();
  }
  syncer.join();
  CHECK(done);
}

TEST_CASE("trouble: power goes while a disk stalls") {
  SimulatedMachine machine;
  const auto a = MakeFile(machine, "/a", "a");
  auto stall = machine.StallOn(Call::kSync | Call::kRead, "*");
  Status status;
  std::thread syncer([&] { status = a->Sync(); });
  while (stall.Waiting() == 0) std::this_thread::yield();
  machine.PowerOff();
  syncer.join();
  CHECK(status.code() == StatusCode::kUnavailable);
}

TEST_CASE("trouble: a ring's operation stalls, and the ring with it") {
  SimulatedMachine machine;
  const auto a = MakeFile(machine, "/a", "a");
  const auto ring = REQUIRE_VALUE(machine.NewRing(io::RingUse::kCommit, 2));
  auto stall = machine.StallOn(Call::kSync, "/a");
  io::Operation sync;
  sync.kind = io::Operation::Kind::kSync;
  sync.file = a.get();
  REQUIRE_OK(ring->Submit(std::array{sync}));
  std::array<io::Completion, 2> done;
  CHECK(REQUIRE_VALUE(ring->Reap(done, 0)) == 0);
  std::thread opener([&] { stall.Release(); });
  CHECK(REQUIRE_VALUE(ring->Reap(done, 1)) == 1);
  opener.join();
}

TEST_CASE("trouble: rot stays through power cuts") {
  SimulatedMachine machine;
  const auto a = MakeDurableFile(machine, "/a", "abc");
  REQUIRE_OK(machine.FlipBits("/a", 1, std::byte{1}));
  CHECK(REQUIRE_VALUE(io::ReadFile(machine.files(), "/a")) == "acc");
  machine.ForEachPowerCut({}, [&](const Image& image) {
    CHECK(REQUIRE_VALUE(io::ReadFile(machine.Boot(image)->files(), "/a")) == "acc");
    return true;
  });
  CHECK(machine.FlipBits("/a", 3, std::byte{1}).code() == StatusCode::kNotFound);
}

TEST_CASE("clock: moves a tick with every look, jumps, and times files") {
  SimulatedMachine machine;
  VirtualClock& clock = machine.clock();
  const auto first = clock.Monotonic();
  CHECK(clock.Monotonic() - first == std::chrono::microseconds(1));
  clock.Advance(std::chrono::seconds(10));
  CHECK(clock.Monotonic() - first > std::chrono::seconds(10));
  clock.SetWall(std::chrono::hours(1));
  CHECK(clock.Monotonic() > first);
  const auto a = MakeFile(machine, "/a", "a");
  const std::int64_t modified = REQUIRE_VALUE(a->Stat()).modified_ns;
  CHECK(modified > std::chrono::nanoseconds(std::chrono::hours(1)).count());
  CHECK(modified < std::chrono::nanoseconds(std::chrono::hours(2)).count());
}

TEST_CASE("many threads share a machine") {
  SimulatedMachine machine({.short_writes = 0.2});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&machine, t] {
      const std::string path = "/" + std::to_string(t);
      const auto file = *machine.files().Open(path, Access::kCreate);
      const auto ring = *machine.NewRing(io::RingUse::kCommit, 4);
      for (int i = 0; i < 200; ++i) {
        std::string data = Fill(static_cast<char>('a' + t), 700);
        io::Operation write;
        write.kind = io::Operation::Kind::kWrite;
        write.file = file.get();
        write.offset = static_cast<std::uint64_t>(i) * 700;
        write.data = reinterpret_cast<std::byte*>(data.data());
        write.size = data.size();
        (void)ring->Submit(std::array{write});
        std::array<io::Completion, 4> done;
        (void)ring->Reap(done, 1);
        (void)io::WriteAll(*file, write.offset, AsBytes(data));
      }
      (void)file->Sync();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < 4; ++t) {
    CHECK(REQUIRE_VALUE(io::ReadFile(machine.files(), "/" + std::to_string(t))) ==
          Fill(static_cast<char>('a' + t), 140'000));
  }
}

TEST_CASE("trees go to a real directory and come back") {
  namespace fs = std::filesystem;
  const fs::path real =
      fs::temp_directory_path() / ("tidemark-simulation-" + std::to_string(::getpid()));
  fs::remove_all(real);
  SimulatedMachine machine;
  REQUIRE_OK(io::CreateDirectories(machine.files(), "/store/empty"));
  REQUIRE_OK(io::CreateDirectories(machine.files(), "/store/log"));
  MakeFile(machine, "/store/log/0", "hello");
  {
    const auto big =
        REQUIRE_VALUE(machine.files().CreateWhole("/store/log/1", 1 << 30, Blocks::kSparse));
    REQUIRE_OK(io::WriteAll(*big, 123'456'789, AsBytes("deep")));
  }
  REQUIRE_OK(machine.CopyTo("/store", real));
  CHECK(fs::file_size(real / "log/1") == 1 << 30);
  std::string hello;
  std::ifstream(real / "log/0") >> hello;
  CHECK(hello == "hello");

  SimulatedMachine other;
  REQUIRE_OK(other.CopyFrom(real, "/store"));
  CHECK(other.Hash() == machine.Hash());
  CHECK(other.disk().pending().empty());
  CHECK(other.CopyFrom(real, "/store").code() == StatusCode::kFailedPrecondition);
  CHECK(other.CopyTo("/none", real).code() == StatusCode::kNotFound);
  fs::remove_all(real);
}

}  // namespace
}  // namespace tidemark::simulation

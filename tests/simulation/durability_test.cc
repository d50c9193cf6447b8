// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/outcomes.h"

// Every rule of what survives: both outcomes are reachable, and no other.

namespace tidemark::simulation {
namespace {

using io::Access;
using io::Blocks;

TEST_CASE("a write without a sync is there or not; with one it is there") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a", Fill('a'));
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"a", "b"});
  REQUIRE_OK(file->Sync());
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"b"});
}

TEST_CASE("each sector of a write is kept or lost on its own, whole") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a", Fill('a', 3 * kSectorBytes));
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b', 3 * kSectorBytes))));
  CHECK(AfterPowerCut(machine, {"/a"}) ==
        Set{"aaa", "aab", "aba", "abb", "baa", "bab", "bba", "bbb"});
}

TEST_CASE("a sector that was written twice holds any of its versions") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a", Fill('a'));
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('c'))));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"a", "b", "c"});
}

TEST_CASE("a small write carries the rest of its sector as it was") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a", Fill('a', 100));
  REQUIRE_OK(io::WriteAll(*file, 100, AsBytes("xyz")));
  std::set<std::string> contents;
  machine.ForEachPowerCut(ImageLimits::Thorough(), [&](const Image& image) {
    contents.insert(REQUIRE_VALUE(io::ReadFile(machine.Boot(image)->files(), "/a")));
    return true;
  });
  // Size and sector are apart: the longer file may lack its bytes.
  CHECK(contents ==
        Set{Fill('a', 100), Fill('a', 100) + "xyz", Fill('a', 100) + std::string(3, '\0')});
}

TEST_CASE("a growing file: size and data are apart, and fresh sectors may be garbage") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a");
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"", ".", "?", "b"});
  ImageLimits gentle = ImageLimits::Thorough();
  gentle.garbage = false;
  CHECK(AfterPowerCut(machine, {"/a"}, gentle) == Set{"", ".", "b"});
}

TEST_CASE("allocated blocks are never garbage; holes may be") {
  SimulatedMachine machine;
  const auto solid =
      REQUIRE_VALUE(machine.files().CreateWhole("/solid", kSectorBytes, Blocks::kAllocated));
  const auto sparse =
      REQUIRE_VALUE(machine.files().CreateWhole("/sparse", kSectorBytes, Blocks::kSparse));
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  CHECK(AfterPowerCut(machine, {"/solid", "/sparse"}) == Set{". ."});
  REQUIRE_OK(io::WriteAll(*solid, 0, AsBytes(Fill('b'))));
  CHECK(AfterPowerCut(machine, {"/solid"}) == Set{".", "b"});
  REQUIRE_OK(io::WriteAll(*sparse, 0, AsBytes(Fill('b'))));
  CHECK(AfterPowerCut(machine, {"/sparse"}) == Set{".", "?", "b"});
  REQUIRE_OK(sparse->Sync());
  REQUIRE_OK(io::WriteAll(*sparse, 0, AsBytes(Fill('c'))));
  CHECK(AfterPowerCut(machine, {"/sparse"}) == Set{"b", "c"});
}

TEST_CASE("allocation is an atom: after it is synced its blocks are there") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a");
  REQUIRE_OK(file->Allocate(0, 2 * kSectorBytes));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"", ".."});
  std::set<std::uint64_t> blocks;
  machine.ForEachPowerCut({}, [&](const Image& image) {
    blocks.insert(REQUIRE_VALUE(machine.Boot(image)->files().Stat("/a")).allocated_bytes);
    return true;
  });
  REQUIRE_OK(file->Sync());
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"..", "b."});
}

TEST_CASE("a new file is lost with its data until its directory is synced") {
  SimulatedMachine machine;
  const auto file = MakeFile(machine, "/a", Fill('a'));
  REQUIRE_OK(file->Sync());
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"-", "a"});
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"a"});
}

TEST_CASE("a directory's sync does not sync its files") {
  SimulatedMachine machine;
  const auto file = MakeFile(machine, "/a", Fill('a'));
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"", ".", "?", "a"});
}

TEST_CASE("a file is lost with the directory that holds it") {
  SimulatedMachine machine;
  REQUIRE_OK(machine.files().CreateDirectory("/d"));
  const auto file = MakeFile(machine, "/d/a", Fill('a'));
  REQUIRE_OK(file->Sync());
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/d"));
  CHECK(AfterPowerCut(machine, {"/d/a"}) == Set{"-", "a"});
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  CHECK(AfterPowerCut(machine, {"/d/a"}) == Set{"a"});
}

TEST_CASE("CreateWhole: the name comes with the whole size or not at all") {
  SimulatedMachine machine;
  const auto file =
      REQUIRE_VALUE(machine.files().CreateWhole("/a", 2 * kSectorBytes, Blocks::kAllocated));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"-", ".."});
}

TEST_CASE("a rename is one atom, also between directories") {
  SimulatedMachine machine;
  REQUIRE_OK(machine.files().CreateDirectory("/d"));
  MakeDurableFile(machine, "/d/a", Fill('a'));
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/d"));
  REQUIRE_OK(machine.files().Rename("/d/a", "/b"));
  CHECK(AfterPowerCut(machine, {"/d/a", "/b"}) == Set{"a -", "- a"});
  // Whichever of the two directories is synced.
  const std::string synced = GENERATE("/", "/d");
  REQUIRE_OK(io::SyncDirectory(machine.files(), synced));
  CHECK(AfterPowerCut(machine, {"/d/a", "/b"}) == Set{"- a"});
}

TEST_CASE("a rename over a file leaves the old one or the new one") {
  SimulatedMachine machine;
  MakeDurableFile(machine, "/a", Fill('a'));
  MakeDurableFile(machine, "/a.tmp", Fill('b'));
  REQUIRE_OK(machine.files().Rename("/a.tmp", "/a"));
  CHECK(AfterPowerCut(machine, {"/a", "/a.tmp"}) == Set{"a b", "b -"});
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  CHECK(AfterPowerCut(machine, {"/a", "/a.tmp"}) == Set{"b -"});
}

TEST_CASE("a rename before the data was synced may leave an empty file: ReplaceFile never does") {
  SimulatedMachine machine;
  MakeDurableFile(machine, "/a", Fill('a'));
  SECTION("careless") {
    MakeFile(machine, "/a.tmp", Fill('b'));
    REQUIRE_OK(machine.files().Rename("/a.tmp", "/a"));
    REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
    CHECK(AfterPowerCut(machine, {"/a"}) == Set{"", ".", "?", "b"});
  }
  SECTION("careful, cut at every operation") {
    for (std::uint64_t operation = machine.operations() + 1;; ++operation) {
      SimulatedMachine again;
      MakeDurableFile(again, "/a", Fill('a'));
      again.PowerOffAt(operation);
      const bool done = io::ReplaceFile(again.files(), "/a", Fill('b')).ok();
      const Set left = AfterPowerCut(again, {"/a"});
      for (const std::string& outcome : left) CHECK((outcome == "b" || (!done && outcome == "a")));
      if (done) break;
    }
  }
}

TEST_CASE("a removed file comes back unless its directory was synced") {
  SimulatedMachine machine;
  MakeDurableFile(machine, "/a", Fill('a'));
  REQUIRE_OK(machine.files().Remove("/a"));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"a", "-"});
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"-"});
}

TEST_CASE("a removed file that comes back has lost its unsynced writes or not") {
  SimulatedMachine machine;
  {
    const auto file = MakeDurableFile(machine, "/a", Fill('a'));
    REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  }
  REQUIRE_OK(machine.files().Remove("/a"));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"a", "b", "-"});
}

TEST_CASE("an open file without a name goes on, and is gone after the cut") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a", Fill('a'));
  REQUIRE_OK(machine.files().Remove("/a"));
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  REQUIRE_OK(file->Sync());
  CHECK(REQUIRE_VALUE(file->Stat()).links == 0);
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"-"});
}

TEST_CASE("SyncFileSystem makes everything durable") {
  SimulatedMachine machine;
  REQUIRE_OK(machine.files().CreateDirectory("/d"));
  const auto a = MakeFile(machine, "/d/a", Fill('a'));
  const auto b = MakeFile(machine, "/b", Fill('b'));
  REQUIRE_OK(a->SyncFileSystem());
  CHECK(AfterPowerCut(machine, {"/d/a", "/b"}) == Set{"a b"});
}

TEST_CASE(
    "after a failed sync later syncs succeed, and what they should have written is in doubt") {
  Set reads;
  Set cuts;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedMachine machine({.seed = seed});
    const auto file = MakeDurableFile(machine, "/a", Fill('a', 2 * kSectorBytes));
    machine.Inject({.calls = Call::kSync, .pattern = "/a"});
    REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b', 2 * kSectorBytes))));
    CHECK(file->Sync().code() == StatusCode::kDataLoss);
    CHECK(file->Sync().ok());
    reads.insert(Sketch(machine, "/a"));
    cuts.merge(AfterPowerCut(machine, {"/a"}));
    // What is written anew is dirty again.
    REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('c', 2 * kSectorBytes))));
    REQUIRE_OK(file->Sync());
    CHECK(AfterPowerCut(machine, {"/a"}) == Set{"cc"});
  }
  CHECK(reads == Set{"aa", "ab", "ba", "bb"});
  CHECK(cuts == Set{"aa", "ab", "ba", "bb"});
}

TEST_CASE("killing the process loses nothing that was written, and power may still go") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a", Fill('a'));
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  CHECK(AfterKill(machine, {"/a"}) == Set{"b"});
  machine.ForEachKill({}, [&](const Image& image) {
    const auto next = machine.Boot(image);
    CHECK(AfterPowerCut(*next, {"/a"}) == Set{"a", "b"});
    // The next process finds the dirty pages and can sync them.
    const auto again = REQUIRE_VALUE(next->files().Open("/a", Access::kRead));
    REQUIRE_OK(again->Sync());
    CHECK(AfterPowerCut(*next, {"/a"}) == Set{"b"});
    return true;
  });
}

TEST_CASE("power off: nothing happens any more, from the operation that was named") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a", Fill('a'));
  machine.PowerOffAt(machine.operations() + 2);
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('b'))));
  CHECK(file->Sync().code() == StatusCode::kUnavailable);
  CHECK(machine.power_is_off());
  CHECK(machine.files().Stat("/a").error().code() == StatusCode::kUnavailable);
  CHECK(machine.files().CreateDirectory("/d").code() == StatusCode::kUnavailable);
  CHECK(machine.NewRing(io::RingUse::kCommit, 4).error().code() == StatusCode::kUnavailable);
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"a", "b"});
}

TEST_CASE("many small writes without a sync stay within memory and lose no content") {
  SimulatedMachine machine;
  const auto file = MakeDurableFile(machine, "/a");
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string word = std::to_string(i) + ' ';
    REQUIRE_OK(io::WriteAll(*file, expected.size(), AsBytes(word)));
    expected += word;
  }
  CHECK(machine.disk().pending().size() < 9'000);
  REQUIRE_OK(file->Sync());
  machine.ForEachPowerCut({}, [&](const Image& image) {
    CHECK(REQUIRE_VALUE(io::ReadFile(machine.Boot(image)->files(), "/a")) == expected);
    return true;
  });
}

}  // namespace
}  // namespace tidemark::simulation

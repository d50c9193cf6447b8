// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "tests/simulation/outcomes.h"

namespace tidemark::simulation {
namespace {

using io::Completion;
using io::Operation;

Operation WriteOf(io::File& file, std::uint64_t offset, std::string& data, bool link = false) {
  Operation write;
  write.kind = Operation::Kind::kWrite;
  write.link = link;
  write.file = &file;
  write.offset = offset;
  write.data = reinterpret_cast<std::byte*>(data.data());
  write.size = data.size();
  write.tag = offset;
  return write;
}

Operation SyncOf(io::File& file, bool link = false) {
  Operation sync;
  sync.kind = Operation::Kind::kSync;
  sync.link = link;
  sync.file = &file;
  sync.tag = 1'000'000;
  return sync;
}

/// A machine with a durable file of two sectors of 'a', and a ring.
struct Scene {
  explicit Scene(std::uint64_t seed, double progress = 0.4)
      : machine({.seed = seed, .ring_progress = progress}),
        file(MakeDurableFile(machine, "/a", Fill('a', 2 * kSectorBytes))),
        ring(REQUIRE_VALUE(machine.NewRing(io::RingUse::kCommit, 8))) {}

  std::vector<Completion> ReapAll(std::size_t count) {
    std::vector<Completion> all;
    while (all.size() < count) {
      std::array<Completion, 8> some;
      const std::size_t got = REQUIRE_VALUE(ring->Reap(some, 1));
      for (std::size_t i = 0; i < got; ++i) all.push_back(some[i]);
    }
    return all;
  }

  SimulatedMachine machine;
  std::unique_ptr<io::File> file;
  std::unique_ptr<io::Ring> ring;
};

constexpr std::uint64_t kSeeds = 60;

TEST_CASE("ring: between submission and reaping a write has taken effect or not") {
  Set seen;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Scene scene(seed);
    std::string data = Fill('b');
    REQUIRE_OK(scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data)}));
    seen.insert(Sketch(scene.machine, "/a"));
    CHECK(AfterPowerCut(scene.machine, {"/a"}) == Set{"aa", "ba"});
    scene.ReapAll(1);
    CHECK(Sketch(scene.machine, "/a") == "ba");
  }
  CHECK(seen == Set{"aa", "ba"});
}

TEST_CASE("ring: buffers are looked at when the operation takes effect") {
  Set seen;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Scene scene(seed);
    std::string data = Fill('b');
    REQUIRE_OK(scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data)}));
    std::fill(data.begin(), data.end(), 'c');  // too early
    scene.ReapAll(1);
    seen.insert(Sketch(scene.machine, "/a"));
  }
  CHECK(seen == Set{"ba", "ca"});
}

TEST_CASE("ring: unlinked operations take effect and complete in any order") {
  Set seen;
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Scene scene(seed);
    std::string b = Fill('b', 2 * kSectorBytes);
    std::string c = Fill('c');
    REQUIRE_OK(scene.ring->Submit(
        std::array{WriteOf(*scene.file, 0, b), WriteOf(*scene.file, kSectorBytes, c)}));
    first.insert(scene.ReapAll(2)[0].tag);
    seen.insert(Sketch(scene.machine, "/a"));
  }
  CHECK(seen == Set{"bc", "bb"});
  CHECK(first == std::set<std::uint64_t>{0, kSectorBytes});
}

TEST_CASE("ring: linked operations keep their order") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Scene scene(seed);
    std::string b = Fill('b', 2 * kSectorBytes);
    std::string c = Fill('c');
    REQUIRE_OK(scene.ring->Submit(
        std::array{WriteOf(*scene.file, 0, b, true), WriteOf(*scene.file, kSectorBytes, c)}));
    CHECK(scene.ReapAll(2)[0].tag == 0);
    CHECK(Sketch(scene.machine, "/a") == "bc");
  }
}

TEST_CASE("ring: a sync covers what was reaped before it or is linked ahead, and nothing else") {
  std::set<Set> unlinked;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::string data = Fill('b');
    {
      Scene scene(seed);
      REQUIRE_OK(
          scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data, true), SyncOf(*scene.file)}));
      for (const Completion& each : scene.ReapAll(2)) CHECK_OK(each.status);
      CHECK(AfterPowerCut(scene.machine, {"/a"}) == Set{"ba"});
    }
    {
      Scene scene(seed);
      REQUIRE_OK(scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data)}));
      scene.ReapAll(1);
      REQUIRE_OK(scene.ring->Submit(std::array{SyncOf(*scene.file)}));
      scene.ReapAll(1);
      CHECK(AfterPowerCut(scene.machine, {"/a"}) == Set{"ba"});
    }
    {
      Scene scene(seed);
      REQUIRE_OK(
          scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data), SyncOf(*scene.file)}));
      for (const Completion& each : scene.ReapAll(2)) CHECK_OK(each.status);
      unlinked.insert(AfterPowerCut(scene.machine, {"/a"}));
    }
    {
      // A plain sync does not see what was not reaped either.
      Scene scene(seed);
      REQUIRE_OK(scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data)}));
      REQUIRE_OK(scene.file->Sync());
      scene.ReapAll(1);
      CHECK(AfterPowerCut(scene.machine, {"/a"}) == Set{"aa", "ba"});
    }
  }
  CHECK(unlinked == std::set<Set>{{"aa", "ba"}});
}

TEST_CASE("ring: what is linked behind a sync starts only when the sync is done") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::string b = Fill('b');
    std::string c = Fill('c');
    Scene scene(seed);  // its ring goes before the buffers of what is in flight
    REQUIRE_OK(
        scene.ring->Submit(std::array{WriteOf(*scene.file, 0, b, true), SyncOf(*scene.file, true),
                                      WriteOf(*scene.file, kSectorBytes, c)}));
    const Set cuts = AfterPowerCut(scene.machine, {"/a"});
    CHECK(cuts.count("ac") == 0);
    const Set kills = AfterKill(scene.machine, {"/a"});
    CHECK(kills.count("ac") == 0);
    CHECK(kills.count("bc") == 1);
  }
}

TEST_CASE("ring: a short write breaks the link and cancels the sync") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Scene scene(seed);
    scene.machine.Inject({.calls = Call::kWrite, .error = {}, .bytes_max = kSectorBytes});
    std::string data = Fill('b', 2 * kSectorBytes);
    REQUIRE_OK(scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data, true),
                                             SyncOf(*scene.file, true), SyncOf(*scene.file)}));
    const auto done = scene.ReapAll(3);
    CHECK(done[0].status.ok());
    CHECK(done[0].bytes == kSectorBytes);
    CHECK(done[1].status.code() == StatusCode::kUnavailable);
    CHECK(done[2].status.code() == StatusCode::kUnavailable);
    CHECK(AfterPowerCut(scene.machine, {"/a"}) == Set{"aa", "ba"});
  }
}

TEST_CASE("ring: operations in flight at a kill take effect in any subset") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Scene scene(seed, 0);
    std::string b = Fill('b');
    std::string c = Fill('c');
    REQUIRE_OK(scene.ring->Submit(
        std::array{WriteOf(*scene.file, 0, b), WriteOf(*scene.file, kSectorBytes, c)}));
    CHECK(AfterKill(scene.machine, {"/a"}) == Set{"aa", "ba", "ac", "bc"});
    CHECK(AfterPowerCut(scene.machine, {"/a"}) == Set{"aa", "ba", "ac", "bc"});
    // Buffers may go once the power is off: their bytes were taken then.
    scene.machine.PowerOff();
    b = c = Fill('z');
    scene.ring.reset();
    CHECK(AfterKill(scene.machine, {"/a"}) == Set{"aa", "ba", "ac", "bc"});
    CHECK(AfterPowerCut(scene.machine, {"/a"}) == Set{"aa", "ba", "ac", "bc"});
  }
}

TEST_CASE("ring: each effect is an operation at which power may go") {
  Set seen;
  Scene whole(3);
  const std::uint64_t before = whole.machine.operations();
  for (std::uint64_t point = before + 1; point <= before + 4; ++point) {
    std::string data = Fill('b');
    Scene scene(3);
    scene.machine.PowerOffAt(point);
    const Status submitted =
        scene.ring->Submit(std::array{WriteOf(*scene.file, 0, data, true), SyncOf(*scene.file)});
    std::array<Completion, 8> done;
    if (submitted.ok()) {
      const auto reaped = scene.ring->Reap(done, 2);
      CHECK(reaped.has_value() == (point == before + 4));
    }
    std::string joined;
    for (const std::string& each : AfterPowerCut(scene.machine, {"/a"})) joined += each + " ";
    seen.insert(std::to_string(point - before) + ":" + joined);
  }
  CHECK(seen == Set{"1:aa ", "2:aa ba ", "3:aa ba ", "4:ba "});
}

TEST_CASE("ring: reads, errors and depth") {
  Scene scene(5);
  std::string into(2 * kSectorBytes, 'z');
  Operation read;
  read.file = scene.file.get();
  read.data = reinterpret_cast<std::byte*>(into.data());
  read.size = into.size();
  REQUIRE_OK(scene.ring->Submit(std::array{read}));
  CHECK(scene.ReapAll(1)[0].bytes == into.size());
  CHECK(into == Fill('a', 2 * kSectorBytes));
  scene.machine.Inject({.calls = Call::kRead, .pattern = "/a"});
  REQUIRE_OK(scene.ring->Submit(std::array{read}));
  CHECK(scene.ReapAll(1)[0].status.code() == StatusCode::kDataLoss);
  CHECK(scene.ring->Depth() == 8);
  std::array<Completion, 8> none;
  CHECK(REQUIRE_VALUE(scene.ring->Reap(none, 0)) == 0);
  for (int round = 0; round < 200; ++round) {
    std::vector<Operation> full(8, read);
    REQUIRE_OK(scene.ring->Submit(full));
    scene.ReapAll(8);
  }
}

TEST_CASE("ring: one that performs at Submit, for machines without rings") {
  SimulatedMachine machine({.rings = false});
  const auto file = MakeDurableFile(machine, "/a", Fill('a'));
  const auto ring = REQUIRE_VALUE(machine.NewRing(io::RingUse::kCommit, 2));
  std::string data = Fill('b');
  REQUIRE_OK(ring->Submit(std::array{WriteOf(*file, 0, data, true), SyncOf(*file)}));
  CHECK(AfterPowerCut(machine, {"/a"}) == Set{"b"});
}

}  // namespace
}  // namespace tidemark::simulation

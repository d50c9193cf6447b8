// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>

#include "tests/simulation/outcomes.h"

namespace tidemark::simulation {
namespace {

using io::Access;
using io::Blocks;

TEST_CASE("hash: the same names and bytes are the same state, however they came about") {
  SimulatedMachine a;
  SimulatedMachine b({.seed = 9});
  CHECK(a.Hash() == b.Hash());
  MakeFile(a, "/x", Fill('x', 9000));
  const std::uint64_t before = a.Hash();
  CHECK(before != b.Hash());
  {
    MakeFile(b, "/other");
    const auto file = MakeFile(b, "/y");
    REQUIRE_OK(io::WriteAll(*file, 5000, AsBytes(Fill('x', 4000))));
    REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(Fill('x', 5000))));
    REQUIRE_OK(b.files().Remove("/other"));
    REQUIRE_OK(b.files().Rename("/y", "/x"));
  }
  CHECK(a.Hash() == b.Hash());
  SECTION("a bit") {
    REQUIRE_OK(b.FlipBits("/x", 8999, std::byte{4}));
  }
  SECTION("a size") {
    REQUIRE_OK(REQUIRE_VALUE(b.files().Open("/x", Access::kReadWrite))->Allocate(0, 9001));
  }
  SECTION("a name") {
    REQUIRE_OK(b.files().Rename("/x", "/z"));
  }
  SECTION("a directory") {
    REQUIRE_OK(b.files().CreateDirectory("/d"));
  }
  SECTION("a place") {
    REQUIRE_OK(b.files().CreateDirectory("/d"));
    const std::uint64_t empty = b.Hash();
    REQUIRE_OK(b.files().Rename("/x", "/d/x"));
    CHECK(b.Hash() != empty);
  }
  CHECK(a.Hash() != b.Hash());
}

TEST_CASE("hash: written zeros and holes are the same bytes") {
  SimulatedMachine a;
  SimulatedMachine b;
  MakeFile(a, "/x", std::string(10'000, '\0'));
  REQUIRE_VALUE(b.files().CreateWhole("/x", 10'000, Blocks::kSparse));
  CHECK(a.Hash() == b.Hash());
}

TEST_CASE("machines booted from one image do not see each other") {
  SimulatedMachine machine;
  MakeDurableFile(machine, "/a", Fill('a', 9000));
  std::vector<std::unique_ptr<SimulatedMachine>> booted;
  machine.ForEachPowerCut({}, [&](const Image& image) {
    for (int i = 0; i < 3; ++i) booted.push_back(machine.Boot(image));
    return true;
  });
  REQUIRE(booted.size() == 3);
  const std::uint64_t before = machine.Hash();
  const auto file = REQUIRE_VALUE(booted[0]->files().Open("/a", Access::kReadWrite));
  REQUIRE_OK(io::WriteAll(*file, 4000, AsBytes("different")));
  REQUIRE_OK(booted[1]->files().Remove("/a"));
  CHECK(booted[0]->Hash() != before);
  CHECK(booted[1]->Hash() != before);
  CHECK(booted[2]->Hash() == before);
  CHECK(machine.Hash() == before);
}

/// `writes` unsynced writes of `sectors` sectors each to a file of allocated zeros.
std::unique_ptr<SimulatedMachine> Unsynced(std::size_t writes, std::size_t sectors) {
  auto machine = std::make_unique<SimulatedMachine>();
  const std::size_t bytes = sectors * kSectorBytes;
  const auto file =
      REQUIRE_VALUE(machine->files().CreateWhole("/a", writes * bytes, Blocks::kAllocated));
  REQUIRE_OK(io::SyncDirectory(machine->files(), "/"));
  for (std::size_t i = 0; i < writes; ++i) {
    REQUIRE_OK(
        io::WriteAll(*file, i * bytes, AsBytes(Fill(static_cast<char>('a' + i % 26), bytes))));
  }
  return machine;
}

TEST_CASE("few atoms: every subset, once") {
  const auto machine = Unsynced(12, 1);
  std::set<std::uint64_t> hashes;
  std::size_t images = 0;
  machine->ForEachPowerCut(ImageLimits::Thorough(), [&](const Image& image) {
    hashes.insert(image.hash);
    ++images;
    return true;
  });
  CHECK(images == 4096);
  CHECK(hashes.size() == 4096);
}

TEST_CASE("many atoms: nothing, everything, prefixes, each alone, pairs, tears, samples") {
  const auto machine = Unsynced(10, 4);  // 40 sectors
  ImageLimits limits = ImageLimits::Thorough();
  const Set all = AfterPowerCut(*machine, {"/a"}, limits);
  const std::string written = Sketch(*machine, "/a");
  const std::string zeros(40, '.');
  CHECK(all.count(zeros) == 1);
  CHECK(all.count(written) == 1);
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(all.count(written.substr(0, i) + zeros.substr(i)) == 1);
    std::string kept = zeros;
    kept[i] = written[i];
    CHECK(all.count(kept) == 1);
    std::string lost = written;
    lost[i] = '.';
    CHECK(all.count(lost) == 1);
    for (std::size_t k = i + 1; k < 40; ++k) {
      std::string pair = kept;
      pair[k] = written[k];
      CHECK(all.count(pair) == 1);
    }
  }
  for (std::size_t write = 0; write < 40; write += 4) {
    for (std::size_t cut = 1; cut < 4; ++cut) {
      std::string torn = written;
      for (std::size_t i = write + cut; i < write + 4; ++i) torn[i] = '.';
      CHECK(all.count(torn) == 1);
      torn = written;
      for (std::size_t i = write; i < write + cut; ++i) torn[i] = '.';
      CHECK(all.count(torn) == 1);
    }
  }
  // All subsets of whole writes, and at least most of the seeded subsets.
  for (unsigned subset = 0; subset < 1024; ++subset) {
    std::string sketch = zeros;
    for (std::size_t i = 0; i < 40; ++i) {
      if ((subset >> (i / 4) & 1) != 0) sketch[i] = written[i];
    }
    CHECK(all.count(sketch) == 1);
  }
  CHECK(all.size() > 3'000);
  SECTION("limits hold") {
    limits.images = 100;
    CHECK(AfterPowerCut(*machine, {"/a"}, limits).size() == 100);
    CHECK(AfterPowerCut(*machine, {"/a"}, {}).size() < 1'000);
  }
}

TEST_CASE("every image can be made again from its choice, and no other text chooses one") {
  SimulatedMachine machine({.seed = 4});
  const auto a = MakeDurableFile(machine, "/a", Fill('a', 3000));
  REQUIRE_OK(io::WriteAll(*a, 1000, AsBytes(Fill('b', 9000))));
  MakeFile(machine, "/c", Fill('c', 3000));
  REQUIRE_OK(machine.files().Rename("/c", "/d"));
  std::size_t garbage = 0;
  machine.ForEachPowerCut({}, [&](const Image& image) {
    const Image again = REQUIRE_VALUE(machine.Choose(image.choice));
    CHECK(again.hash == image.hash);
    CHECK(again.choice == image.choice);
    CHECK(machine.Boot(again)->Hash() == image.hash);
    garbage += image.choice.ends_with('g') ? 0u : 1u;
    return true;
  });
  CHECK(garbage > 10);
  for (const std::string wrong :
       {"", "k", "k0", "k0-9999;g", "k3-1;g", "k0;gx", "kx;g", "x1", "k0,;g1 "}) {
    INFO(wrong);
    CHECK(machine.Choose(wrong).error().code() == StatusCode::kInvalidArgument);
  }
}

/// Random calls on a few files, done to a map of strings as well.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed), machine_({.seed = seed}) {
    for (const char* directory : {"/d", "/e"}) {
      REQUIRE_OK(machine_.files().CreateDirectory(directory));
    }
  }

  SimulatedMachine& machine() { return machine_; }

  void Step() {
    const std::string path = Name();
    const auto found = expected_.find(path);
    const std::uint64_t what = random_.Below(12);
    if (what == 0 && found != expected_.end()) {
      REQUIRE_OK(machine_.files().Remove(path));
      expected_.erase(found);
    } else if (what == 1 && found != expected_.end()) {
      const std::string to = Name();
      REQUIRE_OK(machine_.files().Rename(path, to));
      std::string moved = std::move(found->second);
      expected_.erase(found);
      expected_[to] = std::move(moved);
    } else if (what == 2) {
      REQUIRE_OK(io::SyncDirectory(machine_.files(), random_.Below(2) == 0 ? "/d" : "/e"));
    } else if (what == 3 && found == expected_.end()) {
      REQUIRE_VALUE(machine_.files().CreateWhole(path, 5000, Blocks::kAllocated));
      expected_[path] = std::string(5000, '\0');
    } else {
      const auto file = REQUIRE_VALUE(machine_.files().Open(path, Access::kCreate));
      std::string& content = expected_[path];
      const std::uint64_t offset = random_.Below(9000);
      if (what == 4) {
        REQUIRE_OK(file->Sync());
      } else if (what == 5) {
        REQUIRE_OK(file->Allocate(offset, 600));
        content.resize(std::max<std::size_t>(content.size(), offset + 600));
      } else {
        const std::string data =
            Fill(static_cast<char>('a' + random_.Below(26)), 1 + random_.Below(3000));
        REQUIRE_OK(io::WriteAll(*file, offset, AsBytes(data)));
        content.resize(std::max(content.size(), offset + data.size()));
        content.replace(offset, data.size(), data);
      }
    }
  }

  void CheckFilesOf(SimulatedMachine& machine) const {
    std::size_t count = 0;
    for (const std::string directory : {"/d", "/e"}) {
      for (const auto& entry : REQUIRE_VALUE(machine.files().List(directory))) {
        const std::string path = directory + "/" + entry.name;
        REQUIRE(expected_.count(path) == 1);
        REQUIRE(REQUIRE_VALUE(io::ReadFile(machine.files(), path)) == expected_.at(path));
        ++count;
      }
    }
    REQUIRE(count == expected_.size());
  }

 private:
  std::string Name() {
    return (random_.Below(2) == 0 ? "/d/" : "/e/") + std::to_string(random_.Below(4));
  }

  Random random_;
  SimulatedMachine machine_;
  std::map<std::string, std::string> expected_;
};

TEST_CASE("random calls: files are what they should be, and the image that keeps all has them") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Model model(seed);
    SimulatedMachine& machine = model.machine();
    for (int round = 0; round < 10; ++round) {
      for (int step = 0; step < 15; ++step) model.Step();
      model.CheckFilesOf(machine);
      Atoms atoms(machine.disk(), seed);
      const std::vector<Atoms::Fate> kept(atoms.size(), Atoms::Fate::kKept);
      REQUIRE(atoms.Build(kept).Hash() == machine.Hash());
      const std::vector<Atoms::Fate> lost(atoms.size(), Atoms::Fate::kLost);
      REQUIRE(atoms.Build(lost).Hash() == machine.disk().durable().Hash());
    }
    REQUIRE_OK(REQUIRE_VALUE(machine.files().Open("/", Access::kRead))->SyncFileSystem());
    REQUIRE(machine.disk().pending().empty());
    REQUIRE(machine.disk().durable().Hash() == machine.Hash());
    // Nothing is left of files that are gone.
    REQUIRE(machine.disk().durable().nodes().size() == machine.disk().now().nodes().size());
    machine.ForEachPowerCut({}, [&](const Image& image) {
      model.CheckFilesOf(*machine.Boot(image));
      return true;
    });
  }
}

TEST_CASE("garbage is noise or what another file holds") {
  std::set<char> letters;
  bool noise = false;
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    SimulatedMachine machine({.seed = seed});
    MakeDurableFile(machine, "/old", Fill('o', 2 * kPageBytes));
    MakeDurableFile(machine, "/new");
    const auto file = MakeFile(machine, "/new", Fill('n', kPageBytes));
    for (const std::string& sketch : AfterPowerCut(machine, {"/new"})) {
      letters.insert(sketch.begin(), sketch.end());
      noise = noise || sketch.find('?') != std::string::npos;
    }
  }
  CHECK(noise);
  CHECK(letters == std::set<char>{'.', '?', 'n', 'o'});
}

TEST_CASE("a gigabyte of zeros costs nothing") {
  SimulatedMachine machine;
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/" + std::to_string(i);
    const auto file = REQUIRE_VALUE(machine.files().CreateWhole(path, 1 << 30, Blocks::kAllocated));
    REQUIRE_OK(io::WriteAll(*file, (1 << 30) - 3, AsBytes("end")));
  }
  REQUIRE_OK(REQUIRE_VALUE(machine.files().Open("/", Access::kRead))->SyncFileSystem());
  std::size_t images = 0;
  machine.ForEachPowerCut({}, [&](const Image& image) {
    images += machine.Boot(image)->Hash() == image.hash ? 1u : 0u;
    return true;
  });
  CHECK(images == 1);
}

TEST_CASE("speed: images of a store of 200 KiB, booted and hashed") {
  SimulatedMachine machine;
  REQUIRE_OK(io::CreateDirectories(machine.files(), "/store/commitlog"));
  for (int q = 0; q < 8; ++q) {
    const std::string directory = "/store/consumequeue/topic/" + std::to_string(q);
    REQUIRE_OK(io::CreateDirectories(machine.files(), directory));
    MakeFile(machine, directory + "/00000000000000000000", Fill('q', 6000));
  }
  std::unique_ptr<io::File> last;
  for (int i = 0; i < 10; ++i) {
    last = MakeFile(machine, "/store/commitlog/" + std::to_string(i), Fill('r', 16'384));
  }
  REQUIRE_OK(last->SyncFileSystem());
  for (int i = 0; i < 10; ++i) {
    REQUIRE_OK(io::WriteAll(*last, 16'384 + i * 700, AsBytes(Fill('n', 700))));
  }
  std::size_t images = 0;
  std::uint64_t sum = 0;
  const std::clock_t start = std::clock();  // of this process: the computer may be busy
  for (int round = 0; round < 10; ++round) {
    machine.ForEachPowerCut(ImageLimits::Thorough(), [&](const Image& image) {
      const auto booted = machine.Boot(image);
      sum += booted->Hash();
      ++images;
      return true;
    });
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("simulation: %.0f images a second booted and hashed (%zu images)\n",
              static_cast<double>(images) / seconds, images);
  CHECK(images > 10'000);
  CHECK(sum != 0);
}

}  // namespace
}  // namespace tidemark::simulation

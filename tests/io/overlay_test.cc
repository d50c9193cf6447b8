// SPDX-License-Identifier: Apache-2.0
// The overlay against the kernel: it must look like a copy that was changed, over an original that
// was not.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/io/machines.h"

namespace tidemark::test {
namespace {

using io::Access;
using io::Blocks;
using io::File;
using io::FileSystem;

struct Seen {
  io::FileInfo info;
  std::string content;
};

/// Every file and directory below `root`, by its name relative to it.
std::map<std::string, Seen> Tree(FileSystem& files, const std::filesystem::path& root,
                                 const std::string& below = "") {
  std::map<std::string, Seen> tree;
  for (const io::DirectoryEntry& entry : REQUIRE_VALUE(files.List(root / below))) {
    const std::string name = below + entry.name;
    Seen seen{REQUIRE_VALUE(files.Stat(root / name)), ""};
    REQUIRE(seen.info.directory == entry.directory);
    if (entry.directory) {
      tree.merge(Tree(files, root, name + "/"));
    } else {
      seen.content = REQUIRE_VALUE(io::ReadFile(files, root / name));
    }
    tree.emplace(name, std::move(seen));
  }
  return tree;
}

std::string Pattern(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

void MakeBase(FileSystem& files, const std::filesystem::path& root) {
  REQUIRE_OK(io::CreateDirectories(files, root / "d" / "e"));
  REQUIRE_OK(files.CreateDirectory(root / "f"));
  REQUIRE_OK(io::ReplaceFile(files, root / "a", Pattern(200'000, 1)));
  REQUIRE_OK(io::ReplaceFile(files, root / "d" / "a", Pattern(65536, 2)));
  REQUIRE_OK(io::ReplaceFile(files, root / "d" / "e" / "b", Pattern(10, 3)));
  REQUIRE_OK(io::ReplaceFile(files, root / "f" / "c", ""));
}

/// The same random step on both; both must say the same.
void Step(std::mt19937& random, FileSystem& left, const std::filesystem::path& left_root,
          FileSystem& right, const std::filesystem::path& right_root) {
  static const std::vector<std::string> kNames{"a",     "b",     "d",     "d/a", "d/e",
                                               "d/e/b", "d/e/x", "f",     "f/c", "g",
                                               "g/a",   "g/e",   "g/e/b", "h",   "f/e"};
  const auto pick = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  const std::string name = kNames[pick(kNames.size())], other = kNames[pick(kNames.size())];
  const auto same = [&](const char* what, const Status& a, const Status& b) {
    INFO(what << " " << name << " " << other << ": " << a.ToString() << " | " << b.ToString());
    REQUIRE(a.code() == b.code());
  };
  switch (pick(8)) {
    case 0:
    case 1:
    case 2: {
      const std::size_t offset = pick(4) * 65536 + pick(3) * 1000;
      const std::size_t size = std::vector<std::size_t>{1, 500, 65536, 140'000}[pick(4)];
      const std::string text =
          pick(3) == 0 ? std::string(size, '\0') : Pattern(size, static_cast<unsigned>(random()));
      const auto access = pick(2) == 0 ? Access::kReadWrite : Access::kCreate;
      auto a = left.Open(left_root / name, access);
      auto b = right.Open(right_root / name, access);
      same("open", a.error(), b.error());
      if (!a.has_value()) return;
      same("write", io::WriteAll(**a, offset, BytesOf(text)),
           io::WriteAll(**b, offset, BytesOf(text)));
      const std::size_t from = pick(300'000), length = pick(150'000);
      REQUIRE(Content(**a, from, length) == Content(**b, from, length));
      return;
    }
    case 3: {
      const std::size_t size = pick(200'000);
      same("create", left.CreateWhole(left_root / name, size, Blocks::kSparse).error(),
           right.CreateWhole(right_root / name, size, Blocks::kSparse).error());
      return;
    }
    case 4:
      return same("mkdir", left.CreateDirectory(left_root / name),
                  right.CreateDirectory(right_root / name));
    case 5:
    case 6:
      return same("rename", left.Rename(left_root / name, left_root / other),
                  right.Rename(right_root / name, right_root / other));
    case 7:
      return same("remove", left.Remove(left_root / name), right.Remove(right_root / name));
  }
}

TEST_CASE("an overlay looks like a changed copy of a base that did not change", "[io]") {
  const unsigned seed = GENERATE(range(1u, 13u));
  INFO("seed " << seed);
  ScratchDirectory base, copy;
  const auto machine = MakeMachine(Kind::kPread, base.path());
  MakeBase(machine->files(), base.path());
  MakeBase(machine->files(), copy.path());
  const auto before = Tree(machine->files(), base.path());

  const auto overlay = io::OverlayMachine(machine);
  std::mt19937 random(seed);
  for (int i = 0; i < 150; ++i) {
    Step(random, overlay->files(), base.path(), machine->files(), copy.path());
  }
  const auto seen = Tree(overlay->files(), base.path());
  const auto expected = Tree(machine->files(), copy.path());
  std::set<std::uint64_t> inodes;
  REQUIRE(seen.size() == expected.size());
  for (const auto& [name, file] : expected) {
    INFO(name);
    REQUIRE(seen.count(name) == 1);
    const Seen& ours = seen.at(name);
    CHECK(ours.info.directory == file.info.directory);
    CHECK((ours.content == file.content));
    CHECK(inodes.insert(ours.info.inode).second);
    if (!file.info.directory) CHECK(ours.info.links == 1);
  }

  const auto after = Tree(machine->files(), base.path());
  REQUIRE(after.size() == before.size());
  for (const auto& [name, file] : before) {
    INFO(name);
    REQUIRE(after.count(name) == 1);
    CHECK(after.at(name).info == file.info);
    CHECK((after.at(name).content == file.content));
  }
}

TEST_CASE("a gigabyte of zeroes costs an overlay nothing", "[io]") {
  ScratchDirectory scratch;
  const auto overlay = MakeMachine(Kind::kOverlay, scratch.path());
  const auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0, pages = 0;
    statm >> total >> pages;
    return pages * 4096;
  };
  const std::vector<std::byte> zeroes(1 << 20);
  const std::uint64_t before = resident();
  const auto file =
      REQUIRE_VALUE(overlay->files().CreateWhole(scratch / "a", 1 << 30, Blocks::kAllocated));
  for (std::uint64_t at = 0; at < (1u << 30); at += zeroes.size()) {
    REQUIRE_OK(io::WriteAll(*file, at, zeroes));
  }
  REQUIRE_OK(io::WriteAll(*file, 500'000'000, BytesOf("island")));
  CHECK(resident() - before < 8u << 20);
  CHECK(Content(*file, 499'999'999, 8) == std::string("\0island\0", 8));
  CHECK(REQUIRE_VALUE(file->Stat()).size_bytes == 1u << 30);
  CHECK(REQUIRE_VALUE(file->Stat()).allocated_bytes >= 1u << 30);
  CHECK_FALSE(std::filesystem::exists(scratch / "a"));
}

TEST_CASE("an overlay takes no locks", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  const auto holder = REQUIRE_VALUE(machine->files().Open(scratch / "lock", Access::kCreate));
  REQUIRE(REQUIRE_VALUE(holder->TryLock()));
  const auto overlay = io::OverlayMachine(machine);
  const auto ours = REQUIRE_VALUE(overlay->files().Open(scratch / "lock", Access::kCreate));
  CHECK(REQUIRE_VALUE(ours->TryLock()));
  const auto again = REQUIRE_VALUE(overlay->files().Open(scratch / "lock", Access::kReadWrite));
  CHECK(REQUIRE_VALUE(again->TryLock()));
}

TEST_CASE("an overlay finds a file by each way its name can be written", "[io]") {
  ScratchDirectory scratch;
  const auto overlay = MakeMachine(Kind::kOverlay, scratch.path());
  FileSystem& files = overlay->files();
  REQUIRE_OK(files.CreateDirectory(scratch / "d"));
  REQUIRE_OK(io::ReplaceFile(files, scratch / "d" / "." / "a", "text"));
  CHECK(REQUIRE_VALUE(io::ReadFile(files, scratch / "d" / ".." / "d" / "a")) == "text");
  CHECK(REQUIRE_VALUE(files.List(scratch / "d/")).size() == 1);
  CHECK(REQUIRE_VALUE(files.Stat("/")).directory);
  CHECK(REQUIRE_VALUE(files.Stat(".")).directory);
  CHECK(REQUIRE_VALUE(files.Space(scratch / "d")).total_bytes > 0);
  // Names relative to where the process stands.
  const std::string relative = "tidemark-overlay-test-file";
  REQUIRE_OK(io::ReplaceFile(files, relative, "here"));
  CHECK(REQUIRE_VALUE(io::ReadFile(files, "./" + relative)) == "here");
  const auto here = REQUIRE_VALUE(files.List("."));
  CHECK(std::count(here.begin(), here.end(), io::DirectoryEntry{relative, false}) == 1);
  CHECK_FALSE(std::filesystem::exists(relative));
}

TEST_CASE("threads may share an overlay", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kPread, scratch.path());
  REQUIRE_OK(io::ReplaceFile(machine->files(), scratch / "shared", Pattern(400'000, 7)));
  const auto overlay = io::OverlayMachine(machine);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string mine(1000, static_cast<char>('A' + t));
      for (std::size_t i = 0; i < 100; ++i) {
        auto file = overlay->files().Open(scratch / "shared", Access::kReadWrite);
        const std::uint64_t at = (i * 4 + static_cast<std::size_t>(t)) * 1000;
        failures += !io::WriteAll(**file, at, BytesOf(mine)).ok();
        std::string back(1000, ' ');
        failures += !io::ReadExact(**file, at, std::as_writable_bytes(std::span(back))).ok();
        failures += back != mine;
        const auto own = scratch / std::to_string(t);
        failures += !overlay->files().Open(own, Access::kCreate).has_value();
        failures += !overlay->files().Remove(own).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  const std::string all = REQUIRE_VALUE(io::ReadFile(overlay->files(), scratch / "shared"));
  for (std::size_t i = 0; i < 400; ++i) {
    REQUIRE(all.substr(i * 1000, 1000) == std::string(1000, static_cast<char>('A' + i % 4)));
  }
}

}  // namespace
}  // namespace tidemark::test

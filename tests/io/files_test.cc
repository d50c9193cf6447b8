// SPDX-License-Identifier: Apache-2.0
// What every FileSystem and File promises, over each machine.
#include "tests/io/machines.h"

namespace tidemark::test {
namespace {

using io::Access;
using io::Blocks;
using io::File;
using io::FileInfo;

TEST_CASE("bytes come back from where they were written", "[io]") {
  OVER_EACH_MACHINE();
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  REQUIRE_OK(io::WriteAll(*file, 0, BytesOf("hello, world")));
  REQUIRE_OK(io::WriteAll(*file, 7, BytesOf("there")));
  CHECK(Content(*file, 0, 100) == "hello, there");
  CHECK(Content(*file, 11, 1) == "e");
  CHECK(REQUIRE_VALUE(file->Stat()).size_bytes == 12);

  SECTION("another handle sees them before any sync") {
    const auto other = REQUIRE_VALUE(files.Open(scratch / "a", Access::kRead));
    CHECK(Content(*other, 0, 100) == "hello, there");
    REQUIRE_OK(io::WriteAll(*file, 0, BytesOf("J")));
    CHECK(Content(*other, 0, 5) == "Jello");
  }
  SECTION("behind a gap there are zeroes") {
    const std::uint64_t far = (3u << 16) + 5;
    REQUIRE_OK(io::WriteAll(*file, far, BytesOf("x")));
    CHECK(Content(*file, 12, 5) == std::string(5, '\0'));
    CHECK(Content(*file, far - 2, 10) == std::string("\0\0x", 3));
    CHECK(REQUIRE_VALUE(file->Stat()).size_bytes == far + 1);
  }
  REQUIRE_OK(file->Sync());
}

TEST_CASE("reads are short at the end and empty past it", "[io]") {
  OVER_EACH_MACHINE();
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  REQUIRE_OK(io::WriteAll(*file, 0, BytesOf("0123456789")));
  std::byte buffer[16];
  CHECK(REQUIRE_VALUE(file->ReadAt(6, buffer)) == 4);
  CHECK(REQUIRE_VALUE(file->ReadAt(10, buffer)) == 0);
  CHECK(REQUIRE_VALUE(file->ReadAt(1u << 20, buffer)) == 0);
  CHECK(REQUIRE_VALUE(file->ReadAt(3, {})) == 0);

  const Status early = io::ReadExact(*file, 6, buffer);
  CHECK(early.code() == StatusCode::kDataLoss);
}

TEST_CASE("vectored writes place the buffers one after the other", "[io]") {
  OVER_EACH_MACHINE();
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  SECTION("empty ones among them") {
    const std::vector<io::WriteBuffer> pieces{{}, BytesOf("ab"), {}, BytesOf("cde"), {}};
    REQUIRE_OK(io::WriteAll(*file, 3, pieces));
    CHECK(Content(*file, 3, 100) == "abcde");
    CHECK(REQUIRE_VALUE(file->WriteAt(0, {})) == 0);
    CHECK(REQUIRE_VALUE(file->Stat()).size_bytes == 8);
  }
  SECTION("more of them than the kernel takes at once") {
    std::string all;
    for (int i = 0; i < 5000; ++i) all += std::to_string(i) + ",";
    std::vector<io::WriteBuffer> pieces;
    for (std::size_t at = 0; at < all.size(); at += 7) {
      pieces.push_back(BytesOf(std::string_view(all).substr(at, 7)));
    }
    REQUIRE(pieces.size() > 2048);
    REQUIRE_OK(io::WriteAll(*file, 1, pieces));
    CHECK(Content(*file, 1, all.size() + 1) == all);
  }
}

TEST_CASE("a whole file has its size from the start and never replaces another", "[io]") {
  OVER_EACH_MACHINE();
  const Blocks blocks = GENERATE(Blocks::kAllocated, Blocks::kSparse);
  const std::uint64_t size = (1u << 20) + 100;
  {
    const auto file = REQUIRE_VALUE(files.CreateWhole(scratch / "whole", size, blocks));
    CHECK(Content(*file, 0, 64) == std::string(64, '\0'));
    CHECK(Content(*file, size - 3, 64) == std::string(3, '\0'));
    REQUIRE_OK(io::WriteAll(*file, size - 3, BytesOf("end")));
    const FileInfo info = REQUIRE_VALUE(file->Stat());
    CHECK(info.size_bytes == size);
    CHECK(info.links == 1);
    if (blocks == Blocks::kAllocated) CHECK(info.allocated_bytes >= size);
  }
  const auto again = files.CreateWhole(scratch / "whole", 10, blocks);
  REQUIRE(!again.has_value());
  CHECK(again.error().code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(again.error().message(), ContainsSubstring((scratch / "whole").string()));

  const auto file = REQUIRE_VALUE(files.Open(scratch / "whole", Access::kRead));
  CHECK(Content(*file, size - 3, 64) == "end");
  CHECK(REQUIRE_VALUE(files.List(scratch.path())).size() == 1);

  const auto nowhere = files.CreateWhole(scratch / "no" / "where", 10, blocks);
  REQUIRE(!nowhere.has_value());
  CHECK(nowhere.error().code() == StatusCode::kNotFound);
}

TEST_CASE("an empty whole file can be made", "[io]") {
  OVER_EACH_MACHINE();
  const auto file = REQUIRE_VALUE(files.CreateWhole(scratch / "empty", 0, Blocks::kAllocated));
  CHECK(REQUIRE_VALUE(file->Stat()).size_bytes == 0);
}

TEST_CASE("allocating keeps what is there", "[io]") {
  OVER_EACH_MACHINE();
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  REQUIRE_OK(io::WriteAll(*file, 5000, BytesOf("kept")));
  REQUIRE_OK(file->Allocate(0, 1u << 18));
  CHECK(REQUIRE_VALUE(file->Stat()).size_bytes == 1u << 18);
  CHECK(Content(*file, 4998, 8) == std::string("\0\0kept\0\0", 8));
  REQUIRE_OK(file->Allocate(0, 100));
  CHECK(REQUIRE_VALUE(file->Stat()).size_bytes == 1u << 18);
  REQUIRE_OK(file->SyncFileSystem());
}

TEST_CASE("a rename replaces the file of that name", "[io]") {
  OVER_EACH_MACHINE();
  const auto old = REQUIRE_VALUE(files.Open(scratch / "to", Access::kCreate));
  REQUIRE_OK(io::WriteAll(*old, 0, BytesOf("old")));
  const auto fresh = REQUIRE_VALUE(files.Open(scratch / "from", Access::kCreate));
  REQUIRE_OK(io::WriteAll(*fresh, 0, BytesOf("fresh")));
  const FileInfo before = REQUIRE_VALUE(fresh->Stat());

  REQUIRE_OK(files.Rename(scratch / "from", scratch / "to"));
  CHECK(REQUIRE_VALUE(io::ReadFile(files, scratch / "to")) == "fresh");
  CHECK_FALSE(io::Exists(files, scratch / "from"));
  CHECK(REQUIRE_VALUE(files.Stat(scratch / "to")).inode == before.inode);
  // Who has the old one open keeps it, and can tell that it lost its name.
  CHECK(Content(*old, 0, 10) == "old");
  CHECK(REQUIRE_VALUE(old->Stat()).links == 0);

  CHECK(files.Rename(scratch / "from", scratch / "to").code() == StatusCode::kNotFound);
  REQUIRE_OK(files.Rename(scratch / "to", scratch / "to"));
  CHECK(REQUIRE_VALUE(io::ReadFile(files, scratch / "to")) == "fresh");
}

TEST_CASE("a directory is renamed with all that is in it", "[io]") {
  OVER_EACH_MACHINE();
  REQUIRE_OK(io::CreateDirectories(files, scratch / "d" / "e"));
  REQUIRE_OK(io::ReplaceFile(files, scratch / "d" / "e" / "f", "text"));
  REQUIRE_OK(files.Rename(scratch / "d", scratch / "x"));
  CHECK(REQUIRE_VALUE(io::ReadFile(files, scratch / "x" / "e" / "f")) == "text");
  CHECK_FALSE(io::Exists(files, scratch / "d"));
  CHECK_FALSE(io::Exists(files, scratch / "d" / "e" / "f"));
  CHECK(files.Rename(scratch / "x", scratch / "x" / "inside").code() ==
        StatusCode::kInvalidArgument);
}

TEST_CASE("removed files are gone, directories only when empty", "[io]") {
  OVER_EACH_MACHINE();
  REQUIRE_OK(files.CreateDirectory(scratch / "d"));
  REQUIRE_OK(files.CreateDirectory(scratch / "d"));
  const auto file = REQUIRE_VALUE(files.Open(scratch / "d" / "f", Access::kCreate));
  CHECK(files.Remove(scratch / "d").code() == StatusCode::kFailedPrecondition);
  REQUIRE_OK(files.Remove(scratch / "d" / "f"));
  CHECK(files.Remove(scratch / "d" / "f").code() == StatusCode::kNotFound);
  CHECK(REQUIRE_VALUE(file->Stat()).links == 0);
  REQUIRE_OK(io::WriteAll(*file, 0, BytesOf("still there for its owner")));
  REQUIRE_OK(files.Remove(scratch / "d"));
  CHECK_FALSE(io::Exists(files, scratch / "d"));
  CHECK(files.Open(scratch / "d" / "f", Access::kCreate).error().code() == StatusCode::kNotFound);
  CHECK(files.CreateDirectory(scratch / "d" / "e").code() == StatusCode::kNotFound);

  // A name that comes back is another file.
  REQUIRE_OK(files.CreateDirectory(scratch / "d"));
  const auto again = REQUIRE_VALUE(files.Open(scratch / "d" / "f", Access::kCreate));
  CHECK(Content(*again, 0, 10).empty());
}

TEST_CASE("a list is sorted and tells directories", "[io]") {
  OVER_EACH_MACHINE();
  REQUIRE_OK(files.CreateDirectory(scratch / "10"));
  for (const char* name : {"b", "2", "a", "1", "B", "\xC3\xA9"}) {
    REQUIRE_VALUE(files.Open(scratch / name, Access::kCreate));
  }
  REQUIRE_VALUE(files.Open(scratch / "10" / "inner", Access::kCreate));
  const std::vector<io::DirectoryEntry> expected{{"1", false},       {"10", true}, {"2", false},
                                                 {"B", false},       {"a", false}, {"b", false},
                                                 {"\xC3\xA9", false}};
  CHECK(REQUIRE_VALUE(files.List(scratch.path())) == expected);
  CHECK(files.List(scratch / "none").error().code() == StatusCode::kNotFound);
  CHECK(files.List(scratch / "a").error().code() == StatusCode::kNotFound);
}

TEST_CASE("opening tells what is missing and what is no file", "[io]") {
  OVER_EACH_MACHINE();
  const auto missing = files.Open(scratch / "none", Access::kReadWrite);
  REQUIRE(!missing.has_value());
  CHECK(missing.error().code() == StatusCode::kNotFound);
  CHECK_THAT(missing.error().message(), ContainsSubstring((scratch / "none").string()));
  CHECK(files.Stat(scratch / "none").error().code() == StatusCode::kNotFound);
  CHECK(files.Open(scratch.path(), Access::kReadWrite).error().code() ==
        StatusCode::kFailedPrecondition);

  REQUIRE_VALUE(files.Open(scratch / "file", Access::kCreate));
  CHECK(files.Open(scratch / "file" / "below", Access::kRead).error().code() ==
        StatusCode::kNotFound);
  CHECK(files.CreateDirectory(scratch / "file").code() == StatusCode::kFailedPrecondition);

  // Opened for reading it takes no bytes.
  const auto reader = REQUIRE_VALUE(files.Open(scratch / "file", Access::kRead));
  CHECK(io::WriteAll(*reader, 0, BytesOf("x")).code() == StatusCode::kFailedPrecondition);
  CHECK(REQUIRE_VALUE(reader->Stat()).size_bytes == 0);
}

TEST_CASE("a directory can be synced and looked at", "[io]") {
  OVER_EACH_MACHINE();
  const auto directory = REQUIRE_VALUE(files.Open(scratch.path(), Access::kRead));
  REQUIRE_OK(directory->Sync());
  CHECK(REQUIRE_VALUE(directory->Stat()).directory);
  CHECK(REQUIRE_VALUE(files.Stat(scratch.path())) == REQUIRE_VALUE(directory->Stat()));
  std::byte buffer[16];
  CHECK(directory->ReadAt(0, buffer).error().code() == StatusCode::kFailedPrecondition);
}

TEST_CASE("file infos fit the file", "[io]") {
  OVER_EACH_MACHINE();
  const std::int64_t before = machine->clock().Wall().count();
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  REQUIRE_OK(io::WriteAll(*file, 0, BytesOf("content")));
  const auto other = REQUIRE_VALUE(files.Open(scratch / "b", Access::kCreate));
  const FileInfo info = REQUIRE_VALUE(files.Stat(scratch / "a"));
  CHECK_FALSE(info.directory);
  // File times tick coarsely.
  CHECK(info.modified_ns > before - 1'000'000'000);
  CHECK(info.modified_ns <= machine->clock().Wall().count());
  CHECK(info.changed_ns >= info.modified_ns);
  CHECK(info == REQUIRE_VALUE(file->Stat()));
  CHECK(info.inode != REQUIRE_VALUE(other->Stat()).inode);
  CHECK(info.inode == REQUIRE_VALUE(files.Stat(scratch / "a")).inode);

  const io::SpaceInfo space = REQUIRE_VALUE(files.Space(scratch.path()));
  CHECK(space.total_bytes >= space.free_bytes);
  CHECK(space.free_bytes >= space.available_bytes);
  CHECK(space.total_bytes > 0);
}

TEST_CASE("reads past the page cache see what was written", "[io]") {
  OVER_EACH_MACHINE();
  std::string text;
  while (text.size() < 3 * 4096 + 100) text += std::to_string(text.size()) + " ";
  text.resize(3 * 4096 + 100);
  REQUIRE_OK(io::ReplaceFile(files, scratch / "a", text));
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kReadDirect));
  const AlignedBuffer buffer(4 * 4096);
  CHECK(REQUIRE_VALUE(file->ReadAt(0, buffer.span())) == text.size());
  CHECK(buffer.text().substr(0, text.size()) == text);
  CHECK(REQUIRE_VALUE(file->ReadAt(4096, buffer.span().first(4096))) == 4096);
  CHECK(buffer.text().substr(0, 4096) == text.substr(4096, 4096));
  CHECK(REQUIRE_VALUE(file->ReadAt(4 * 4096, buffer.span())) == 0);
}

TEST_CASE("clocks go on", "[io]") {
  OVER_EACH_MACHINE();
  const auto first = machine->clock().Monotonic();
  const auto second = machine->clock().Monotonic();
  CHECK(second >= first);
  // 2020 .. 2100.
  CHECK(machine->clock().Wall() > std::chrono::hours(24 * 365 * 50));
  CHECK(machine->clock().Wall() < std::chrono::hours(24 * 365 * 130));
}

}  // namespace
}  // namespace tidemark::test

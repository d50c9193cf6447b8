// SPDX-License-Identifier: Apache-2.0
// What every Ring promises, over each machine.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/io/child.h"
#include "tests/io/machines.h"

namespace tidemark::test {
namespace {

using io::Access;
using io::Completion;
using io::File;
using io::Operation;
using io::Ring;
using io::RingUse;

Operation Write(File& file, std::uint64_t offset, std::string_view text, std::uint64_t tag) {
  // A ring only reads what it writes.
  auto* data = const_cast<std::byte*>(BytesOf(text).data());
  return {Operation::Kind::kWrite, false, &file, offset, data, text.size(), tag};
}

Operation Read(File& file, std::uint64_t offset, io::ReadBuffer out, std::uint64_t tag) {
  return {Operation::Kind::kRead, false, &file, offset, out.data(), out.size(), tag};
}

Operation Sync(File& file, std::uint64_t tag) {
  return {Operation::Kind::kSync, false, &file, 0, nullptr, 0, tag};
}

Operation Linked(Operation operation) {
  operation.link = true;
  return operation;
}

/// Performs the operations and returns their completions by tag.
Result<std::map<std::uint64_t, Completion>> Perform(Ring& ring,
                                                    const std::vector<Operation>& operations) {
  TM_RETURN_IF_ERROR(ring.Submit(operations));
  std::map<std::uint64_t, Completion> done;
  std::size_t count = 0;
  while (count < operations.size()) {
    std::vector<Completion> some(operations.size());
    TM_ASSIGN_OR_RETURN(const std::size_t more, ring.Reap(some, 1));
    for (std::size_t i = 0; i < more; ++i) done[some[i].tag] = some[i];
    count += more;
  }
  return done;
}

TEST_CASE("a ring writes, reads and syncs", "[io]") {
  OVER_EACH_MACHINE();
  const auto use = GENERATE(RingUse::kCommit, RingUse::kRead);
  const auto ring = REQUIRE_VALUE(machine->NewRing(use, 5));
  CHECK(ring->Depth() == 5);
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  auto done = REQUIRE_VALUE(Perform(*ring, {Linked(Write(*file, 3, "hello", 11)),
                                            Linked(Write(*file, 8, " you", 12)), Sync(*file, 13)}));
  CHECK_OK(done.at(11).status);
  CHECK(done.at(11).bytes == 5);
  CHECK(done.at(12).bytes == 4);
  CHECK_OK(done.at(13).status);
  CHECK(done.at(13).bytes == 0);
  CHECK(Content(*file, 3, 100) == "hello you");

  std::array<std::byte, 64> first{}, second{};
  done = REQUIRE_VALUE(Perform(*ring, {Read(*file, 8, std::span(first).first(4), 1),
                                       Read(*file, 3, second, 2), Read(*file, 500, first, 3)}));
  CHECK(done.at(1).bytes == 4);
  CHECK(done.at(2).bytes == 9);
  CHECK_OK(done.at(3).status);
  CHECK(done.at(3).bytes == 0);
  CHECK(std::string_view(reinterpret_cast<char*>(first.data()), 4) == " you");

  const auto directory = REQUIRE_VALUE(files.Open(scratch.path(), Access::kRead));
  done = REQUIRE_VALUE(Perform(*ring, {Sync(*directory, 7)}));
  CHECK_OK(done.at(7).status);

  std::array<Completion, 2> none;
  CHECK(REQUIRE_VALUE(ring->Reap(none, 0)) == 0);
}

TEST_CASE("what does not succeed in full cancels what is linked behind it", "[io]") {
  OVER_EACH_MACHINE();
  const auto ring = REQUIRE_VALUE(machine->NewRing(RingUse::kCommit, 16));
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  REQUIRE_OK(io::WriteAll(*file, 0, BytesOf("0123456789")));
  std::array<std::byte, 64> buffer{};

  SECTION("a short read") {
    const auto done = REQUIRE_VALUE(
        Perform(*ring, {Linked(Read(*file, 0, buffer, 1)), Linked(Write(*file, 20, "x", 2)),
                        Sync(*file, 3), Write(*file, 30, "other", 4)}));
    CHECK(done.at(1).bytes == 10);
    CHECK(done.at(2).status.code() == StatusCode::kUnavailable);
    CHECK_THAT(done.at(2).status.message(), ContainsSubstring("cancelled"));
    CHECK(done.at(3).status.code() == StatusCode::kUnavailable);
    CHECK_OK(done.at(4).status);
    CHECK(Content(*file, 18, 100) == std::string(12, '\0') + "other");
  }
  SECTION("a failed write") {
    const auto reader = REQUIRE_VALUE(files.Open(scratch / "a", Access::kRead));
    const auto done = REQUIRE_VALUE(
        Perform(*ring, {Linked(Write(*file, 0, "A", 1)), Linked(Write(*reader, 1, "B", 2)),
                        Sync(*file, 3), Linked(Write(*file, 9, "Z", 4)), Sync(*file, 5)}));
    CHECK_OK(done.at(1).status);
    CHECK(done.at(2).status.code() == StatusCode::kFailedPrecondition);
    CHECK_THAT(done.at(2).status.message(), ContainsSubstring((scratch / "a").string()));
    CHECK(done.at(3).status.code() == StatusCode::kUnavailable);
    CHECK_OK(done.at(4).status);
    CHECK_OK(done.at(5).status);
    CHECK(Content(*file, 0, 100) == "A12345678Z");
  }
  SECTION("a link at the end of a submission leads nowhere") {
    auto done = REQUIRE_VALUE(Perform(*ring, {Linked(Read(*file, 0, buffer, 1))}));
    CHECK(done.at(1).bytes == 10);
    done = REQUIRE_VALUE(Perform(*ring, {Sync(*file, 2)}));
    CHECK_OK(done.at(2).status);
  }
}

TEST_CASE("a short write cancels the sync behind it", "[io]") {
  OVER_EACH_MACHINE();
  if (kind == Kind::kOverlay) return;  // Memory knows no such limit.
  REQUIRE_CHILD([&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{10000, 10000};
    CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    auto ring = machine->NewRing(RingUse::kCommit, 4);
    CHILD_CHECK(ring.has_value());
    auto file = files.Open(scratch / "a", Access::kCreate);
    CHILD_CHECK(file.has_value());
    const std::string text(8192, 'x');
    auto done = Perform(**ring, {Linked(Write(**file, 4096, text, 1)), Sync(**file, 2)});
    CHILD_CHECK(done.has_value());
    CHILD_CHECK(done->at(1).status.ok());
    CHILD_CHECK(done->at(1).bytes == 10000 - 4096);
    CHILD_CHECK(done->at(2).status.code() == StatusCode::kUnavailable);

    done = Perform(**ring, {Linked(Write(**file, 10000, text, 1)), Sync(**file, 2)});
    CHILD_CHECK(done->at(1).status.code() == StatusCode::kResourceExhausted);
    CHILD_CHECK(done->at(2).status.code() == StatusCode::kUnavailable);
    return "";
  });
}

TEST_CASE("a ring is filled and drained many times", "[io]") {
  OVER_EACH_MACHINE();
  const std::size_t depth = GENERATE(1u, 7u, 64u);
  const auto ring = REQUIRE_VALUE(machine->NewRing(RingUse::kCommit, depth));
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  constexpr std::size_t kBytes = 100;
  std::vector<std::string> blocks(depth);
  std::string expected;
  std::mt19937 random(static_cast<unsigned>(depth));
  std::set<std::uint64_t> in_flight;
  std::vector<std::size_t> idle;
  for (std::size_t i = 0; i < depth; ++i) idle.push_back(i);
  std::uint64_t written = 0;
  const std::uint64_t goal = depth * 40;
  while (written < goal || !in_flight.empty()) {
    // Each slot writes the next block of the file; as many as there are idle slots, or fewer.
    const std::size_t more = std::min<std::uint64_t>(
        std::uniform_int_distribution<std::size_t>(0, idle.size())(random), goal - written);
    std::vector<Operation> operations;
    for (std::size_t i = 0; i < more; ++i) {
      const std::size_t slot = idle.back();
      idle.pop_back();
      blocks[slot] = std::string(kBytes, static_cast<char>('a' + written % 26));
      expected += blocks[slot];
      operations.push_back(Write(*file, written * kBytes, blocks[slot], slot));
      in_flight.insert(slot);
      ++written;
    }
    REQUIRE_OK(ring->Submit(operations));
    std::vector<Completion> done(std::uniform_int_distribution<std::size_t>(1, depth)(random));
    const std::size_t want = std::uniform_int_distribution<std::size_t>(
        0, std::min(done.size(), in_flight.size()))(random);
    const std::size_t got = REQUIRE_VALUE(ring->Reap(done, want));
    REQUIRE(got >= want);
    for (std::size_t i = 0; i < got; ++i) {
      REQUIRE(done[i].status.ok());
      REQUIRE(done[i].bytes == kBytes);
      REQUIRE(in_flight.erase(done[i].tag) == 1);
      idle.push_back(done[i].tag);
    }
  }
  CHECK(Content(*file, 0, expected.size() + 1) == expected);
}

TEST_CASE("a ring reads past the page cache", "[io]") {
  OVER_EACH_MACHINE();
  std::string text;
  for (int i = 0; text.size() < 8 * 4096; ++i) text += std::to_string(i) + " ";
  text.resize(8 * 4096);
  REQUIRE_OK(io::ReplaceFile(files, scratch / "a", text));
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kReadDirect));
  const auto ring = REQUIRE_VALUE(machine->NewRing(RingUse::kRead, 8));
  const AlignedBuffer buffer(8 * 4096);
  std::vector<Operation> reads;
  for (std::size_t i = 0; i < 8; ++i) {
    reads.push_back(Read(*file, i * 4096, buffer.span().subspan(i * 4096, 4096), i));
  }
  const auto done = REQUIRE_VALUE(Perform(*ring, reads));
  for (const auto& [tag, completion] : done) {
    CHECK_OK(completion.status);
    CHECK(completion.bytes == 4096);
  }
  CHECK(buffer.text() == text);
}

/// A file of another kind: passes on, takes at most 4 bytes a write, and counts syncs.
class PettyFile final : public File {
 public:
  explicit PettyFile(File& below) : below_(below) {}
  int syncs = 0;

  Result<std::size_t> ReadAt(std::uint64_t offset, io::ReadBuffer out) override {
    return below_.ReadAt(offset, out);
  }
  Result<std::size_t> WriteAt(std::uint64_t offset,
                              std::span<const io::WriteBuffer> data) override {
    const io::WriteBuffer some = data[0].first(std::min<std::size_t>(4, data[0].size()));
    return below_.WriteAt(offset, std::span(&some, 1));
  }
  Status Sync() override {
    ++syncs;
    return below_.Sync();
  }
  Status Allocate(std::uint64_t offset, std::uint64_t length) override {
    return below_.Allocate(offset, length);
  }
  Status SyncFileSystem() override { return below_.SyncFileSystem(); }
  Result<io::FileInfo> Stat() override { return below_.Stat(); }
  Result<bool> TryLock() override { return below_.TryLock(); }

 private:
  File& below_;
};

TEST_CASE("files of another kind are served by their own methods", "[io]") {
  OVER_EACH_MACHINE();
  const auto ring = REQUIRE_VALUE(machine->NewRing(RingUse::kCommit, 8));
  const auto file = REQUIRE_VALUE(files.Open(scratch / "a", Access::kCreate));
  PettyFile petty(*file);
  auto done = REQUIRE_VALUE(
      Perform(*ring, {Linked(Write(petty, 0, "four", 1)), Linked(Write(*file, 4, "five ", 2)),
                      Sync(petty, 3), Write(*file, 9, "six", 4)}));
  for (const auto& [tag, completion] : done) CHECK_OK(completion.status);
  CHECK(petty.syncs == 1);
  CHECK(Content(*file, 0, 100) == "fourfive six");

  done = REQUIRE_VALUE(Perform(
      *ring, {Linked(Write(petty, 0, "short", 1)), Sync(petty, 2), Write(*file, 12, "!", 3)}));
  CHECK(done.at(1).bytes == 4);
  CHECK(done.at(2).status.code() == StatusCode::kUnavailable);
  CHECK(petty.syncs == 1);
  CHECK_OK(done.at(3).status);
}

TEST_CASE("a ring goes only when nothing writes into its callers' memory any more", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kIoUring, scratch.path());
  if (machine == nullptr) return;
  // A pipe answers when we say so, unlike a file.
  REQUIRE(mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  const int fd = open((scratch / "pipe").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(fd >= 0);
  const auto file = REQUIRE_VALUE(machine->files().Open(scratch / "pipe", Access::kReadWrite));
  auto ring = REQUIRE_VALUE(machine->NewRing(RingUse::kRead, 4));
  std::array<std::byte, 4> memory{};
  const std::array<Operation, 1> read{Read(*file, 0, memory, 1)};
  REQUIRE_OK(ring->Submit(read));
  std::thread late([fd] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    [[maybe_unused]] const ssize_t written = write(fd, "late", 4);
  });
  ring.reset();
  CHECK(std::string_view(reinterpret_cast<char*>(memory.data()), 4) == "late");
  late.join();
  close(fd);
}

TEST_CASE("a ring whose kernel takes nothing more does the work itself", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kIoUring, scratch.path());
  if (machine == nullptr) return;
  REQUIRE_CHILD([&]() -> std::string {
    auto ring = machine->NewRing(RingUse::kCommit, 4);
    CHILD_CHECK(ring.has_value());
    auto file = machine->files().Open(scratch / "a", Access::kCreate);
    CHILD_CHECK(file.has_value());
    auto reader = machine->files().Open(scratch / "a", Access::kRead);
    if (std::string reason = RefuseCalls({{SYS_io_uring_enter, EAGAIN}}); !reason.empty()) {
      return reason;
    }
    for (int i = 0; i < 10; ++i) {
      auto done = Perform(**ring, {Linked(Write(**file, 0, "text", 1)), Sync(**file, 2),
                                   Linked(Write(**reader, 0, "no", 3)), Sync(**file, 4)});
      CHILD_CHECK(done.has_value());
      CHILD_CHECK(done->at(1).status.ok());
      CHILD_CHECK(done->at(1).bytes == 4);
      CHILD_CHECK(done->at(2).status.ok());
      CHILD_CHECK(done->at(3).status.code() == StatusCode::kFailedPrecondition);
      CHILD_CHECK(done->at(4).status.code() == StatusCode::kUnavailable);
    }
    return "";
  });
}

}  // namespace
}  // namespace tidemark::test

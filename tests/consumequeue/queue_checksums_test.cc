// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_checksums.h"

#include "src/consumequeue/queue_table.h"
#include "tests/consumequeue/disk.h"

namespace tidemark {
namespace {

using test::Disk;
using test::FileBytes;
using test::TestUnit;

constexpr LogOffset kAll{INT64_MAX};
constexpr std::int64_t kFileBytes = 1000;
constexpr std::int64_t kFileUnits = kFileBytes / kUnitBytes;

/// A table whose queue orders/0 came to hold `units` in a process before.
struct Reopened {
  explicit Reopened(std::int64_t units) {
    std::filesystem::create_directories(disk.path() / "tidemark");
    Open();
    Push(units);
    REQUIRE_OK(table->BringUpAll(kAll));
    Open();
    REQUIRE(REQUIRE_VALUE(table->checksums().Load()));
    queue().Restore(QueueOffset{0}, QueueOffset{units});
  }

  void Open() {
    table.reset();
    table = std::make_unique<QueueTable>(
        disk, QueueTableOptions{disk.path() / "consumequeue", kFileBytes, 64, sums()}, memory);
  }
  ConsumeQueue& queue() { return *REQUIRE_VALUE(table->GetOrCreate({"orders", 0})); }
  void Push(std::int64_t units) {
    for (; units > 0; --units) {
      const QueueOffset at = queue().TakeNext(1);
      queue().Push(TestUnit(ToInt(at)), at);
    }
  }
  QueueChecksums::State StateOf(std::int64_t file) {
    return table->checksums().StateOf({"orders", 0}, file * kFileBytes);
  }
  std::filesystem::path sums() const { return disk.path() / "tidemark/queue-checksums"; }
  void Flip(std::int64_t file, std::size_t position) {
    const auto path = disk.path() / "consumequeue/orders/0" / Format("{:020}", file * kFileBytes);
    std::string bytes = FileBytes(path);
    bytes[position] ^= 1;
    test::MakeFile(path, bytes);
  }

  Disk disk;
  MemoryBudget memory{64 << 20, 0, 4096};
  std::unique_ptr<QueueTable> table;
};

TEST_CASE("finished queue files have checksums, the one being written has none") {
  Reopened store(2 * kFileUnits + 7);
  using State = QueueChecksums::State;
  CHECK(store.StateOf(0) == State::kUnchecked);
  CHECK(store.StateOf(1) == State::kUnchecked);
  CHECK(store.StateOf(2) == State::kUnknown);
  REQUIRE_OK(store.queue().CheckFiles(QueueOffset{0}, QueueOffset{10}));
  CHECK(store.StateOf(0) == State::kSound);
  CHECK(store.StateOf(1) == State::kUnchecked);
  store.Push(kFileUnits - 7);
  REQUIRE_OK(store.table->BringUpAll(kAll));
  CHECK(store.StateOf(2) == State::kSound);
}

TEST_CASE("a flipped bit of a finished queue file is noticed before a unit of it is believed") {
  Reopened store(2 * kFileUnits + 7);
  store.Flip(1, 20 * 3 + 19);  // a tags code
  CHECK(store.queue().CheckFiles(QueueOffset{0}, QueueOffset{kFileUnits}).ok());
  const Status found = store.queue().CheckFiles(QueueOffset{0}, QueueOffset{2 * kFileUnits + 7});
  CHECK(found.code() == StatusCode::kDataLoss);
  CHECK_THAT(found.message(), ContainsSubstring("orders/0/00000000000000001000"));
}

TEST_CASE("checksums go with what they are of") {
  Reopened store(3 * kFileUnits);
  using State = QueueChecksums::State;
  SECTION("a cut of the log") {
    REQUIRE_OK(store.queue().TruncateFrom(TestUnit(kFileUnits + 5).log_offset));
    CHECK(store.StateOf(0) == State::kUnchecked);
    CHECK(store.StateOf(1) == State::kUnknown);
    CHECK(store.StateOf(2) == State::kUnknown);
  }
  SECTION("a cut between two files") {
    REQUIRE_OK(store.queue().TruncateFrom(TestUnit(2 * kFileUnits).log_offset));
    CHECK(store.StateOf(1) == State::kUnchecked);
    CHECK(store.StateOf(2) == State::kUnknown);
  }
  SECTION("retention") {
    REQUIRE_OK(store.queue().DeleteBefore(TestUnit(kFileUnits + 5).log_offset));
    CHECK(store.StateOf(0) == State::kUnknown);
    CHECK(store.StateOf(1) == State::kUnchecked);
  }
  SECTION("deletion of the topic") {
    REQUIRE_OK(store.table->Remove("orders"));
    CHECK(store.StateOf(0) == State::kUnknown);
    CHECK(store.StateOf(2) == State::kUnknown);
  }
  SECTION("a reset") {
    REQUIRE_OK(store.table->checksums().Reset());
    CHECK(store.StateOf(0) == State::kUnknown);
    CHECK_FALSE(std::filesystem::exists(store.sums()));
  }
}

TEST_CASE("a damaged file of checksums counts as none") {
  Reopened store(2 * kFileUnits);
  const std::string good = FileBytes(store.sums());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 4;
    test::MakeFile(store.sums(), i % 2 == 0 ? bad : good.substr(0, i));
    QueueChecksums sums(store.disk, store.sums());
    INFO("byte " << i);
    CHECK_FALSE(REQUIRE_VALUE(sums.Load()));
    CHECK(sums.StateOf({"orders", 0}, 0) == QueueChecksums::State::kUnknown);
  }
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <ctime>

#include "src/index/index_names.h"
#include "tests/index/index_model.h"
#include "tests/support/catch.h"

namespace tidemark::test {
namespace {

constexpr std::int64_t kTime = 1'700'000'000'000;
constexpr TimeRange kAlways;
const char kFirst[] = "/store/index/20231114221320123";

void UseUtc() {
  setenv("TZ", "UTC", 1);
  tzset();
}

std::unique_ptr<KeyIndex> Open(MemoryMachine& machine, std::int32_t slots = 5,
                               std::int32_t entries = 10, bool trust = true) {
  auto options = IndexOptions(slots, entries);
  options.trust_journal = trust;
  return REQUIRE_VALUE(OpenIndex(machine, options));
}

std::vector<std::int64_t> Find(KeyIndex& index, std::int32_t hash) {
  return Offsets(REQUIRE_VALUE(index.Find(hash, kAlways, 1000)));
}

/// Records 0, 100, 200, ... with one key 7 each.
void PutRecords(KeyIndex& index, std::int64_t first, std::int64_t last) {
  for (std::int64_t i = first; i < last; ++i) Put(index, {7, i * 100, kTime + i * 1000});
}

TEST_CASE("names of files", "[index]") {
  UseUtc();
  const std::chrono::milliseconds time(1700000000123);
  const auto next = [&](std::string_view last) {
    return REQUIRE_VALUE(NextIndexFileName(time, last));
  };
  CHECK(next("") == "20231114221320123");
  CHECK(next("20231114221320122") == "20231114221320123");
  CHECK(next("20231114221320123") == "20231114221320124");
  CHECK(next("20231231235959999") == "20231231235960000");
  CHECK(next("5") == "50000000000000000");
  CHECK(next("-5") == "20231114221320123");
  CHECK(next("202311142213201239") == "20231114221320124");
  CHECK(next("2024") == "20240000000000000");
  CHECK(NextIndexFileName(time, "99999999999999999").error().code() ==
        StatusCode::kFailedPrecondition);
  // A clock gone wild.
  CHECK(REQUIRE_VALUE(NextIndexFileName(std::chrono::hours(-24 * 365 * 100),
                                        "20231114221320123")) == "20231114221320124");

  CHECK(IsIndexFileName("20231114221320123"));
  CHECK(IsIndexFileName("0"));
  CHECK(IsIndexFileName("-12"));
  CHECK(IsIndexFileName("+12"));
  CHECK(IsIndexFileName("9223372036854775807"));
  CHECK_FALSE(IsIndexFileName("9223372036854775808"));
  CHECK_FALSE(IsIndexFileName(""));
  CHECK_FALSE(IsIndexFileName("+"));
  CHECK_FALSE(IsIndexFileName("+-1"));
  CHECK_FALSE(IsIndexFileName("20231114221320123.tmp"));
}

TEST_CASE("local time gives the name", "[index]") {
  setenv("TZ", "XXX-8", 1);  // eight hours east of Greenwich
  tzset();
  CHECK(REQUIRE_VALUE(NextIndexFileName(std::chrono::milliseconds(1700000000123), "")) ==
        "20231115061320123");
  UseUtc();
}

TEST_CASE("a file of another size is refused, what is no index file is left alone", "[index]") {
  MemoryMachine machine;
  machine.Add("/store/index/readme.txt", "hello");
  machine.Add("/store/index/20200101000000000", "");
  const auto index = Open(machine);
  CHECK(index->notes().size() == 2);
  CHECK(index->TakeSnapshot().files.empty());

  machine.Add("/store/index/20200101000000001", std::string(640, '\0'));
  const auto result = OpenIndex(machine, IndexOptions(5, 10));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(result.error().message(), ContainsSubstring("20200101000000001"));
  CHECK_THAT(result.error().message(), ContainsSubstring("640"));
  CHECK_THAT(result.error().message(), ContainsSubstring("260"));
  CHECK_THAT(result.error().message(), ContainsSubstring("maxHashSlotNum 5"));
}

TEST_CASE("geometry is what RocketMQ can read", "[index]") {
  FileSizes sizes;
  CHECK(REQUIRE_VALUE(IndexGeometry::From(sizes)).FileBytes() == 420'000'040);
  sizes.index_slots = 100;
  sizes.index_entries = 10;
  CHECK(REQUIRE_VALUE(IndexGeometry::From(sizes)).FileBytes() == 640);
  sizes.index_entries = 1;
  CHECK_FALSE(IndexGeometry::From(sizes).has_value());
  sizes.index_entries = 120'000'000;
  CHECK_FALSE(IndexGeometry::From(sizes).has_value());
  sizes.index_entries = 10;
  sizes.index_slots = 0;
  CHECK_FALSE(IndexGeometry::From(sizes).has_value());
  MemoryMachine machine;
  CHECK(OpenIndex(machine, IndexOptions(0, 10)).error().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("only durable records reach a file, and a record's keys go together", "[index]") {
  MemoryMachine machine;
  auto options = IndexOptions(5, 100);
  options.step_entries_max = 2;
  const auto index = REQUIRE_VALUE(OpenIndex(machine, options));
  for (std::int32_t hash = 0; hash < 5; ++hash) Put(*index, {hash, 100, kTime});
  Put(*index, {9, 200, kTime});
  REQUIRE_OK(index->Apply(LogOffset{100}));
  CHECK(IndexFiles(machine).empty());
  CHECK(ToInt(index->applied_to()) == 100);
  REQUIRE_OK(index->Apply(LogOffset{200}));
  REQUIRE(IndexFiles(machine).size() == 1);
  CHECK(IndexFiles(machine)[0][39] == 6);
  CHECK(ToInt(index->applied_to()) == 200);
  Put(*index, {9, 300, kTime});
  CHECK(Find(*index, 9) == std::vector<std::int64_t>{300, 200});
  CHECK(Find(*index, 3) == std::vector<std::int64_t>{100});
  const auto snapshot = index->TakeSnapshot();
  REQUIRE(snapshot.files.size() == 1);
  CHECK(snapshot.files[0].bytes == 40 + 4 * 5 + 20 * 100);
  CHECK(ToInt(snapshot.applied_to) == 200);
}

TEST_CASE("every operation of a step fails once: nothing is lost, nothing shows twice", "[index]") {
  for (std::int64_t nth = 1;; ++nth) {
    INFO("operation " << nth);
    MemoryMachine machine;
    const auto index = Open(machine);
    PutRecords(*index, 0, 7);
    REQUIRE_OK(index->Apply(LogOffset{700}));
    PutRecords(*index, 7, 30);
    const auto before = machine.operations();
    machine.FailAt(nth, MemoryMachine::Fault::kOnce);
    const Status status = index->Apply(LogOffset{3000});
    const bool reached = machine.operations() - before >= nth;
    machine.FailAt(0, MemoryMachine::Fault::kOnce);
    if (reached) CHECK(status.code() == StatusCode::kDataLoss);
    CHECK(Find(*index, 7).size() == 30);
    REQUIRE_OK(index->Apply(LogOffset{3000}));
    CHECK(Find(*index, 7).size() == 30);
    CHECK(index->pending_bytes() == 0);
    IndexModel model(5, 10);
    for (std::int64_t i = 0; i < 30; ++i) model.Put({7, i * 100, kTime + i * 1000});
    auto files = IndexFiles(machine);
    while (files.back()[39] == 0) files.pop_back();
    CHECK(files == model.Bytes());
    if (!reached) break;
  }
}

TEST_CASE("a crash at every operation of a step: all of it or none", "[index]") {
  IndexModel model(5, 10);
  for (std::int64_t i = 0; i < 30; ++i) model.Put({7, i * 100, kTime + i * 1000});
  bool reached = true;
  for (std::int64_t nth = 1; reached; ++nth) {
    MemoryMachine machine;
    auto index = Open(machine);
    PutRecords(*index, 0, 7);
    REQUIRE_OK(index->Apply(LogOffset{700}));
    PutRecords(*index, 7, 30);
    const auto before = machine.operations();
    machine.FailAt(nth, MemoryMachine::Fault::kForGood);
    (void)index->Apply(LogOffset{3000});
    reached = machine.operations() - before >= nth;
    index.reset();
    for (std::uint64_t seed = 0; seed <= 40; ++seed) {
      INFO("operation " << nth << ", " << (seed == 0 ? "killed" : "power cut") << " " << seed);
      auto after = seed == 0 ? machine.AfterKill() : machine.AfterPowerCut(seed);
      auto again = Open(*after);
      REQUIRE_FALSE(again->rebuild_advised());
      const auto applied = ToInt(again->applied_to());
      REQUIRE((applied == 700 || applied == 3000));
      REQUIRE(Find(*again, 7).size() == static_cast<std::size_t>(applied / 100));
      // Once more, before anything else could have been written.
      again.reset();
      after = after->AfterPowerCut(seed);
      again = Open(*after);
      REQUIRE(ToInt(again->applied_to()) == applied);
      PutRecords(*again, 0, 30);
      REQUIRE_OK(again->Apply(LogOffset{3000}));
      auto files = IndexFiles(*after);
      while (files.back()[39] == 0) files.pop_back();
      REQUIRE(files == model.Bytes());
    }
  }
}

TEST_CASE("files that others changed are not touched by the journal", "[index]") {
  UseUtc();
  MemoryMachine machine;
  machine.SetWall(std::chrono::milliseconds(1700000000123));
  auto index = Open(machine);
  PutRecords(*index, 0, 5);
  REQUIRE_OK(index->Apply(LogOffset{500}));
  index.reset();

  SECTION("an entry more") {
    std::string bytes = machine.Content(kFirst);
    REQUIRE(bytes.size() == 260);
    bytes[39] = 7;
    machine.Add(kFirst, bytes);
    CHECK(Open(machine)->rebuild_advised());
    CHECK(machine.Content(kFirst) == bytes);
  }
  SECTION("a file more") {
    std::string bytes(260, '\0');
    bytes[39] = 2;
    machine.Add("/store/index/20300101000000000", bytes);
    CHECK(Open(machine)->rebuild_advised());
  }
  SECTION("no file") {
    REQUIRE_OK(machine.files().Remove(kFirst));
    CHECK(Open(machine)->rebuild_advised());
  }
  SECTION("other sizes") {
    REQUIRE_OK(machine.files().Remove(kFirst));
    CHECK(Open(machine, 6, 10)->rebuild_advised());
  }
  SECTION("said by the caller") {
    std::string bytes = machine.Content(kFirst);
    bytes[39] = 5;
    machine.Add(kFirst, bytes);
    CHECK_FALSE(Open(machine, 5, 10, false)->rebuild_advised());
    // For good: a later open that trusts the journal finds none.
    const auto cut = machine.AfterPowerCut(9);
    CHECK_FALSE(Open(*cut)->rebuild_advised());
    CHECK(machine.Content(kFirst) == bytes);
    return;
  }
  // What was advised helps.
  const auto again = Open(machine, 5, 10);
  if (!again->rebuild_advised()) return;
  REQUIRE_OK(again->Rebuild());
  CHECK(IndexFiles(machine).empty());
  PutRecords(*again, 0, 5);
  REQUIRE_OK(again->Apply(LogOffset{500}));
  CHECK(Find(*Open(machine), 7).size() == 5);
}

TEST_CASE("a rebuild that is cut short is finished by the next open", "[index]") {
  IndexModel model(5, 10);
  for (std::int64_t i = 0; i < 30; ++i) model.Put({7, i * 100, kTime + i * 1000});
  bool reached = true;
  for (std::int64_t nth = 1; reached; ++nth) {
    MemoryMachine machine;
    auto index = Open(machine);
    PutRecords(*index, 0, 30);
    REQUIRE_OK(index->Apply(LogOffset{3000}));
    const auto before = machine.operations();
    machine.FailAt(nth, MemoryMachine::Fault::kForGood);
    const Status status = index->Rebuild();
    reached = machine.operations() - before >= nth;
    for (std::uint64_t seed = 0; seed <= 20; ++seed) {
      INFO("operation " << nth << ", seed " << seed);
      const auto after = seed == 0 ? machine.AfterKill() : machine.AfterPowerCut(seed);
      const auto again = Open(*after);
      REQUIRE_FALSE(again->rebuild_advised());
      if (status.ok()) REQUIRE(ToInt(again->applied_to()) == 0);
      PutRecords(*again, 0, 30);
      REQUIRE_OK(again->Apply(LogOffset{3000}));
      REQUIRE(Find(*again, 7).size() == 30);
      REQUIRE(IndexFiles(*after) == model.Bytes());
    }
    // The same process may go on as well.
    machine.FailAt(0, MemoryMachine::Fault::kOnce);
    REQUIRE_OK(index->Rebuild());
    PutRecords(*index, 0, 30);
    REQUIRE_OK(index->Apply(LogOffset{3000}));
    REQUIRE(IndexFiles(machine) == model.Bytes());
  }
}

TEST_CASE("a log that ends earlier takes its entries back", "[index]") {
  MemoryMachine machine;
  auto index = Open(machine, 5, 100);
  PutRecords(*index, 0, 10);
  CHECK_FALSE(REQUIRE_VALUE(index->DropFrom(LogOffset{500})));
  CHECK(Find(*index, 7) == std::vector<std::int64_t>{400, 300, 200, 100, 0});
  PutRecords(*index, 5, 7);
  CHECK(Find(*index, 7).size() == 7);
  REQUIRE_OK(index->Apply(LogOffset{700}));
  CHECK_FALSE(REQUIRE_VALUE(index->DropFrom(LogOffset{601})));
  CHECK(REQUIRE_VALUE(index->DropFrom(LogOffset{600})));
  CHECK(ToInt(index->applied_to()) == 600);
  // New records stand where the old ones stood, and stay known through a crash.
  const auto cut = machine.AfterPowerCut(4);
  index = Open(*cut, 5, 100);
  CHECK(ToInt(index->applied_to()) == 600);
  Put(*index, {8, 600, kTime});
  CHECK(Find(*index, 8) == std::vector<std::int64_t>{600});
}

TEST_CASE("files of deleted records go, the newest stays", "[index]") {
  MemoryMachine machine;
  auto index = Open(machine);
  PutRecords(*index, 0, 30);  // 9 in a file
  REQUIRE_OK(index->Apply(LogOffset{3000}));
  CHECK(IndexFiles(machine).size() == 4);
  CHECK(REQUIRE_VALUE(index->DeleteBefore(LogOffset{800})) == 0);
  CHECK(REQUIRE_VALUE(index->DeleteBefore(LogOffset{801})) == 1);
  CHECK(IndexFiles(machine).size() == 3);
  CHECK(Find(*index, 7).size() == 21);
  const auto cut = machine.AfterPowerCut(1);
  CHECK_FALSE(Open(*cut)->rebuild_advised());
  CHECK(REQUIRE_VALUE(index->DeleteBefore(LogOffset{1'000'000})) == 2);
  CHECK(Find(*index, 7).size() == 3);
  // The journal's last step named files that are gone now.
  index = Open(machine);
  CHECK_FALSE(index->rebuild_advised());
  PutRecords(*index, 30, 31);
  REQUIRE_OK(index->Apply(LogOffset{3100}));
  CHECK(Find(*index, 7).size() == 4);
}

TEST_CASE("after a broker's crash files newer than its checkpoint go", "[index]") {
  MemoryMachine machine;
  const auto index = Open(machine);
  PutRecords(*index, 0, 30);
  REQUIRE_OK(index->Apply(LogOffset{3000}));
  CHECK(REQUIRE_VALUE(index->DeleteNewerThan(Millis(kTime + 17'000))) == 2);
  CHECK(Find(*index, 7).size() == 18);
  CHECK(ToInt(index->applied_to()) == 1700);
  PutRecords(*index, 0, 30);
  CHECK(Find(*index, 7).size() == 30);
  REQUIRE_OK(index->Apply(LogOffset{3000}));
  IndexModel model(5, 10);
  for (std::int64_t i = 0; i < 30; ++i) model.Put({7, i * 100, kTime + i * 1000});
  CHECK(IndexFiles(machine) == model.Bytes());
  CHECK(REQUIRE_VALUE(index->DeleteNewerThan(Millis(0))) == 4);
  CHECK(IndexFiles(machine).empty());
  CHECK(ToInt(index->applied_to()) == 0);
}

}  // namespace
}  // namespace tidemark::test

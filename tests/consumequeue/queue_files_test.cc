// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_files.h"

#include <algorithm>
#include <map>

#include "tests/consumequeue/disk.h"

namespace tidemark {
namespace {

using test::Disk;
using test::FileBytes;
using test::FromHex;
using test::MakeFile;
using test::TestUnit;

constexpr std::int64_t kFileUnits = 5;

/// A queue "orders"-3 with files of five units on a disk of its own.
struct Fixture {
  explicit Fixture(std::size_t descriptors_max = 16)
      : descriptors(disk, descriptors_max),
        storage{disk, descriptors, disk.path() / "consumequeue", kFileUnits * kUnitBytes},
        directory(storage.root / "orders" / "3") {}

  QueueFiles New() { return QueueFiles(storage, topic, 3); }
  std::filesystem::path File(std::int64_t base) const { return directory / Format("{:020}", base); }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Disk disk;
  DescriptorCache descriptors;
  QueueStorage storage;
  std::string topic = "orders";
  std::filesystem::path directory;
};

std::vector<Unit> Units(std::int64_t from, std::int64_t end) {
  std::vector<Unit> units;
  for (; from < end; ++from) units.push_back(TestUnit(from));
  return units;
}

std::vector<Unit> ReadUnits(QueueFiles& files, std::int64_t from, std::int64_t end) {
  std::vector<Unit> units(static_cast<std::size_t>(end - from));
  REQUIRE_OK(files.Read(QueueOffset{from}, units));
  return units;
}

TEST_CASE("a unit has RocketMQ's bytes") {
  std::string bytes(kUnitBytes, '\0');
  const Unit first{LogOffset{0}, 174, 0x27a807};
  EncodeUnit(first, reinterpret_cast<std::byte*>(bytes.data()));
  CHECK(bytes == FromHex("0000000000000000 000000ae 000000000027a807"));
  CHECK(DecodeUnit(reinterpret_cast<const std::byte*>(bytes.data())) == first);

  const Unit negative{LogOffset{0x246}, 0x97, -1008770331};
  EncodeUnit(negative, reinterpret_cast<std::byte*>(bytes.data()));
  CHECK(bytes == FromHex("0000000000000246 00000097 ffffffffc3df62e5"));
  CHECK(DecodeUnit(reinterpret_cast<const std::byte*>(bytes.data())) == negative);

  EncodeUnit(kPreBlankUnit, reinterpret_cast<std::byte*>(bytes.data()));
  CHECK(bytes == FromHex("0000000000000000 7fffffff 0000000000000000"));
  CHECK(kPreBlankUnit.IsValid());
  CHECK(kPreBlankUnit.IsPreBlank());
  CHECK_FALSE(Unit{}.IsValid());
  CHECK_FALSE(Unit{LogOffset{-1}, 100, 0}.IsValid());
  CHECK_FALSE(Unit{LogOffset{5}, -100, 0}.IsValid());
  CHECK_FALSE(first.IsPreBlank());
}

TEST_CASE("units roll into the next file and are found again") {
  Fixture fixture;
  {
    QueueFiles files = fixture.New();
    REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 3)));
    REQUIRE_OK(files.Write(QueueOffset{3}, Units(3, 12)));
    REQUIRE_OK(files.Sync());
  }
  CHECK(fixture.Names() == std::vector<std::string>{"00000000000000000000", "00000000000000000100",
                                                    "00000000000000000200"});
  for (const std::int64_t base : {0, 100, 200}) CHECK(FileBytes(fixture.File(base)).size() == 100);
  CHECK(FileBytes(fixture.File(200)).substr(40) == std::string(60, '\0'));

  QueueFiles files = fixture.New();
  const auto bounds = REQUIRE_VALUE(files.Bounds());
  CHECK(bounds.first == QueueOffset{0});
  CHECK(bounds.end == QueueOffset{15});
  CHECK(ReadUnits(files, 0, 12) == Units(0, 12));
  CHECK(ReadUnits(files, 4, 6) == Units(4, 6));
  CHECK(ReadUnits(files, 12, 13) == std::vector<Unit>{Unit{}});
  Unit beyond;
  CHECK(files.Read(QueueOffset{15}, std::span(&beyond, 1)).code() == StatusCode::kOutOfRange);
}

TEST_CASE("a queue ends behind its last valid unit") {
  const std::int64_t units = GENERATE(0, 1, 4, 5, 6, 14, 15, 16, 31);
  Fixture fixture;
  {
    QueueFiles files = fixture.New();
    REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, units)));
  }
  QueueFiles files = fixture.New();
  const RecoveredEnd found = REQUIRE_VALUE(files.RecoverEnd());
  CHECK(found.end == QueueOffset{units});
  CHECK(found.log_end.has_value() == (units > 0));
  if (units > 0) CHECK(*found.log_end == LogOffset{units * 100});
}

TEST_CASE("only the last three files are looked at for the end") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 22)));
  const Unit damaged{LogOffset{1}, 0, 0};
  SECTION("older ones are trusted") {
    REQUIRE_OK(files.Write(QueueOffset{9}, std::span(&damaged, 1)));
    CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{22});
  }
  SECTION("the first invalid unit in them is the end, though others follow") {
    REQUIRE_OK(files.Write(QueueOffset{11}, std::span(&damaged, 1)));
    const RecoveredEnd found = REQUIRE_VALUE(files.RecoverEnd());
    CHECK(found.end == QueueOffset{11});
    CHECK(*found.log_end == LogOffset{1100});
  }
}

TEST_CASE("a queue that starts behind 0 gets pre-blank units in front") {
  Fixture fixture;
  const std::string blank = FromHex("0000000000000000 7fffffff 0000000000000000");
  {
    QueueFiles files = fixture.New();
    REQUIRE_OK(files.StartAt(QueueOffset{13}));
    REQUIRE_OK(files.Write(QueueOffset{13}, Units(13, 16)));
  }
  CHECK(fixture.Names() ==
        std::vector<std::string>{"00000000000000000200", "00000000000000000300"});
  CHECK(FileBytes(fixture.File(200)).substr(0, 60) == blank + blank + blank);
  QueueFiles files = fixture.New();
  CHECK(ReadUnits(files, 13, 16) == Units(13, 16));
  const RecoveredEnd found = REQUIRE_VALUE(files.RecoverEnd());
  CHECK(found.end == QueueOffset{16});
  CHECK(*found.log_end == LogOffset{1600});
}

TEST_CASE("a queue of pre-blank units only says nothing of the log") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.StartAt(QueueOffset{13}));
  const RecoveredEnd found = REQUIRE_VALUE(files.RecoverEnd());
  CHECK(found.end == QueueOffset{13});
  CHECK_FALSE(found.log_end.has_value());
}

TEST_CASE("pre-blank units that a crash cut short are completed") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.StartAt(QueueOffset{11}));
  REQUIRE_OK(files.StartAt(QueueOffset{14}));
  REQUIRE_OK(files.Write(QueueOffset{14}, Units(14, 15)));
  CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{15});
  CHECK(ReadUnits(files, 10, 11) == std::vector<Unit>{kPreBlankUnit});
}

TEST_CASE("nothing is filled where units are already") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 10)));
  for (const std::int64_t at : {0, 3, 5, 10}) REQUIRE_OK(files.StartAt(QueueOffset{at}));
  CHECK(ReadUnits(files, 0, 10) == Units(0, 10));
  REQUIRE_OK(files.Write(QueueOffset{10}, Units(10, 11)));
  CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{11});
}

TEST_CASE("a start behind a hole in an older file removes what cannot be continued") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 3)));
  const std::int64_t at = GENERATE(5, 8);
  REQUIRE_OK(files.StartAt(QueueOffset{at}));
  REQUIRE_OK(files.Write(QueueOffset{at}, Units(at, at + 1)));
  CHECK(fixture.Names() == std::vector<std::string>{"00000000000000000100"});
  CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{at + 1});
}

TEST_CASE("a jump past the files of a queue without messages starts it anew") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 7)));
  REQUIRE_OK(files.StartAt(QueueOffset{22}));
  REQUIRE_OK(files.Write(QueueOffset{22}, Units(22, 23)));
  CHECK(fixture.Names() == std::vector<std::string>{"00000000000000000400"});
  CHECK(REQUIRE_VALUE(files.RecoverEnd()).end == QueueOffset{23});
}

TEST_CASE("a directory that Java would not load is refused with the file's name") {
  Fixture fixture;
  const std::string full(100, '\0');
  MakeFile(fixture.File(0), full);
  SECTION("wrong length") {
    MakeFile(fixture.File(100), std::string(99, '\0'));
    MakeFile(fixture.File(200), full);
    QueueFiles files = fixture.New();
    const Status error = files.Bounds().error();
    CHECK(error.code() == StatusCode::kFailedPrecondition);
    CHECK_THAT(error.message(), ContainsSubstring(fixture.File(100).string()));
    CHECK_THAT(error.message(), ContainsSubstring("99 bytes"));
  }
  SECTION("an empty file that is not the last") {
    MakeFile(fixture.File(100), "");
    MakeFile(fixture.File(200), full);
    CHECK(fixture.New().Bounds().error().code() == StatusCode::kFailedPrecondition);
  }
  SECTION("foreign names") {
    const std::string name =
        GENERATE("x.tmp", "100", "0000000000000000010x", "-0000000000000000100");
    MakeFile(fixture.directory / name, full);
    QueueFiles files = fixture.New();
    const Status error = files.Bounds().error();
    CHECK(error.code() == StatusCode::kFailedPrecondition);
    CHECK_THAT(error.message(), ContainsSubstring(name));
  }
  SECTION("a base between files") {
    MakeFile(fixture.File(130), full);
    CHECK(fixture.New().Bounds().error().code() == StatusCode::kFailedPrecondition);
  }
  SECTION("a missing file") {
    MakeFile(fixture.File(200), full);
    QueueFiles files = fixture.New();
    const Status error = files.Bounds().error();
    CHECK(error.code() == StatusCode::kDataLoss);
    CHECK_THAT(error.message(), ContainsSubstring("00000000000000000100"));
  }
  SECTION("directories inside are passed over") {
    std::filesystem::create_directory(fixture.directory / "backup");
    CHECK(REQUIRE_VALUE(fixture.New().Bounds()).end == QueueOffset{5});
  }
}

TEST_CASE("an empty last file is passed over and replaced when its turn comes") {
  Fixture fixture;
  MakeFile(fixture.File(0), std::string(100, '\0'));
  MakeFile(fixture.File(100), "");
  QueueFiles files = fixture.New();
  CHECK(REQUIRE_VALUE(files.Bounds()).end == QueueOffset{5});
  CHECK(FileBytes(fixture.File(100)).empty());
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 7)));
  CHECK(FileBytes(fixture.File(100)).size() == 100);
  CHECK(ReadUnits(files, 0, 7) == Units(0, 7));
}

TEST_CASE("clearing leaves nothing behind the place, and nothing else changed") {
  const std::int64_t at = GENERATE(0, 1, 5, 7, 10, 16, 17, 20);
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 17)));
  REQUIRE_OK(files.ClearFrom(QueueOffset{at}));
  const std::int64_t kept = std::min<std::int64_t>(at, 17);
  const auto check = [&](QueueFiles& cleared) {
    CHECK(REQUIRE_VALUE(cleared.RecoverEnd()).end == QueueOffset{kept});
    CHECK(ReadUnits(cleared, 0, kept) == Units(0, kept));
    const auto bounds = REQUIRE_VALUE(cleared.Bounds());
    for (const Unit& unit : ReadUnits(cleared, kept, ToInt(bounds.end))) CHECK(unit == Unit{});
    CHECK(bounds.end == QueueOffset{std::max<std::int64_t>((at + 4) / 5 * 5, 5)});
  };
  check(files);
  QueueFiles again = fixture.New();
  check(again);
  // And it goes on from there.
  REQUIRE_OK(again.Write(QueueOffset{kept}, Units(kept, kept + 8)));
  CHECK(ReadUnits(again, 0, kept + 8) == Units(0, kept + 8));
}

TEST_CASE("clearing all keeps the number that a queue has reached") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.StartAt(QueueOffset{10}));
  REQUIRE_OK(files.Write(QueueOffset{10}, Units(10, 17)));
  REQUIRE_OK(files.ClearFrom(QueueOffset{10}));
  CHECK(fixture.Names() == std::vector<std::string>{"00000000000000000200"});
  CHECK(REQUIRE_VALUE(fixture.New().RecoverEnd()).end == QueueOffset{10});
}

TEST_CASE("the place where units point past the log's end is found") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 17)));
  const std::map<std::int64_t, std::int64_t> ends = {{0, 0},     {100, 1},   {500, 5},
                                                     {550, 5},   {700, 7},   {1000, 10},
                                                     {1601, 16}, {1700, 17}, {9999, 17}};
  for (const auto& [log_end, end] : ends) {
    INFO("log end " << log_end);
    const RecoveredEnd cut = REQUIRE_VALUE(files.FindCut(LogOffset{log_end}, QueueOffset{17}));
    CHECK(cut.end == QueueOffset{end});
    CHECK(cut.log_end.value_or(LogOffset{0}) == LogOffset{end * 100});
  }
  CHECK(REQUIRE_VALUE(files.FindCut(LogOffset{9999}, QueueOffset{12})).end == QueueOffset{12});
}

TEST_CASE("files below the log's start go, oldest first, the last one never") {
  Fixture fixture;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 17)));
  REQUIRE_OK(files.DeleteBefore(LogOffset{400}, QueueOffset{17}));
  CHECK(REQUIRE_VALUE(files.Bounds()).first == QueueOffset{0});
  REQUIRE_OK(files.DeleteBefore(LogOffset{401}, QueueOffset{4}));
  CHECK(REQUIRE_VALUE(files.Bounds()).first == QueueOffset{0});
  REQUIRE_OK(files.DeleteBefore(LogOffset{401}, QueueOffset{17}));
  CHECK(REQUIRE_VALUE(files.Bounds()).first == QueueOffset{5});
  CHECK(ReadUnits(files, 5, 17) == Units(5, 17));
  Unit gone;
  CHECK(files.Read(QueueOffset{4}, std::span(&gone, 1)).code() == StatusCode::kOutOfRange);
  REQUIRE_OK(files.DeleteBefore(LogOffset{100000}, QueueOffset{17}));
  CHECK(fixture.Names() == std::vector<std::string>{"00000000000000000300"});
  REQUIRE_OK(files.Write(QueueOffset{17}, Units(17, 21)));
  CHECK(ReadUnits(files, 15, 21) == Units(15, 21));
}

TEST_CASE("files and new names are synced once, and only those written to") {
  Fixture fixture;
  test::DiskWatch& watch = fixture.disk.watch;
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 12)));
  std::int64_t before = watch.syncs;
  REQUIRE_OK(files.Sync());
  CHECK(watch.syncs - before == 3 + 3);  // files; the queue's, the topic's and the root directory
  before = watch.syncs;
  REQUIRE_OK(files.Sync());
  CHECK(watch.syncs == before);
  REQUIRE_OK(files.Write(QueueOffset{12}, Units(12, 13)));
  REQUIRE_OK(files.Sync());
  CHECK(watch.syncs - before == 1);
  before = watch.syncs;
  REQUIRE_OK(files.Write(QueueOffset{13}, Units(13, 16)));
  watch.fail_syncs = true;
  CHECK(files.Sync().code() == StatusCode::kDataLoss);
  watch.fail_syncs = false;
  REQUIRE_OK(files.Sync());
  CHECK(watch.syncs - before == 2 + 1);
}

TEST_CASE("few descriptors serve many files") {
  Fixture fixture(3);
  QueueFiles files = fixture.New();
  REQUIRE_OK(files.Write(QueueOffset{0}, Units(0, 100)));
  CHECK(fixture.descriptors.size() == 3);
  CHECK(fixture.disk.watch.open == 3);
  CHECK(ReadUnits(files, 0, 100) == Units(0, 100));
  CHECK(fixture.disk.watch.open_max <= 5);

  // What is used again and again stays open.
  Unit unit;
  REQUIRE_OK(files.Read(QueueOffset{0}, std::span(&unit, 1)));
  const std::int64_t opened = fixture.disk.watch.opened;
  for (std::int64_t n = 1; n < 10; ++n) {
    REQUIRE_OK(files.Read(QueueOffset{n * 5}, std::span(&unit, 1)));
    REQUIRE_OK(files.Read(QueueOffset{0}, std::span(&unit, 1)));
  }
  CHECK(fixture.disk.watch.opened - opened == 9);
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/batch_queue_files.h"

#include "tests/consumequeue/disk.h"

namespace tidemark {
namespace {

using test::Disk;
using test::FileBytes;
using test::FromHex;

struct Fixture {
  BatchQueueFiles New() { return BatchQueueFiles(storage, topic, 1); }

  Disk disk;
  DescriptorCache descriptors{disk};
  QueueStorage storage{disk, descriptors, disk.path() / "batchconsumequeue", 4 * kBatchUnitBytes};
  std::string topic = "B";
};

/// Unit i of records of three messages; offsets begin at 5.
BatchUnit TestBatch(std::int64_t i) {
  return {LogOffset{i * 100},     100, i * 3, WallTime(std::chrono::milliseconds(i)),
          QueueOffset{5 + i * 3}, 3};
}

TEST_CASE("a batch unit has RocketMQ's bytes") {
  const BatchUnit batch{LogOffset{0},   0xc0,
                        0xa80,          WallTime(std::chrono::milliseconds(0x1a1f9fc71c5)),
                        QueueOffset{0}, 2};
  const BatchUnit plain{
      LogOffset{0x156}, 0x62, 0, WallTime(std::chrono::milliseconds(0x1a1f9fc7208)),
      QueueOffset{3},   1};
  Fixture fixture;
  BatchQueueFiles files = fixture.New();
  REQUIRE_OK(files.Recover());
  REQUIRE_OK(files.Append(batch));
  REQUIRE_OK(files.Append(plain));
  REQUIRE_OK(files.Sync());
  const std::string bytes = FileBytes(fixture.storage.root / "B/1/00000000000000000000");
  CHECK(bytes.size() == 4 * kBatchUnitBytes);
  CHECK(bytes.substr(0, 2 * kBatchUnitBytes) ==
        FromHex("0000000000000000 000000c0 0000000000000a80 000001a1f9fc71c5 0000000000000000 0002 "
                "ffffffff 00000000"
                "0000000000000156 00000062 0000000000000000 000001a1f9fc7208 0000000000000003 0001 "
                "ffffffff 00000000"));
  CHECK(*REQUIRE_VALUE(files.Find(QueueOffset{1})) == batch);
  CHECK(*REQUIRE_VALUE(files.Find(QueueOffset{3})) == plain);
  CHECK_FALSE(REQUIRE_VALUE(files.Find(QueueOffset{2})).has_value());
  CHECK_FALSE(BatchUnit{}.IsValid());
}

TEST_CASE("batches are found by the offset of each of their messages, over files and restarts") {
  const std::int64_t count = GENERATE(0, 1, 3, 4, 5, 18);
  Fixture fixture;
  {
    BatchQueueFiles files = fixture.New();
    REQUIRE_OK(files.Recover());
    for (std::int64_t i = 0; i < count; ++i) REQUIRE_OK(files.Append(TestBatch(i)));
    REQUIRE_OK(files.Sync());
  }
  BatchQueueFiles files = fixture.New();
  REQUIRE_OK(files.Recover());
  CHECK(files.units() == count);
  CHECK(files.last_log_offset().has_value() == (count > 0));
  if (count == 0) {
    CHECK(files.max() == QueueOffset{0});
    return;
  }
  CHECK(files.min() == QueueOffset{5});
  CHECK(files.max() == QueueOffset{5 + count * 3});
  CHECK(*files.last_log_offset() == LogOffset{(count - 1) * 100});
  for (std::int64_t offset = 5; offset < 5 + count * 3; ++offset) {
    CHECK(*REQUIRE_VALUE(files.Find(QueueOffset{offset})) == TestBatch((offset - 5) / 3));
  }
  CHECK_FALSE(REQUIRE_VALUE(files.Find(QueueOffset{4})).has_value());
  CHECK_FALSE(REQUIRE_VALUE(files.Find(QueueOffset{5 + count * 3})).has_value());
}

TEST_CASE("batches past a cut of the log go, those below its start are hidden") {
  Fixture fixture;
  {
    BatchQueueFiles files = fixture.New();
    REQUIRE_OK(files.Recover());
    for (std::int64_t i = 0; i < 10; ++i) REQUIRE_OK(files.Append(TestBatch(i)));
    REQUIRE_OK(files.TruncateFrom(LogOffset{650}));
    CHECK(files.units() == 6);
    CHECK(files.max() == QueueOffset{5 + 18});
  }
  BatchQueueFiles files = fixture.New();
  REQUIRE_OK(files.Recover());
  CHECK(files.units() == 6);
  REQUIRE_OK(files.CorrectMin(LogOffset{0}));
  CHECK(files.min() == QueueOffset{5});
  REQUIRE_OK(files.CorrectMin(LogOffset{150}));
  CHECK(files.min() == QueueOffset{5 + 6});
  CHECK_FALSE(REQUIRE_VALUE(files.Find(QueueOffset{10})).has_value());
  CHECK(*REQUIRE_VALUE(files.Find(QueueOffset{11})) == TestBatch(2));
  REQUIRE_OK(files.CorrectMin(LogOffset{9999}));
  CHECK(files.min() == files.max());
  REQUIRE_OK(files.Append(TestBatch(6)));
  CHECK(*REQUIRE_VALUE(files.Find(QueueOffset{5 + 18})) == TestBatch(6));
}

}  // namespace
}  // namespace tidemark

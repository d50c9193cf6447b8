// SPDX-License-Identifier: Apache-2.0
// Queues of BatchCQ topics that RocketMQ wrote: read, recovered, kept.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tidemark/inspect.h"
#include "tidemark/store.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

/// A store that Java wrote, as tests/api/data/README.md tells.
struct JavaStore {
  JavaStore() { fs::copy(Original(), root(), fs::copy_options::recursive); }
  static fs::path Original() { return fs::path(TIDEMARK_TEST_DATA) / "batch-queues" / "store"; }
  fs::path root() const { return directory.path() / "store"; }
  fs::path queue_file(int queue, const char* name) const {
    return root() / "batchconsumequeue" / "B" / std::to_string(queue) / name;
  }
  static StoreOptions Options() {
    StoreOptions options;
    options.sizes.index_slots = 50;
    options.sizes.index_entries = 100;
    options.io_path = io::Path::kPread;
    options.retention.automatic = false;
    return options;
  }
  std::unique_ptr<Store> Open() const { return REQUIRE_VALUE(Store::Open(root(), Options())); }
  void CheckSound() const {
    InspectOptions options;
    options.sizes.index_slots = 50;
    options.sizes.index_entries = 100;
    const auto report = REQUIRE_VALUE(Verify(root(), options, [](const Finding& finding) {
      INFO(finding.file << ": " << finding.text);
      CHECK(finding.kind == Finding::Kind::kNote);
    }));
    CHECK(report.findings == 0);
  }

  TemporaryDirectory directory;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Overwrite(const fs::path& path, std::int64_t position, std::size_t bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(position);
  file << std::string(bytes, '\0');
  REQUIRE(file.good());
}

/// The queue offset of each record from `from` on.
std::vector<std::int64_t> Offsets(Store& store, std::int32_t queue, std::int64_t from) {
  std::vector<std::int64_t> offsets;
  const auto bounds = REQUIRE_VALUE(store.Bounds({"B", queue}));
  for (QueueOffset next{from}; next < bounds.max;) {
    const auto batch = REQUIRE_VALUE(store.Read({"B", queue}, next, {.messages_max = 3}));
    REQUIRE(!batch.empty());
    for (const MessageView& message : batch) {
      CHECK(message.topic() == "B");
      CHECK(message.queue() == queue);
      offsets.push_back(ToInt(message.queue_offset()));
    }
    next = batch.next_offset();
  }
  return offsets;
}

const std::vector<std::int64_t> kQueue0{0, 2, 6, 8};
const std::vector<std::int64_t> kQueue1{0, 1, 6, 7, 8, 11, 12, 13, 18, 19, 20, 23};

void CheckAll(Store& store) {
  CHECK(Offsets(store, 0, 0) == kQueue0);
  CHECK(Offsets(store, 1, 0) == kQueue1);
  CHECK(REQUIRE_VALUE(store.Bounds({"B", 0})).max == QueueOffset{12});
  CHECK(REQUIRE_VALUE(store.Bounds({"B", 1})).max == QueueOffset{24});
}

void CheckFilesAreJavas(const JavaStore& java) {
  const fs::path original = JavaStore::Original() / "batchconsumequeue";
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(original)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    INFO(entry.path().string());
    CHECK(ReadFile(entry.path()) ==
          ReadFile(java.root() / "batchconsumequeue" / fs::relative(entry.path(), original)));
  }
  CHECK(files == 4);
}

void CheckReads(Store& store) {
  // Within a record of several messages: the record that holds the message.
  const auto batch = REQUIRE_VALUE(store.Read({"B", 1}, QueueOffset{3}, {.messages_max = 1}));
  REQUIRE(batch.size() == 1);
  CHECK(batch[0].queue_offset() == QueueOffset{1});
  CHECK(batch[0].property("INNER_NUM") == "5");
  CHECK(batch.next_offset() == QueueOffset{6});
  CHECK(store.Read({"B", 1}, QueueOffset{25}).error().code() == StatusCode::kOutOfRange);
  CHECK(store.Read({"B", 2}, QueueOffset{0}).error().code() == StatusCode::kNotFound);
  CHECK(REQUIRE_VALUE(store.Read({"B", 1}, QueueOffset{24})).empty());
  const auto plain = REQUIRE_VALUE(store.Read({"B", 1}, QueueOffset{0}, {.filter = Tags("P")}));
  CHECK(plain.size() == 8);

  const auto first = REQUIRE_VALUE(store.Read({"B", 1}, QueueOffset{8}, {.messages_max = 1}));
  using Boundary = Store::Boundary;
  const WallTime time = first[0].store_time();
  CHECK(REQUIRE_VALUE(store.OffsetAt({"B", 1}, time, Boundary::kLower)) <= QueueOffset{8});
  CHECK(REQUIRE_VALUE(store.OffsetAt({"B", 1}, time, Boundary::kUpper)) >= QueueOffset{8});
  CHECK(REQUIRE_VALUE(store.OffsetAt({"B", 1}, WallTime{}, Boundary::kLower)) == QueueOffset{0});
  const WallTime late = WallTime::max();
  CHECK(REQUIRE_VALUE(store.OffsetAt({"B", 1}, late, Boundary::kLower)) == QueueOffset{24});
  CHECK(REQUIRE_VALUE(store.OffsetAt({"B", 1}, late, Boundary::kUpper)) == QueueOffset{23});
}

TEST_CASE("queues of BatchCQ topics are read as Java reads them", "[api]") {
  const JavaStore java;
  for (int run = 0; run < 2; ++run) {  // Java's way, then by our sidecar
    auto store = java.Open();
    CHECK(store->Recovery().used_sidecar == (run > 0));
    CheckAll(*store);
    CHECK(store->Queues().size() == 3);
    CHECK(store->QueuesOf("B").size() == 2);
    CheckReads(*store);
    CHECK_OK(store->CommitOffset("g", {"B", 1}, QueueOffset{13}));
    CHECK_OK(store->Wait({"B", 1}, QueueOffset{23}, std::chrono::nanoseconds(0)));
    CHECK(REQUIRE_VALUE(store->FindByKey("B", "b3")).size() == 1);
    REQUIRE_OK(store->Close());
    CheckFilesAreJavas(java);
    java.CheckSound();
  }
}

TEST_CASE("queues of BatchCQ topics are not appended to", "[api]") {
  const JavaStore java;
  auto store = java.Open();
  const auto refused = store->Append({.topic = "B", .queue = 1, .body = "x"}, Durability::kKernel);
  CHECK(refused.error().code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(refused.error().message(), ContainsSubstring("BatchCQ"));
  // And no other topic gets records that its queues cannot count.
  CHECK(
      store
          ->Append({.topic = "T", .body = "x", .sys_flag = kSysFlagInnerBatch}, Durability::kKernel)
          .error()
          .code() == StatusCode::kInvalidArgument);
}

TEST_CASE("batch queues that lack units get them from the log", "[api]") {
  const JavaStore java;
  const bool killed = GENERATE(true, false);
  if (killed) {
    std::ofstream(java.root() / "abort") << "4711";
    Overwrite(java.queue_file(1, "00000000000000000460"), 46, 46);
  } else {
    for (const char* derived : {"batchconsumequeue", "consumequeue", "index", "checkpoint"}) {
      fs::remove_all(java.root() / derived);
    }
    std::ofstream(java.root() / "broker.conf") << "mapperFileSizeBatchConsumeQueue=230\n"
                                               << "mappedFileSizeConsumeQueue=400\n";
  }
  auto store = java.Open();
  CheckAll(*store);
  REQUIRE_OK(store->Close());
  CheckFilesAreJavas(java);
  java.CheckSound();
}

TEST_CASE("batch units past the end of the log go", "[api]") {
  const JavaStore java;
  std::ofstream(java.root() / "abort") << "4711";
  Overwrite(java.root() / "commitlog" / "00000000000000004096", 5325 - 4096, 106);
  auto store = java.Open();
  CHECK(REQUIRE_VALUE(store->Bounds({"B", 1})).max == QueueOffset{23});
  CHECK(Offsets(*store, 1, 19) == std::vector<std::int64_t>{19, 20});
  REQUIRE_OK(store->Close());
  CHECK(ReadFile(java.queue_file(1, "00000000000000000460")).substr(46) == std::string(184, '\0'));
  java.CheckSound();
}

TEST_CASE("batch queues follow the log's start", "[api]") {
  const JavaStore java;
  auto store = java.Open();
  const std::string body(500, 'b');
  for (int i = 0; i < 20; ++i) {
    REQUIRE(store->Append({.topic = "T", .body = body}, Durability::kKernel).has_value());
  }
  REQUIRE_OK(store->Checkpoint());
  CHECK(REQUIRE_VALUE(store->DeleteBefore(LogOffset{4096})) == 1);
  for (int run = 0; run < 2; ++run) {
    CHECK(REQUIRE_VALUE(store->Bounds({"B", 0})).min == QueueOffset{8});
    CHECK(REQUIRE_VALUE(store->Bounds({"B", 1})).min == QueueOffset{19});
    CHECK(Offsets(*store, 1, 19) == std::vector<std::int64_t>{19, 20, 23});
    CHECK_FALSE(fs::exists(java.queue_file(1, "00000000000000000000")));
    CHECK(fs::exists(java.queue_file(1, "00000000000000000230")));
    REQUIRE_OK(store->Close());
    java.CheckSound();
    store = java.Open();
  }
}

TEST_CASE("a BatchCQ topic is deleted with its files, and its name waits for retention", "[api]") {
  const JavaStore java;
  auto store = java.Open();
  REQUIRE_OK(store->DeleteTopic("B"));
  const auto check = [&] {
    CHECK(store->QueuesOf("B").empty());
    CHECK(store->Bounds({"B", 1}).error().code() == StatusCode::kNotFound);
    CHECK(store->Append({.topic = "B", .body = "x"}, Durability::kKernel).error().code() ==
          StatusCode::kFailedPrecondition);
    CHECK_FALSE(fs::exists(java.root() / "batchconsumequeue" / "B"));
  };
  check();
  REQUIRE_OK(store->Close());
  java.CheckSound();
  for (const char* derived : {"tidemark", "consumequeue", "index", "checkpoint"}) {
    fs::remove_all(java.root() / derived);
    store = java.Open();
    check();
    CHECK(REQUIRE_VALUE(store->Bounds({"T", 0})).max == QueueOffset{8});
    REQUIRE_OK(store->Close());
    java.CheckSound();
  }
  store = java.Open();
  const std::string body(500, 'b');
  for (int i = 0; i < 20; ++i) {
    REQUIRE(store->Append({.topic = "T", .body = body}, Durability::kKernel).has_value());
  }
  REQUIRE_OK(store->Checkpoint());
  CHECK(REQUIRE_VALUE(store->DeleteBefore(LogOffset{8192})) == 2);
  REQUIRE_OK(store->Close());
  store = java.Open();
  CHECK(store->Append({.topic = "B", .body = "x"}, Durability::kKernel).has_value());
  REQUIRE_OK(store->Close());
  java.CheckSound();
}

TEST_CASE("a directory of the wrong kind is refused with its name", "[api]") {
  const JavaStore java;
  fs::create_directories(java.root() / "consumequeue" / "B");
  const auto opened = Store::Open(java.root(), JavaStore::Options());
  CHECK(opened.error().code() == StatusCode::kFailedPrecondition);
  CHECK_THAT(opened.error().message(), ContainsSubstring("consumequeue/B"));
}

}  // namespace
}  // namespace tidemark

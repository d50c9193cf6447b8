// SPDX-License-Identifier: Apache-2.0
// Files that RocketMQ wrote, and what it found in them: see data/README.md.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/base/format.h"
#include "src/base/java_text.h"
#include "tests/index/index_model.h"
#include "tests/support/catch.h"

namespace tidemark::test {
namespace {

struct Query {
  std::int32_t hash = 0;
  std::int32_t max = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::vector<std::int64_t> found;
};

struct JavaIndex {
  std::string name;
  std::int32_t slots;
  std::int32_t entries;
};

const JavaIndex kAll[] = {{"clean", 200, 1000}, {"many-index-files", 40, 100}, {"rolled", 7, 50}};

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::filesystem::path Folder(const JavaIndex& java) {
  return std::filesystem::path(TM_TEST_DATA) / java.name;
}

std::vector<Key> Puts(const JavaIndex& java) {
  std::istringstream in(Slurp(Folder(java) / "puts.txt"));
  std::vector<Key> puts;
  for (Key key; in >> key.hash >> key.record >> key.time;) puts.push_back(key);
  return puts;
}

std::vector<Query> Queries(const JavaIndex& java) {
  std::istringstream in(Slurp(Folder(java) / "queries.txt"));
  std::vector<Query> queries;
  std::string found;
  for (Query query; in >> query.hash >> query.max >> query.begin >> query.end >> found;) {
    query.found.clear();
    std::istringstream list(found == "-" ? "" : found);
    for (std::string each; std::getline(list, each, ',');) query.found.push_back(std::stoll(each));
    queries.push_back(query);
  }
  REQUIRE(queries.size() >= 300);
  return queries;
}

void AddFiles(MemoryMachine& machine, const JavaIndex& java) {
  for (const auto& file : std::filesystem::directory_iterator(Folder(java) / "index")) {
    machine.Add("/store/index/" + file.path().filename().string(), Slurp(file.path()));
  }
}

void CheckQueries(KeyIndex& index, const JavaIndex& java) {
  for (const Query& query : Queries(java)) {
    const auto found =
        REQUIRE_VALUE(index.Find(query.hash, {Millis(query.begin), Millis(query.end)}, query.max));
    INFO(java.name << ": " << query.hash << " " << query.max << " " << query.begin << " "
                   << query.end);
    REQUIRE(Offsets(found) == query.found);
  }
}

TEST_CASE("a search finds what RocketMQ finds in its own files", "[index]") {
  const JavaIndex java = GENERATE(from_range(std::begin(kAll), std::end(kAll)));
  MemoryMachine machine;
  AddFiles(machine, java);
  const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(java.slots, java.entries)));
  CheckQueries(*index, java);
}

TEST_CASE("the same keys make the same bytes as RocketMQ's", "[index]") {
  const JavaIndex java = GENERATE(from_range(std::begin(kAll), std::end(kAll)));
  const std::int32_t step = GENERATE(1, 3, 16384);
  const std::size_t every = GENERATE(1u, 7u, 100u, 1'000'000u);
  MemoryMachine theirs;
  AddFiles(theirs, java);
  MemoryMachine machine;
  auto options = IndexOptions(java.slots, java.entries);
  options.step_entries_max = step;
  const auto index = REQUIRE_VALUE(OpenIndex(machine, options));
  const std::vector<Key> puts = Puts(java);
  for (std::size_t i = 0; i < puts.size(); ++i) {
    Put(*index, puts[i]);
    if ((i + 1) % every == 0) REQUIRE_OK(index->Apply(LogOffset{puts[i].record}));
  }
  // Some entries are in files, some are not: no search can tell.
  CheckQueries(*index, java);
  REQUIRE_OK(index->Apply(LogOffset{puts.back().record + 1}));
  CHECK(IndexFiles(machine) == IndexFiles(theirs));
  CheckQueries(*index, java);
  CHECK(index->pending_bytes() == 0);
}

TEST_CASE("replaying a log over RocketMQ's files adds no entry twice", "[index]") {
  const JavaIndex java = GENERATE(from_range(std::begin(kAll), std::end(kAll)));
  MemoryMachine machine;
  AddFiles(machine, java);
  const auto before = IndexFiles(machine);
  auto options = IndexOptions(java.slots, java.entries);
  options.trust_journal = GENERATE(false, true);
  const auto index = REQUIRE_VALUE(OpenIndex(machine, options));
  const std::vector<Key> puts = Puts(java);
  CHECK(ToInt(index->applied_to()) == puts.back().record);
  for (const Key& key : puts) Put(*index, key);
  REQUIRE_OK(index->Apply(LogOffset{puts.back().record + 1}));
  CHECK(IndexFiles(machine) == before);
}

TEST_CASE("a replay completes the record that RocketMQ was killed in", "[index]") {
  const JavaIndex& java = kAll[2];
  const std::vector<Key> puts = Puts(java);
  // Record by record, cut between any two of its keys.
  const std::size_t cut = GENERATE(1u, 2u, 48u, 49u, 50u, 120u, 150u, 380u);
  MemoryMachine killed;
  {
    const auto index = REQUIRE_VALUE(OpenIndex(killed, IndexOptions(java.slots, java.entries)));
    for (std::size_t i = 0; i < cut; ++i) Put(*index, puts[i]);
    REQUIRE_OK(index->Apply(LogOffset{puts[cut - 1].record + 1}));
  }
  auto options = IndexOptions(java.slots, java.entries);
  options.trust_journal = false;
  const auto index = REQUIRE_VALUE(OpenIndex(killed, options));
  for (const Key& key : puts) Put(*index, key);
  REQUIRE_OK(index->Apply(LogOffset{puts.back().record + 1}));
  MemoryMachine theirs;
  AddFiles(theirs, java);
  CHECK(IndexFiles(killed) == IndexFiles(theirs));
}

TEST_CASE("the bytes of a small file that RocketMQ wrote", "[index]") {
  // Three records of three keys; the format's documentation gives the header, three slots and two
  // entries of the 640 bytes.
  MemoryMachine machine;
  const auto index = REQUIRE_VALUE(OpenIndex(machine, IndexOptions(100, 10)));
  const auto hash = [](std::string_view text) {
    return std::abs(JavaHash(text, JavaHash("TopicTest#")));
  };
  const std::int64_t first = 0x1a1f9f96f67;
  for (const auto key : {"C0A80102000078308DB1F1A2B3C40001", "k1", "k2"}) {
    Put(*index, {hash(key), 0, first});
  }
  Put(*index, {0x62b4514d, 0xae, first + 20});
  for (int i = 4; i < 9; ++i) Put(*index, {1000 + i, 0xcca, 0x1a1f9f96f8a});
  REQUIRE_OK(index->Apply(LogOffset{0xccb}));
  const auto files = IndexFiles(machine);
  REQUIRE(files.size() == 1);
  const std::string& bytes = files[0];
  CHECK(bytes.size() == 640);
  const auto hex = [&](std::size_t at, std::size_t size) {
    std::string out;
    for (std::size_t i = at; i < at + size; ++i) {
      out += Format("{:02x}", static_cast<unsigned char>(bytes[i]));
    }
    return out;
  };
  CHECK(hex(0, 40) ==
        "000001a1f9f96f67"
        "000001a1f9f96f8a"
        "0000000000000000"
        "0000000000000cca"
        "00000009"
        "0000000a");
  CHECK(hex(40 + 4 * 9, 4) == "00000001");
  CHECK(hex(40 + 4 * 24, 4) == "00000002");
  CHECK(hex(40 + 4 * 25, 4) == "00000003");
  CHECK(hex(460, 20) == "5129b1e100000000000000000000000000000000");
  CHECK(hex(520, 20) == "62b4514d00000000000000ae0000000000000000");
}

}  // namespace
}  // namespace tidemark::test

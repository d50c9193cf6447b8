// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include "src/config/broker_conf.h"
#include "src/config/config_file.h"
#include "src/config/java_checkpoint.h"
#include "tests/config/config_data.h"
#include "tests/support/memory_files.h"

namespace tidemark::test {
namespace {

const char kPath[] = "/store/config/topics.json";

/// Content "1", "2" ... is good.
struct Loaded {
  std::string content;
  Result<std::string> note;
};

Loaded Load(ConfigFile& file) {
  Loaded loaded{"", std::string()};
  loaded.note = file.Load([&](std::string_view content) -> Status {
    if (content.find_first_not_of("0123456789") != content.npos) {
      return InvalidArgument("line 1, column 1: nonsense");
    }
    loaded.content = content;
    return {};
  });
  return loaded;
}

TEST_CASE("which of a file and its copy counts", "[config]") {
  MemoryMachine machine;
  ConfigFile file(machine.files(), "/store", "topics.json");
  const std::string bak = std::string(kPath) + ".bak";
  SECTION("neither is there") {
    const Loaded loaded = Load(file);
    CHECK(REQUIRE_VALUE(loaded.note).empty());
    CHECK(loaded.content.empty());
  }
  SECTION("the file") {
    machine.Add(kPath, "2");
    machine.Add(bak, "1");
    const Loaded loaded = Load(file);
    CHECK(REQUIRE_VALUE(loaded.note).empty());
    CHECK(loaded.content == "2");
  }
  SECTION("the copy") {
    const std::string content = GENERATE(as<std::string>(), "", "x", "2x", std::string(100, '\0'));
    machine.Add(kPath, content);
    machine.Add(bak, "1");
    const Loaded loaded = Load(file);
    CHECK_THAT(REQUIRE_VALUE(loaded.note),
               ContainsSubstring(content.empty() ? "is empty" : "is damaged, line 1, column 1"));
    CHECK_THAT(REQUIRE_VALUE(loaded.note), ContainsSubstring("topics.json.bak is used"));
    CHECK(loaded.content == "1");
    // The good copy is not replaced by what is damaged.
    REQUIRE_OK(file.Save("3"));
    CHECK(machine.Content(bak) == "1");
    CHECK(machine.Content(kPath) == "3");
    CHECK(machine.Content(std::string(kPath) + ".damaged") == content);
    REQUIRE_OK(file.Save("4"));
    CHECK(machine.Content(bak) == "3");
  }
  SECTION("the copy, without a file") {
    machine.Add(bak, "1");
    CHECK_THAT(REQUIRE_VALUE(Load(file).note), ContainsSubstring("is missing"));
  }
  SECTION("nothing of an empty file") {
    machine.Add(kPath, "");
    CHECK_THAT(REQUIRE_VALUE(Load(file).note), ContainsSubstring("nothing of it is known"));
  }
  SECTION("the file, with another digit than was saved") {
    REQUIRE_OK(file.Save("12"));
    machine.Add(kPath, "13");
    const Loaded loaded = Load(file);
    CHECK_THAT(REQUIRE_VALUE(loaded.note), ContainsSubstring("not what was written last"));
    CHECK(loaded.content == "13");
    REQUIRE_OK(file.Save("14"));
    CHECK(REQUIRE_VALUE(Load(file).note).empty());
    // A seal that is damaged itself says nothing.
    machine.Add("/store/tidemark/config/topics.json", std::string(24, 'x'));
    CHECK(REQUIRE_VALUE(Load(file).note).empty());
  }
  SECTION("both damaged") {
    machine.Add(kPath, GENERATE(as<std::string>(), "", "x"));
    machine.Add(bak, "y");
    CHECK(Load(file).note.error().code() == StatusCode::kDataLoss);
  }
}

TEST_CASE("a crash while saving leaves the old content or the new", "[config]") {
  bool reached = true;
  for (std::int64_t nth = 1; reached; ++nth) {
    MemoryMachine machine;
    REQUIRE_OK(machine.files().CreateDirectory("/store"));
    ConfigFile file(machine.files(), "/store", "topics.json");
    REQUIRE_OK(file.Save("1"));
    REQUIRE_OK(file.Save("2"));
    const auto before = machine.operations();
    machine.FailAt(nth, MemoryMachine::Fault::kForGood);
    const bool saved = file.Save("3").ok();
    reached = machine.operations() - before >= nth;
    for (std::uint64_t seed = 0; seed <= 30; ++seed) {
      INFO("operation " << nth << ", seed " << seed);
      const auto after = seed == 0 ? machine.AfterKill() : machine.AfterPowerCut(seed);
      ConfigFile again(after->files(), "/store", "topics.json");
      const Loaded loaded = Load(again);
      REQUIRE(REQUIRE_VALUE(loaded.note).empty());
      CHECK((loaded.content == "3" || (!saved && loaded.content == "2")));
      const std::string copy = after->Content(std::string(kPath) + ".bak");
      CHECK((copy == "1" || copy == "2"));
      REQUIRE_OK(again.Save("4"));
    }
  }
}

TEST_CASE("a broker's checkpoint", "[config]") {
  MemoryMachine machine;
  machine.Add("/store/checkpoint", Data("clean/checkpoint"));
  auto checkpoint = REQUIRE_VALUE(JavaCheckpoint::Read(machine.files(), "/store/checkpoint"));
  const auto ms = [](std::int64_t t) { return WallTime(std::chrono::milliseconds(t)); };
  CHECK(checkpoint.log_time > ms(1795254799733));
  CHECK(checkpoint.queues_time >= checkpoint.log_time - std::chrono::hours(1));
  CHECK(ToInt(checkpoint.confirmed) < 482797);
  const auto before = machine.Content("/store/checkpoint");
  REQUIRE_OK(checkpoint.Write(machine.files(), "/store/checkpoint"));
  CHECK(machine.Content("/store/checkpoint") == before);

  std::string odd = before;
  odd[100] = 'x';
  machine.Add("/store/checkpoint", odd);
  checkpoint.index_time = ms(77);
  REQUIRE_OK(checkpoint.Write(machine.files(), "/store/checkpoint"));
  CHECK(machine.Content("/store/checkpoint")[100] == 'x');
  CHECK(REQUIRE_VALUE(JavaCheckpoint::Read(machine.files(), "/store/checkpoint")) == checkpoint);

  CHECK(REQUIRE_VALUE(JavaCheckpoint::Read(machine.files(), "/store/none")) == JavaCheckpoint());
  machine.Add("/store/short", std::string(20, '\1'));
  auto part = REQUIRE_VALUE(JavaCheckpoint::Read(machine.files(), "/store/short"));
  CHECK(part.log_time == ms(0x0101010101010101));
  CHECK(ToInt(part.confirmed) == 0);
  REQUIRE_OK(part.Write(machine.files(), "/store/short"));
  CHECK(machine.Content("/store/short").size() == 4096);
  REQUIRE_OK(part.Write(machine.files(), "/store/new"));
  CHECK(machine.Content("/store/new") == machine.Content("/store/short"));
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; hex != "-" && i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST_CASE("properties files are read as Java reads them", "[config]") {
  std::istringstream lines(Data("properties.txt"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::istringstream words(line);
    std::string text, key, value;
    words >> text >> key;
    INFO(line);
    const auto conf = BrokerConf::Parse(FromHex(text));
    if (key == "error") {
      REQUIRE_FALSE(conf.has_value());
      continue;
    }
    REQUIRE(conf.has_value());
    std::vector<std::pair<std::string, std::string>> wanted, found;
    while (!key.empty() && words >> value) {
      wanted.emplace_back(FromHex(key), FromHex(value));
      key.clear();
      words >> key;
    }
    for (const auto& entry : conf->entries()) found.emplace_back(entry.key, entry.value);
    REQUIRE(found == wanted);
  }
  CHECK(count == 541);
}

BrokerConf Conf(std::string_view text) {
  return REQUIRE_VALUE(BrokerConf::Parse(text));
}

TEST_CASE("lines and values of a broker's configuration", "[config]") {
  const BrokerConf conf = Conf(
      "# comment\r\n\r\nbrokerId = 0\rbrokerName=b\\\n  c\nflag=TRUE\nblank=true \n"
      "n=30000 \nm=+12\nbrokerId=7\nname=  x y  \n");
  CHECK(conf.entries().size() == 8);
  CHECK(conf.Find("brokerName")->line == 4);
  CHECK(conf.Find("brokerName")->value == "bc");
  CHECK(conf.Find("flag")->line == 6);
  CHECK(conf.Find("brokerId")->line == 10);
  CHECK(conf.Integer("brokerId") == 7);
  CHECK(conf.Integer("m") == 12);
  CHECK_FALSE(conf.Integer("n").has_value());
  CHECK_FALSE(conf.Integer("none").has_value());
  CHECK(conf.Boolean("flag") == true);
  CHECK(conf.Boolean("blank") == false);
  CHECK_FALSE(conf.Boolean("none").has_value());
  CHECK(conf.Text("name") == "x y");
  CHECK_THAT(BrokerConf::Parse("a=1\nb=\\u12\n").error().message(), ContainsSubstring("line 2"));
}

TEST_CASE("light queues take two keys", "[config]") {
  std::vector<std::string> warnings;
  CHECK_FALSE(LightQueuesFrom(Conf(""), &warnings));
  CHECK(LightQueuesFrom(Conf("enableLmq=true\nenableMultiDispatch=TRUE"), &warnings));
  CHECK(warnings.empty());
  CHECK_FALSE(LightQueuesFrom(Conf("enableLmq=true"), &warnings));
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], ContainsSubstring("enableMultiDispatch"));
}

TEST_CASE("sizes of files", "[config]") {
  std::vector<std::string> warnings;
  FileSizes sizes = FileSizesFrom(Conf(Data("clean/broker.conf")), &warnings);
  CHECK(sizes.segment_bytes == 131072);
  CHECK(sizes.queue_file_bytes == 4000);
  CHECK(sizes.index_slots == 200);
  CHECK(sizes.index_entries == 1000);
  CHECK(warnings.empty());

  sizes = FileSizesFrom(Conf("mappedFileSizeConsumeQueue=4001\nmaxIndexNum=100 \n"
                             "maxHashSlotNum=0\nmappedFileSizeCommitLog=3000000000\n"
                             "mapedFileSizeCommitLog=1024\nmapedFileSizeConsumeQueue=2000"),
                        &warnings);
  CHECK(sizes.queue_file_bytes == 4020);
  CHECK_FALSE(sizes.batch_queue_file_bytes.has_value());
  CHECK(FileSizesFrom(Conf("mapperFileSizeBatchConsumeQueue=4600"), &warnings)
            .batch_queue_file_bytes == 4600);
  CHECK_FALSE(sizes.segment_bytes.has_value());
  CHECK_FALSE(sizes.index_slots.has_value());
  CHECK_FALSE(sizes.index_entries.has_value());
  REQUIRE(warnings.size() == 5);
  CHECK_THAT(warnings[0], ContainsSubstring("line 4: mappedFileSizeCommitLog=3000000000"));
  CHECK_THAT(warnings[1], ContainsSubstring("line 3: maxHashSlotNum=0"));
  CHECK_THAT(warnings[2], ContainsSubstring("line 2: maxIndexNum=100 "));
  CHECK_THAT(warnings[3], ContainsSubstring("mappedFileSizeCommitLog now"));
  CHECK_THAT(warnings[4], ContainsSubstring("line 6: mapedFileSizeConsumeQueue"));
}

TEST_CASE("paths of a store", "[config]") {
  std::vector<std::string> warnings;
  const StorePaths paths = StorePathsFrom(
      Conf("storePathRootDir= /data/store \nstorePathIndex=/x\nabortFile=/y\n"), &warnings);
  CHECK(paths.root == "/data/store");
  CHECK_FALSE(paths.commit_log.has_value());
  REQUIRE(warnings.size() == 2);
  CHECK_THAT(warnings[0], ContainsSubstring("line 2: storePathIndex"));
}

TEST_CASE("features that are refused", "[config]") {
  CHECK(RefusedFeatures(Conf(Data("clean/broker.conf"))).empty());
  CHECK(RefusedFeatures(Conf("enableConsumeQueueExt=false\nstoreType=default\n"
                             "storePathCommitLog=/a\nenableDLegerCommitLog=true \n"
                             "readOnlyCommitLogStorePaths= \n"))
            .empty());
  const auto refused = RefusedFeatures(
      Conf("enableConsumeQueueExt=true\nstoreType=defaultRocksDB\nenableDLegerCommitLog=True\n"
           "storePathCommitLog=/a,/b\nreadOnlyCommitLogStorePaths=/c\nduplicationEnable=true\n"
           "enableControllerMode=true\nrocksdbCQDoubleWriteEnable=true\nconfigManagerVersion=v2"));
  REQUIRE(refused.size() == 9);
  for (const char* key :
       {"enableConsumeQueueExt=true (line 1)", "storeType=defaultRocksDB (line 2)",
        "enableDLegerCommitLog=true (line 3)", "storePathCommitLog=/a,/b (line 4)",
        "readOnlyCommitLogStorePaths=/c (line 5)", "duplicationEnable=true (line 6)",
        "enableControllerMode=true (line 7)", "rocksdbCQDoubleWriteEnable=true (line 8)",
        "configManagerVersion=v2 (line 9)"}) {
    INFO(key);
    CHECK(std::any_of(refused.begin(), refused.end(),
                      [&](const std::string& each) { return each.starts_with(key); }));
  }
}

}  // namespace
}  // namespace tidemark::test

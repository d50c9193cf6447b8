// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/name_server.h"
#include "src/server/remoting/nameserver_headers.h"
#include "tests/simulation/virtual_clock.h"
#include "tests/support/catch.h"

namespace tidemark::nameserver {
namespace {

using namespace std::chrono_literals;
using remoting::ConnectionId;
using remoting::RequestCode;
using remoting::ResponseCode;

TEST_CASE("the file of texts is RocketMQ's", "[nameserver]") {
  const std::string file = R"({"configTable":{"ORDER_TOPIC_CONFIG":{"t":"a:4;b:4"},"n":{}}})";
  const KvConfig config = REQUIRE_VALUE(KvConfig::Parse(file));
  CHECK(config.Find("ORDER_TOPIC_CONFIG", "t") == "a:4;b:4");
  CHECK(config.TableJson("n") == R"({"table":{}})");
  CHECK_FALSE(config.TableJson("m").has_value());
  CHECK(config.Write() == file);
  CHECK(REQUIRE_VALUE(KvConfig::Parse("{}")).Write() == R"({"configTable":{}})");
  for (const char* bad : {"", "[]", R"({"configTable":[]})", R"({"configTable":{"n":7}})"}) {
    CHECK_FALSE(KvConfig::Parse(bad).has_value());
  }
}

TEST_CASE("texts are kept whenever they change, or the request fails", "[nameserver]") {
  simulation::VirtualClock clock(1h, 1h, 0ns);
  std::vector<std::string> kept;
  Status disk;
  NameServerOptions options;
  options.keep_kv_config = [&](const std::string& text) {
    kept.push_back(text);
    return disk;
  };
  NameServer server(options, clock);
  remoting::Command put = remoting::Request(RequestCode::kPutKvConfig, 1);
  EncodeHeader(remoting::PutKvConfigRequest{"n", "k", "v"}, &put);
  CHECK(server.Handle(put, ConnectionId{1})->response_code() == ResponseCode::kSuccess);
  CHECK(kept.back() == R"({"configTable":{"n":{"k":"v"}}})");
  disk = Status(StatusCode::kResourceExhausted, "the disk is full");
  remoting::Command erase = remoting::Request(RequestCode::kDeleteKvConfig, 2);
  EncodeHeader(remoting::KvConfigRequest{"n", "k"}, &erase);
  const auto answer = server.Handle(erase, ConnectionId{1});
  CHECK(answer->response_code() == ResponseCode::kSystemError);
  CHECK(answer->remark == "the disk is full");
}

TEST_CASE("settings change, but for paths", "[nameserver]") {
  Settings settings;
  CHECK(ApplySettings("# x\norderMessageEnable = TRUE\nenableTopicList=no\nx=\\u0041\n",
                      &settings) == SettingsUpdate::kDone);
  CHECK(settings.order_message_enable);
  CHECK_FALSE(settings.enable_topic_list);
  CHECK(ApplySettings("waitSecondsForService=x", &settings) == SettingsUpdate::kDone);
  CHECK(settings.wait_for_service == 45s);
  for (const char* path : {"kvConfigPath", "configStorePath", "rocketmqHome", "configBlackList"}) {
    CHECK(ApplySettings(Format("orderMessageEnable=false\n{}=/x", path), &settings) ==
          SettingsUpdate::kForbidden);
  }
  CHECK(settings.order_message_enable);
  CHECK(ApplySettings("a=\\u00", &settings) == SettingsUpdate::kUnreadable);
  Settings again;
  CHECK(ApplySettings(WriteSettings(settings), &again) == SettingsUpdate::kDone);
  CHECK(WriteSettings(again) == WriteSettings(settings));
}

}  // namespace
}  // namespace tidemark::nameserver

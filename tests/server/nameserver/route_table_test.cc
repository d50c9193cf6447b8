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

Registrant Broker(const std::string& name, std::int64_t id, std::uint64_t connection) {
  Registrant broker;
  broker.cluster = "c";
  broker.broker_name = name;
  broker.broker_id = id;
  broker.address = Format("{}-{}:10911", name, id);
  broker.ha_address = Format("{}-{}:10912", name, id);
  broker.enable_acting_master = false;
  broker.connection = ConnectionId{connection};
  return broker;
}

Registration With(const std::vector<std::string>& topics, std::int64_t counter = 1) {
  Registration registration;
  registration.version.counter = counter;
  for (const std::string& name : topics) {
    TopicConfig topic;
    topic.name = name;
    registration.topics.push_back(topic);
  }
  return registration;
}

TEST_CASE("a broker lives as long as it said, to the nanosecond", "[nameserver]") {
  RouteTable table;
  CHECK(table.Register(Broker("a", 0, 1), With({"x", "y"}), {}, 10s).has_value());
  CHECK(table.ForgetExpired(130s).empty());
  CHECK(table.Find("x", false).has_value());
  CHECK(table.ForgetExpired(130s + 1ns) == std::vector<ConnectionId>{ConnectionId{1}});
  CHECK_FALSE(table.Find("x", false).has_value());
  CHECK(table.AllTopics().topics.empty());
  CHECK(table.AllClusters().names.empty());
  CHECK(table.ForgetExpired(999s).empty());
}

TEST_CASE("a heart-beat prolongs a life", "[nameserver]") {
  RouteTable table;
  CHECK(table.Register(Broker("a", 0, 1), With({"x", "y"}), {}, 0s).has_value());
  table.Touch("c", "a-0:10911", 100s);
  table.Touch("c", "nobody:1", 100s);
  CHECK(table.ForgetExpired(220s).empty());
  CHECK(table.ForgetExpired(221s).size() == 1);
}

TEST_CASE("a lost connection takes its brokers and no others", "[nameserver]") {
  RouteTable table;
  for (const char* name : {"a", "b"}) {
    CHECK(table.Register(Broker(name, 0, 1), With({"x", "y"}), {}, 0s).has_value());
  }
  CHECK(table.Register(Broker("a", 1, 2), With({}), {}, 0s).has_value());
  table.ForgetConnection(ConnectionId{3});
  CHECK(REQUIRE_VALUE(table.Register(Broker("a", 1, 2), With({}), {}, 0s))->address == "a-0:10911");
  table.ForgetConnection(ConnectionId{1});
  const auto route = table.Find("x", false);
  REQUIRE(route.has_value());
  REQUIRE(route->groups.size() == 1);
  CHECK(route->groups[0].addresses == std::map<std::int64_t, std::string>{{1, "a-1:10911"}});
  CHECK(route->queues.size() == 1);
}

TEST_CASE("a broker that registers again over a new connection survives the old one",
          "[nameserver]") {
  RouteTable table;
  CHECK(table.Register(Broker("a", 0, 1), With({"x", "y"}), {}, 0s).has_value());
  CHECK(table.Register(Broker("a", 0, 2), With({"x", "y"}), {}, 0s).has_value());
  table.ForgetConnection(ConnectionId{1});
  CHECK(table.Find("x", false).has_value());
  table.ForgetConnection(ConnectionId{2});
  CHECK_FALSE(table.Find("x", false).has_value());
}

TEST_CASE("a refused registration leaves nothing behind", "[nameserver]") {
  RouteTable table;
  CHECK_FALSE(table.Register(Broker("a", 0, 1), With({"one"}), {}, 0s).has_value());
  CHECK(table.AllClusters().groups.empty());
  CHECK(table.AllClusters().names.empty());
  CHECK(table.Register(Broker("a", 0, 1), With({}), {}, 0s).has_value());
  CHECK(table.Register(Broker("a", 0, 1), With({"one"}, 2), {}, 0s).has_value());
  CHECK(table.Find("one", false).has_value());
}

TEST_CASE("a slave that lost its master stands in without writing", "[nameserver]") {
  RouteTable table;
  Registrant slave = Broker("a", 1, 2);
  slave.enable_acting_master = true;
  Registrant master = Broker("a", 0, 1);
  master.enable_acting_master = true;
  CHECK(table.Register(master, With({"x", "y"}), {}, 0s).has_value());
  CHECK(table.Register(slave, With({"x", "y"}), {}, 0s).has_value());
  table.ForgetConnection(ConnectionId{1});
  const auto route = table.Find("x", true);
  REQUIRE(route.has_value());
  CHECK(route->groups[0].addresses.at(0) == "a-1:10911");
  CHECK(route->queues[0].perm == kPermRead);
  CHECK(table.Find("x", false)->groups[0].addresses.contains(1));
}

TEST_CASE("no routes while the server waits for brokers", "[nameserver]") {
  simulation::VirtualClock clock(1h, 1h, 0ns);
  NameServerOptions options;
  options.settings.need_wait_for_service = true;
  NameServer server(options, clock);
  remoting::Command request = remoting::Request(RequestCode::kGetRouteinfoByTopic, 1);
  request.fields.Set("topic", std::string("x"));
  const auto ask = [&] { return server.Handle(request, ConnectionId{1})->response_code(); };
  CHECK(ask() == ResponseCode::kSystemError);
  clock.Advance(45s);
  CHECK(ask() == ResponseCode::kTopicNotExist);
}

TEST_CASE("answers that arrive are nothing to answer", "[nameserver]") {
  simulation::VirtualClock clock(1h, 1h, 0ns);
  NameServer server(NameServerOptions(), clock);
  const auto request = remoting::Request(RequestCode::kGetBrokerClusterInfo, 1);
  const auto answer = server.Handle(request, ConnectionId{1});
  REQUIRE(answer.has_value());
  CHECK_FALSE(server.Handle(*answer, ConnectionId{1}).has_value());
}

TEST_CASE("times that brokers claim do not overflow", "[nameserver]") {
  simulation::VirtualClock clock(1h, 1h, 0ns);
  NameServer server(NameServerOptions(), clock);
  const std::int64_t timeout = GENERATE(INT64_MAX, INT64_MIN, -1, 0);
  remoting::RegisterBrokerRequest header;
  header.cluster = "c";
  header.broker_name = "a";
  header.address = "a:1";
  header.timeout_ms = timeout;
  remoting::Command request = remoting::Request(RequestCode::kRegisterBroker, 1);
  EncodeHeader(header, &request);
  CHECK(server.Handle(request, ConnectionId{1})->response_code() == ResponseCode::kSuccess);
  clock.Advance(24h);
  CHECK(server.ForgetExpired().empty() == (timeout == INT64_MAX));
}

}  // namespace
}  // namespace tidemark::nameserver

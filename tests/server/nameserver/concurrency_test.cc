// SPDX-License-Identifier: Apache-2.0
#include <thread>

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

remoting::Command Registering(std::uint64_t number) {
  remoting::RegisterBrokerRequest header;
  header.cluster = "c";
  header.broker_name = Format("b{}", number);
  header.address = Format("b{}:1", number);
  remoting::Command request = remoting::Request(RequestCode::kRegisterBroker, 1);
  EncodeHeader(header, &request);
  request.body = remoting::Body::Owning(
      R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"x":{},"y":{}}}})");
  return request;
}

TEST_CASE("brokers come and go while clients ask", "[nameserver][concurrency]") {
  simulation::VirtualClock clock(1h, 1h, 1us);
  NameServer server(NameServerOptions(), clock);
  remoting::Command route = remoting::Request(RequestCode::kGetRouteinfoByTopic, 1);
  route.fields.Set("topic", std::string("x"));
  const auto always = Registering(0);
  CHECK(server.Handle(always, ConnectionId{100})->response_code() == ResponseCode::kSuccess);

  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t i = 1; i <= 2; ++i) {
    threads.emplace_back([&server, i] {
      for (int round = 0; round < 200; ++round) {
        server.Handle(Registering(i), ConnectionId{i});
        server.OnConnectionClosed(ConnectionId{i});
        server.ForgetExpired();
      }
    });
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const auto answer = server.Handle(route, ConnectionId{9});
        if (answer->response_code() != ResponseCode::kSuccess) ++wrong;
        server.Handle(remoting::Request(RequestCode::kGetBrokerClusterInfo, 2), ConnectionId{9});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const auto answer = server.Handle(route, ConnectionId{9});
  CHECK_THAT(std::string(answer->body.text()), ContainsSubstring("\"b0\""));
  CHECK_THAT(std::string(answer->body.text()), !ContainsSubstring("\"b1\""));
}

}  // namespace
}  // namespace tidemark::nameserver

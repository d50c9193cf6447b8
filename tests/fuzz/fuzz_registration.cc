// SPDX-License-Identifier: Apache-2.0
// The first byte chooses how old the broker is and what it says of its body, the rest is the body
// of its registration: what is read of it is taken into a table, found there, and goes with it.
#include <cstdint>

#include "src/base/check.h"
#include "src/server/nameserver/kv_config.h"
#include "src/server/nameserver/route_table.h"
#include "src/server/nameserver/settings.h"

namespace tidemark::nameserver {
namespace {

void Look(const Registration& registration) {
  RouteTable table;
  Registrant broker;
  broker.cluster = "c";
  broker.broker_name = "b";
  broker.address = "a:1";
  const auto taken = table.Register(broker, registration, {}, {});
  TM_CHECK(taken.has_value() == (registration.topics.size() != 1));
  for (const TopicConfig& topic : registration.topics) {
    const auto route = table.Find(topic.name, true);
    TM_CHECK(route.has_value() == taken.has_value());
    if (!route.has_value()) continue;
    const auto queues = DecodeQueues(EncodeRoute(*route, JsonStyle::kBrowser));
    TM_CHECK(queues.has_value() && queues->size() == 1);
  }
  table.Unregister("c", "b", "a:1");
  TM_CHECK(table.AllTopics().topics.empty() && table.AllClusters().names.empty());
}

}  // namespace
}  // namespace tidemark::nameserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemark;
  using namespace tidemark::nameserver;
  if (size == 0) return 0;
  constexpr std::int32_t kVersions[] = {1, 409, remoting::kOurVersion, remoting::kOurVersion};
  remoting::RegisterBrokerRequest header;
  header.compressed = (data[0] & 4) != 0;
  remoting::Command request = remoting::Request(remoting::RequestCode::kRegisterBroker, 1);
  request.version = kVersions[data[0] & 3];
  const Bytes body(std::as_bytes(std::span(data + 1, size - 1)));
  request.body = remoting::Body(body, nullptr);
  const auto registration = DecodeRegistration(header, request);
  if (registration.has_value()) Look(*registration);
  if (const auto config = KvConfig::Parse(body.text()); config.has_value()) {
    const auto again = KvConfig::Parse(config->Write());
    TM_CHECK(again.has_value() && again->Write() == config->Write());
  }
  Settings settings;
  ApplySettings(body.text(), &settings);
  return 0;
}

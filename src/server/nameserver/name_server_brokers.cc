// SPDX-License-Identifier: Apache-2.0
// Requests of brokers about themselves.
#include <algorithm>

#include "src/server/nameserver/name_server.h"
#include "src/server/remoting/body_json.h"
#include "src/server/remoting/nameserver_headers.h"

namespace tidemark::nameserver {
namespace {

using remoting::Answer;
using remoting::DecodeHeader;
using remoting::ResponseCode;

/// A longer time would be none that anybody waits for; a shorter one expires at the next look.
constexpr std::chrono::milliseconds kTimeoutMax = std::chrono::hours(24 * 365);

Registrant MakeRegistrant(const remoting::RegisterBrokerRequest& header,
                          remoting::ConnectionId connection) {
  Registrant broker;
  broker.cluster = header.cluster;
  broker.broker_name = header.broker_name;
  broker.address = header.address;
  broker.broker_id = header.broker_id;
  broker.ha_address = header.ha_address;
  broker.zone = header.zone_name;
  broker.enable_acting_master = header.enable_acting_master;
  broker.connection = connection;
  if (header.timeout_ms.has_value()) {
    broker.timeout = std::chrono::milliseconds(
        std::clamp<std::int64_t>(*header.timeout_ms, 0, kTimeoutMax.count()));
  }
  return broker;
}

}  // namespace

Result<remoting::Command> NameServer::RegisterBroker(const Command& request,
                                                     remoting::ConnectionId connection) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::RegisterBrokerRequest>(request.fields));
  auto registration = DecodeRegistration(header, request);
  if (!registration.has_value() && registration.error().code() != StatusCode::kDataLoss) {
    return Prefix("body of a registration", registration.error());
  }
  remoting::RegisterBrokerAnswer learnt;
  const auto refuse = [&](const Status& why) {
    Command answer = Answer(request, ResponseCode::kSystemError, why.message());
    EncodeHeader(learnt, &answer);
    return answer;
  };
  if (!registration.has_value()) return refuse(registration.error());
  const auto now = clock_.Monotonic();
  MutexLock lock(mutex_);
  const auto master = routes_.Register(MakeRegistrant(header, connection), *std::move(registration),
                                       settings_, now);
  if (!master.has_value()) return refuse(master.error());
  if (master->has_value()) learnt = {(*master)->ha_address, (*master)->address};
  Command answer = Answer(request, ResponseCode::kSuccess);
  EncodeHeader(learnt, &answer);
  if (settings_.return_order_topic_config_to_broker) {
    answer.body = remoting::Body::Owning(kv_config_.TableJson(kOrderNamespace).value_or(""));
  }
  return answer;
}

Result<remoting::Command> NameServer::UnregisterBroker(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::UnregisterBrokerRequest>(request.fields));
  MutexLock lock(mutex_);
  routes_.Unregister(header.cluster, header.broker_name, header.address);
  return Answer(request, ResponseCode::kSuccess);
}

Result<remoting::Command> NameServer::Heartbeat(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::BrokerHeartbeatRequest>(request.fields));
  const auto now = clock_.Monotonic();
  MutexLock lock(mutex_);
  routes_.Touch(header.cluster, header.address, now);
  return Answer(request, ResponseCode::kSuccess);
}

Result<remoting::Command> NameServer::QueryVersion(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::UnregisterBrokerRequest>(request.fields));
  TM_ASSIGN_OR_RETURN(const Json body, remoting::ParseBody(request.body.text()));
  TM_ASSIGN_OR_RETURN(const DataVersion asked, DataVersionFromJson(body));
  const auto now = clock_.Monotonic();
  MutexLock lock(mutex_);
  routes_.Touch(header.cluster, header.address, now);
  const auto known = routes_.VersionOf(header.cluster, header.address);
  Command answer = Answer(request, ResponseCode::kSuccess);
  EncodeHeader(remoting::QueryDataVersionAnswer{known != asked}, &answer);
  if (known.has_value()) {
    answer.body = remoting::Body::Owning(WriteCompactJson(DataVersionToJson(*known)));
  }
  return answer;
}

}  // namespace tidemark::nameserver

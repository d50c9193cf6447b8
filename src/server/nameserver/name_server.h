// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/server/nameserver/kv_config.h"
#include "src/server/nameserver/route_table.h"
#include "src/server/nameserver/settings.h"
#include "src/server/remoting/command.h"
#include "src/server/remoting/connection_id.h"
#include "tidemark/io.h"

namespace tidemark::nameserver {

struct NameServerOptions {
  Settings settings;
  KvConfig kv_config;
  /// Keeps what KvConfig::Write gives, whenever it changes. Empty: nothing is kept.
  std::function<Status(const std::string& kv_config)> keep_kv_config;
};

/// Answers the requests of RocketMQ's NameServer. Thread-safe. Lifetime: `clock` outlives it.
class NameServer {
 public:
  NameServer(NameServerOptions options, io::Clock& clock);

  /// The answer to a request that came over `connection`; none when its sender wants none.
  std::optional<remoting::Command> Handle(const remoting::Command& request,
                                          remoting::ConnectionId connection);

  /// Forgets the brokers that registered over the connection.
  void OnConnectionClosed(remoting::ConnectionId connection);
  /// Forgets the brokers that did not register again in time, to be called every few seconds.
  /// Value: their connections, which the caller closes.
  std::vector<remoting::ConnectionId> ForgetExpired();

 private:
  using Command = remoting::Command;

  Command Dispatch(const Command& request, remoting::ConnectionId connection);
  /// Requests without parameters.
  Command DispatchBare(const Command& request);

  Result<Command> GetRoute(const Command& request);
  Result<Command> GetMembers(const Command& request);
  Result<Command> RegisterBroker(const Command& request, remoting::ConnectionId connection);
  Result<Command> UnregisterBroker(const Command& request);
  Result<Command> Heartbeat(const Command& request);
  Result<Command> QueryVersion(const Command& request);
  Result<Command> ChangePerm(const Command& request);
  Result<Command> DeleteTopic(const Command& request);
  Result<Command> RegisterTopic(const Command& request);
  Command List(const Command& request);
  Result<Command> ListOfCluster(const Command& request);
  Result<Command> PutKv(const Command& request);
  Result<Command> GetKv(const Command& request);
  Result<Command> DeleteKv(const Command& request);
  Result<Command> ListKv(const Command& request);
  Command UpdateSettings(const Command& request);
  Status KeepKvConfig() REQUIRES(mutex_);

  io::Clock& clock_;
  const RouteTable::Time started_;
  const std::function<Status(const std::string&)> keep_kv_config_;

  Mutex mutex_;
  RouteTable routes_ GUARDED_BY(mutex_);
  KvConfig kv_config_ GUARDED_BY(mutex_);
  Settings settings_ GUARDED_BY(mutex_);
  bool served_ GUARDED_BY(mutex_) = false;  ///< A route was found: waiting is over.
};

}  // namespace tidemark::nameserver

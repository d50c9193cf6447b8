// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/server/nameserver/registration.h"
#include "src/server/nameserver/route.h"
#include "src/server/nameserver/settings.h"
#include "src/server/remoting/connection_id.h"

namespace tidemark::nameserver {

/// A broker that registers.
struct Registrant {
  std::string cluster;
  std::string broker_name;
  std::string address;
  std::int64_t broker_id = 0;
  std::string ha_address;
  std::optional<std::string> zone;
  std::optional<bool> enable_acting_master;  ///< None: a broker of 4.9.
  std::chrono::milliseconds timeout{120'000};
  remoting::ConnectionId connection{};
};

/// What a slave learns when it registers.
struct MasterAddresses {
  std::string address;
  std::string ha_address;
};

/// Which brokers live and what they hold, by RocketMQ's rules. Time is a monotonic clock's.
/// Thread-compatible.
class RouteTable {
 public:
  using Time = std::chrono::nanoseconds;

  /// Takes a registration. A broker whose id belongs to another address with a newer state version
  /// is passed over. Value: the master's addresses, for a slave whose master lives.
  /// Errors: kFailedPrecondition (a single topic of a broker that did not register in full).
  Result<std::optional<MasterAddresses>> Register(const Registrant& broker,
                                                  Registration registration,
                                                  const Settings& settings, Time now);
  void Unregister(const std::string& cluster, const std::string& broker_name,
                  const std::string& address);
  /// Forgets the brokers that registered over a connection that is gone.
  void ForgetConnection(remoting::ConnectionId connection);
  /// Forgets the brokers whose time is over; their connections are to be closed.
  std::vector<remoting::ConnectionId> ForgetExpired(Time now);
  /// The broker lives; nothing happens when it is not known.
  void Touch(const std::string& cluster, const std::string& address, Time now);
  /// What the broker registered with last.
  std::optional<DataVersion> VersionOf(const std::string& cluster,
                                       const std::string& address) const;

  /// None: the topic has no broker that lives.
  std::optional<Route> Find(std::string_view topic, bool support_acting_master) const;
  /// Sets the queues that some brokers have of a topic, up to the first broker not known.
  void RegisterTopic(const std::string& topic, const std::vector<TopicQueues>& queues);
  void DeleteTopic(const std::string& topic);
  /// Of the brokers of one cluster only.
  void DeleteTopic(const std::string& topic, const std::string& cluster);
  /// Takes the write permission from each topic of the broker, or gives read and write. Value: the
  /// number of topics.
  std::int32_t WipeWritePerm(const std::string& broker_name);
  std::int32_t AddWritePerm(const std::string& broker_name);

  Clusters AllClusters() const;
  BrokerGroup MembersOf(const std::string& cluster, const std::string& broker_name) const;
  TopicList AllTopics() const;
  TopicList TopicsOfCluster(const std::string& cluster) const;
  /// Clusters and broker names, which are topics as well, and a broker to ask for the others.
  TopicList SystemTopics() const;
  TopicList UnitTopics() const;
  TopicList UnitSubscriptionTopics() const;
  TopicList UnitSubscriptionOnlyTopics() const;

 private:
  /// A broker that lives, by cluster and address.
  struct Live {
    Time seen{};
    std::chrono::milliseconds timeout{};
    DataVersion version;
    remoting::ConnectionId connection{};
    std::string ha_address;
    std::vector<std::string> filter_servers;
  };
  using LiveKey = std::pair<std::string, std::string>;
  using Queues = std::map<std::string, TopicQueues>;  ///< By broker name.

  const Live* FindLive(const std::string& cluster, const std::string& address) const;
  /// Whether the broker's id belongs to another address that a controller chose later.
  bool IsOutdated(const BrokerGroup& group, const Registrant& broker,
                  const DataVersion& version) const;
  void TakeTopics(const Registrant& broker, const BrokerGroup& group, bool first,
                  Registration* registration, const Settings& settings);
  void EraseTopicsBut(const std::vector<TopicConfig>& topics, const std::string& broker_name);
  std::optional<MasterAddresses> MasterOf(const BrokerGroup& group) const;
  void Forget(const LiveKey& key);
  void CleanTopics(const std::string& broker_name, bool group_is_gone);
  template <typename Wanted>
  TopicList TopicsWhere(const Wanted& wanted) const;
  template <typename Change>
  std::int32_t ChangePerm(const std::string& broker_name, const Change& change);

  std::map<std::string, BrokerGroup> groups_;                    ///< By broker name.
  std::map<std::string, std::set<std::string>> cluster_groups_;  ///< Broker names by cluster.
  std::map<std::string, Queues, std::less<>> topics_;            ///< Never empty queues.
  std::map<std::string, std::map<std::string, Json>> mappings_;  ///< Topic, broker name.
  std::map<LiveKey, Live> live_;
};

}  // namespace tidemark::nameserver

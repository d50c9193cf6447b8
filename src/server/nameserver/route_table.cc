// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/route_table.h"

#include <algorithm>
#include <iterator>

#include "src/base/status.h"

namespace tidemark::nameserver {
namespace {

constexpr std::int64_t kMasterId = 0;

/// Calls `change(topic, &queues)` for every topic and drops those whose queues it emptied.
template <typename Topics, typename Change>
void ChangeAll(Topics* topics, const Change& change) {
  for (auto topic = topics->begin(); topic != topics->end();) {
    change(topic->first, &topic->second);
    topic = topic->second.empty() ? topics->erase(topic) : std::next(topic);
  }
}

}  // namespace

const RouteTable::Live* RouteTable::FindLive(const std::string& cluster,
                                             const std::string& address) const {
  const auto found = live_.find({cluster, address});
  return found == live_.end() ? nullptr : &found->second;
}

std::optional<DataVersion> RouteTable::VersionOf(const std::string& cluster,
                                                 const std::string& address) const {
  const Live* live = FindLive(cluster, address);
  return live == nullptr ? std::nullopt : std::optional(live->version);
}

bool RouteTable::IsOutdated(const BrokerGroup& group, const Registrant& broker,
                            const DataVersion& version) const {
  const auto known = group.addresses.find(broker.broker_id);
  if (known == group.addresses.end() || known->second == broker.address) return false;
  const Live* other = FindLive(broker.cluster, known->second);
  return other != nullptr && other->version.state_version > version.state_version;
}

std::optional<MasterAddresses> RouteTable::MasterOf(const BrokerGroup& group) const {
  const auto master = group.addresses.find(kMasterId);
  if (master == group.addresses.end()) return std::nullopt;
  const Live* live = FindLive(group.cluster, master->second);
  if (live == nullptr) return std::nullopt;
  return MasterAddresses{master->second, live->ha_address};
}

Result<std::optional<MasterAddresses>> RouteTable::Register(const Registrant& broker,
                                                            Registration registration,
                                                            const Settings& settings, Time now) {
  const auto known = groups_.find(broker.broker_name);
  const bool first = known == groups_.end() || !known->second.addresses.contains(broker.broker_id);
  if (first && registration.topics.size() == 1) {
    return FailedPrecondition("register broker failed");
  }
  cluster_groups_[broker.cluster].insert(broker.broker_name);
  BrokerGroup& group = groups_[broker.broker_name];
  if (known == groups_.end()) group = {broker.cluster, broker.broker_name, {}, false, std::nullopt};
  group.enable_acting_master = broker.enable_acting_master.value_or(false);
  group.zone = broker.zone;
  // A slave that became master comes with its old address and a new id.
  std::erase_if(group.addresses, [&](const auto& entry) {
    return entry.second == broker.address && entry.first != broker.broker_id;
  });
  if (IsOutdated(group, broker, registration.version)) {
    live_.erase({broker.cluster, broker.address});
    return std::optional<MasterAddresses>();
  }
  group.addresses[broker.broker_id] = broker.address;
  const bool first_slave =
      broker.enable_acting_master.has_value() && group.addresses.begin()->first == broker.broker_id;
  if (broker.broker_id == kMasterId || first_slave) {
    TakeTopics(broker, group, first, &registration, settings);
  }
  Live& live = live_[{broker.cluster, broker.address}];
  live.seen = now;
  live.timeout = broker.timeout;
  live.version = registration.version;
  live.connection = broker.connection;
  live.ha_address = broker.ha_address;
  if (registration.filter_servers.has_value()) {
    live.filter_servers = *std::move(registration.filter_servers);
  }
  return broker.broker_id == kMasterId ? std::optional<MasterAddresses>() : MasterOf(group);
}

void RouteTable::TakeTopics(const Registrant& broker, const BrokerGroup& group, bool first,
                            Registration* registration, const Settings& settings) {
  if (settings.delete_topic_with_broker_registration && registration->mappings.empty()) {
    EraseTopicsBut(registration->topics, broker.broker_name);
  }
  const bool changed = first || VersionOf(broker.cluster, broker.address) != registration->version;
  const bool stands_in = broker.broker_id != kMasterId && group.enable_acting_master;
  for (const TopicConfig& topic : registration->topics) {
    Queues& queues = topics_[topic.name];
    if (!changed && queues.contains(broker.broker_name)) continue;
    const std::int32_t perm = stands_in ? topic.perm & ~kPermWrite : topic.perm;
    queues[broker.broker_name] = {broker.broker_name, topic.read_queues, topic.write_queues, perm,
                                  topic.sys_flag};
  }
  if (!changed) return;
  for (auto& [topic, mapping] : registration->mappings) {
    const Json* name = mapping.Find("bname");
    if (name == nullptr || name->text() == nullptr) continue;
    mappings_[topic][*name->text()] = mapping;
  }
}

void RouteTable::EraseTopicsBut(const std::vector<TopicConfig>& topics,
                                const std::string& broker_name) {
  std::set<std::string_view> kept;
  for (const TopicConfig& topic : topics) kept.insert(topic.name);
  ChangeAll(&topics_, [&](const std::string& topic, Queues* queues) {
    if (!kept.contains(topic)) queues->erase(broker_name);
  });
}

void RouteTable::Touch(const std::string& cluster, const std::string& address, Time now) {
  const auto found = live_.find({cluster, address});
  if (found != live_.end()) found->second.seen = now;
}

void RouteTable::Unregister(const std::string& cluster, const std::string& broker_name,
                            const std::string& address) {
  live_.erase({cluster, address});
  const auto group = groups_.find(broker_name);
  bool gone = false;
  if (group != groups_.end()) {
    std::erase_if(group->second.addresses,
                  [&](const auto& entry) { return entry.second == address; });
    gone = group->second.addresses.empty();
    if (gone) groups_.erase(group);
  }
  if (const auto names = cluster_groups_.find(cluster); gone && names != cluster_groups_.end()) {
    names->second.erase(broker_name);
    if (names->second.empty()) cluster_groups_.erase(names);
  }
  CleanTopics(broker_name, gone);
}

void RouteTable::CleanTopics(const std::string& broker_name, bool group_is_gone) {
  const auto group = groups_.find(broker_name);
  const bool stands_in =
      group != groups_.end() && group->second.enable_acting_master && !group->second.has_master();
  if (!group_is_gone && !stands_in) return;
  ChangeAll(&topics_, [&](const std::string&, Queues* queues) {
    const auto found = queues->find(broker_name);
    if (found == queues->end()) return;
    if (stands_in) found->second.perm &= ~kPermWrite;
    if (group_is_gone) queues->erase(found);
  });
}

void RouteTable::Forget(const LiveKey& key) {
  const LiveKey broker = key;  // the entry that holds the key goes
  const auto& [cluster, address] = broker;
  for (const auto& [name, group] : groups_) {
    const bool here = group.cluster == cluster &&
                      std::any_of(group.addresses.begin(), group.addresses.end(),
                                  [&](const auto& entry) { return entry.second == broker.second; });
    if (!here) continue;
    const std::string broker_name = name;
    Unregister(cluster, broker_name, address);
    return;
  }
  live_.erase(broker);
}

void RouteTable::ForgetConnection(remoting::ConnectionId connection) {
  std::vector<LiveKey> lost;
  for (const auto& [key, live] : live_) {
    if (live.connection == connection) lost.push_back(key);
  }
  for (const LiveKey& key : lost) Forget(key);
}

std::vector<remoting::ConnectionId> RouteTable::ForgetExpired(Time now) {
  std::vector<LiveKey> lost;
  std::vector<remoting::ConnectionId> connections;
  for (const auto& [key, live] : live_) {
    if (now - live.seen <= live.timeout) continue;
    lost.push_back(key);
    connections.push_back(live.connection);
  }
  for (const LiveKey& key : lost) Forget(key);
  return connections;
}

}  // namespace tidemark::nameserver

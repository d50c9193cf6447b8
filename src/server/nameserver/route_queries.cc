// SPDX-License-Identifier: Apache-2.0
// What a RouteTable answers, and changes to single topics.
#include <algorithm>

#include "src/server/nameserver/route_table.h"

namespace tidemark::nameserver {
namespace {

// Bits of a topic's sysFlag.
constexpr std::int32_t kUnit = 1;
constexpr std::int32_t kUnitSubscription = 2;

/// Its topics are how brokers of a group find each other: nobody stands in there.
constexpr std::string_view kSyncMemberPrefix = "rmq_sys_SYNC_BROKER_MEMBER_";

/// Publishes the lowest slave as master where a group lost its own and cannot be written to.
void ActAsMaster(Route* route) {
  for (BrokerGroup& group : route->groups) {
    if (group.addresses.empty() || group.has_master() || !group.enable_acting_master) continue;
    const auto queues =
        std::find_if(route->queues.begin(), route->queues.end(),
                     [&](const TopicQueues& one) { return one.broker_name == group.name; });
    if (queues == route->queues.end() || (queues->perm & kPermWrite) != 0) continue;
    auto lowest = group.addresses.extract(group.addresses.begin());
    lowest.key() = 0;
    group.addresses.insert(std::move(lowest));
  }
}

}  // namespace

std::optional<Route> RouteTable::Find(std::string_view topic, bool support_acting_master) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return std::nullopt;
  Route route;
  for (const auto& [broker_name, queues] : found->second) {
    route.queues.push_back(queues);
    const auto group = groups_.find(broker_name);
    if (group == groups_.end()) continue;
    route.groups.push_back(group->second);
    for (const auto& [id, address] : group->second.addresses) {
      const Live* live = FindLive(group->second.cluster, address);
      if (live == nullptr || live->filter_servers.empty()) continue;
      route.filter_servers[address] = live->filter_servers;
    }
  }
  if (route.groups.empty()) return std::nullopt;
  const auto mappings = mappings_.find(std::string(topic));
  if (mappings != mappings_.end()) route.mappings = mappings->second;
  if (support_acting_master && !topic.starts_with(kSyncMemberPrefix)) ActAsMaster(&route);
  return route;
}

void RouteTable::RegisterTopic(const std::string& topic, const std::vector<TopicQueues>& queues) {
  const auto known = topics_.find(topic);
  Queues fresh;
  Queues& to = known == topics_.end() ? fresh : known->second;
  for (const TopicQueues& one : queues) {
    if (!groups_.contains(one.broker_name)) return;
    to[one.broker_name] = one;
  }
  if (!fresh.empty()) topics_[topic] = std::move(fresh);
}

void RouteTable::DeleteTopic(const std::string& topic) {
  topics_.erase(topic);
}

void RouteTable::DeleteTopic(const std::string& topic, const std::string& cluster) {
  const auto names = cluster_groups_.find(cluster);
  const auto queues = topics_.find(topic);
  if (names == cluster_groups_.end() || queues == topics_.end()) return;
  for (const std::string& name : names->second) queues->second.erase(name);
  if (queues->second.empty()) topics_.erase(queues);
}

template <typename Change>
std::int32_t RouteTable::ChangePerm(const std::string& broker_name, const Change& change) {
  std::int32_t changed = 0;
  for (auto& [topic, queues] : topics_) {
    const auto found = queues.find(broker_name);
    if (found == queues.end()) continue;
    change(&found->second.perm);
    ++changed;
  }
  return changed;
}

std::int32_t RouteTable::WipeWritePerm(const std::string& broker_name) {
  return ChangePerm(broker_name, [](std::int32_t* perm) { *perm &= ~kPermWrite; });
}

std::int32_t RouteTable::AddWritePerm(const std::string& broker_name) {
  return ChangePerm(broker_name, [](std::int32_t* perm) { *perm = kPermRead | kPermWrite; });
}

Clusters RouteTable::AllClusters() const {
  return {groups_, cluster_groups_};
}

BrokerGroup RouteTable::MembersOf(const std::string& cluster,
                                  const std::string& broker_name) const {
  BrokerGroup members{cluster, broker_name, {}, false, std::nullopt};
  const auto group = groups_.find(broker_name);
  if (group != groups_.end()) members.addresses = group->second.addresses;
  return members;
}

template <typename Wanted>
TopicList RouteTable::TopicsWhere(const Wanted& wanted) const {
  TopicList list;
  for (const auto& [topic, queues] : topics_) {
    if (!queues.empty() && wanted(queues)) list.topics.insert(topic);
  }
  return list;
}

TopicList RouteTable::AllTopics() const {
  return TopicsWhere([](const Queues&) { return true; });
}

TopicList RouteTable::TopicsOfCluster(const std::string& cluster) const {
  const auto names = cluster_groups_.find(cluster);
  if (names == cluster_groups_.end()) return {};
  return TopicsWhere([&](const Queues& queues) {
    return std::any_of(queues.begin(), queues.end(),
                       [&](const auto& entry) { return names->second.contains(entry.first); });
  });
}

TopicList RouteTable::SystemTopics() const {
  TopicList list;
  for (const auto& [cluster, names] : cluster_groups_) {
    list.topics.insert(cluster);
    list.topics.insert(names.begin(), names.end());
  }
  for (const auto& [name, group] : groups_) {
    if (group.addresses.empty()) continue;
    list.broker_address = group.addresses.begin()->second;
    break;
  }
  return list;
}

TopicList RouteTable::UnitTopics() const {
  return TopicsWhere(
      [](const Queues& queues) { return (queues.begin()->second.sys_flag & kUnit) != 0; });
}

TopicList RouteTable::UnitSubscriptionTopics() const {
  return TopicsWhere([](const Queues& queues) {
    return (queues.begin()->second.sys_flag & kUnitSubscription) != 0;
  });
}

TopicList RouteTable::UnitSubscriptionOnlyTopics() const {
  return TopicsWhere([](const Queues& queues) {
    return (queues.begin()->second.sys_flag & (kUnit | kUnitSubscription)) == kUnitSubscription;
  });
}

}  // namespace tidemark::nameserver

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/config/java_json.h"
#include "src/server/remoting/body_json.h"

namespace tidemark::nameserver {

/// Brokers of one name: a master, id 0, and its slaves.
struct BrokerGroup {
  std::string cluster;
  std::string name;
  std::map<std::int64_t, std::string> addresses;  ///< By broker id.
  bool enable_acting_master = false;
  std::optional<std::string> zone;

  bool has_master() const { return addresses.contains(0); }
};

/// What one broker name holds of a topic.
struct TopicQueues {
  std::string broker_name;
  std::int32_t read_queues = 0;
  std::int32_t write_queues = 0;
  std::int32_t perm = 0;
  std::int32_t sys_flag = 0;
};

/// Where the messages of a topic are.
struct Route {
  std::vector<BrokerGroup> groups;
  std::vector<TopicQueues> queues;
  std::map<std::string, std::vector<std::string>> filter_servers;  ///< By broker address.
  std::optional<std::string> order;
  std::map<std::string, Json> mappings;  ///< TopicQueueMappingInfo by broker name.
};

/// Drops the groups that have a master in another zone, with their queues. Case does not count.
void KeepZone(std::string_view zone, Route* route);

/// As RocketMQ 5.3.3 writes it, things of one kind by name.
std::string EncodeRoute(const Route& route, JsonStyle style);

/// Errors: kInvalidArgument.
Result<std::vector<TopicQueues>> DecodeQueues(std::string_view route_json);

/// Names of clusters and brokers.
struct Clusters {
  std::map<std::string, BrokerGroup> groups;
  std::map<std::string, std::set<std::string>> names;  ///< Of groups, by cluster.
};
std::string EncodeClusters(const Clusters& clusters);

struct TopicList {
  std::set<std::string> topics;
  std::optional<std::string> broker_address;
};
std::string EncodeTopicList(const TopicList& list);

/// What GET_BROKER_MEMBER_GROUP answers.
std::string EncodeMemberGroup(const BrokerGroup& group);

}  // namespace tidemark::nameserver

// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/route.h"

#include <algorithm>

namespace tidemark::nameserver {
namespace {

Json AddressesToJson(const BrokerGroup& group) {
  Json addresses = Json::Object();
  for (const auto& [id, address] : group.addresses) {
    addresses.AppendInteger(id, Json::Text(address));
  }
  return addresses;
}

Json GroupToJson(const BrokerGroup& group) {
  Json object = Json::Object();
  object.Append("brokerAddrs", AddressesToJson(group));
  object.Append("brokerName", Json::Text(group.name));
  object.Append("cluster", Json::Text(group.cluster));
  object.Append("enableActingMaster", Json::Boolean(group.enable_acting_master));
  if (group.zone.has_value()) object.Append("zoneName", Json::Text(*group.zone));
  return object;
}

Json QueuesToJson(const TopicQueues& queues) {
  Json object = Json::Object();
  object.Append("brokerName", Json::Text(queues.broker_name));
  object.Append("perm", Json::Integer(queues.perm));
  object.Append("readQueueNums", Json::Integer(queues.read_queues));
  object.Append("topicSysFlag", Json::Integer(queues.sys_flag));
  object.Append("writeQueueNums", Json::Integer(queues.write_queues));
  return object;
}

Json SetToJson(const std::set<std::string>& texts) {
  return remoting::TextsToJson({texts.begin(), texts.end()});
}

bool EqualInAnyCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

void KeepZone(std::string_view zone, Route* route) {
  std::set<std::string> dropped;
  std::erase_if(route->groups, [&](const BrokerGroup& group) {
    // A group that lost its master is offered to all zones: its slaves are better than nothing.
    const bool keep =
        !group.has_master() || (group.zone.has_value() && EqualInAnyCase(*group.zone, zone));
    if (keep) return false;
    dropped.insert(group.name);
    for (const auto& [id, address] : group.addresses) route->filter_servers.erase(address);
    return true;
  });
  std::erase_if(route->queues,
                [&](const TopicQueues& queues) { return dropped.contains(queues.broker_name); });
}

std::string EncodeRoute(const Route& route, JsonStyle style) {
  Json groups = Json::Array(Json::Layout::kOneLine);
  for (const BrokerGroup& group : route.groups) groups.elements()->push_back(GroupToJson(group));
  Json queues = Json::Array(Json::Layout::kOneLine);
  for (const TopicQueues& one : route.queues) queues.elements()->push_back(QueuesToJson(one));
  Json filters = Json::Object();
  for (const auto& [address, servers] : route.filter_servers) {
    filters.Append(address, remoting::TextsToJson(servers));
  }
  Json object = Json::Object();
  object.Append("brokerDatas", std::move(groups));
  object.Append("filterServerTable", std::move(filters));
  if (route.order.has_value()) object.Append("orderTopicConf", Json::Text(*route.order));
  object.Append("queueDatas", std::move(queues));
  if (!route.mappings.empty()) {
    Json mappings = Json::Object();
    for (const auto& [name, mapping] : route.mappings) mappings.Append(name, mapping);
    object.Append("topicQueueMappingByBroker", std::move(mappings));
  }
  return WriteCompactJson(object, style);
}

Result<std::vector<TopicQueues>> DecodeQueues(std::string_view route_json) {
  TM_ASSIGN_OR_RETURN(const Json route, remoting::ParseBody(route_json));
  TM_ASSIGN_OR_RETURN(const Json::Elements* const array, remoting::ReadArray(route, "queueDatas"));
  std::vector<TopicQueues> all;
  if (array == nullptr) return all;
  for (const Json& element : *array) {
    TopicQueues queues;
    TM_RETURN_IF_ERROR(ReadField(element, "brokerName", &queues.broker_name));
    TM_RETURN_IF_ERROR(ReadField(element, "perm", &queues.perm));
    TM_RETURN_IF_ERROR(ReadField(element, "readQueueNums", &queues.read_queues));
    TM_RETURN_IF_ERROR(ReadField(element, "topicSysFlag", &queues.sys_flag));
    TM_RETURN_IF_ERROR(ReadField(element, "writeQueueNums", &queues.write_queues));
    all.push_back(std::move(queues));
  }
  return all;
}

std::string EncodeClusters(const Clusters& clusters) {
  Json groups = Json::Object();
  for (const auto& [name, group] : clusters.groups) groups.Append(name, GroupToJson(group));
  Json names = Json::Object();
  for (const auto& [cluster, set] : clusters.names) names.Append(cluster, SetToJson(set));
  Json object = Json::Object();
  object.Append("brokerAddrTable", std::move(groups));
  object.Append("clusterAddrTable", std::move(names));
  return WriteCompactJson(object);
}

std::string EncodeTopicList(const TopicList& list) {
  Json object = Json::Object();
  if (list.broker_address.has_value()) {
    object.Append("brokerAddr", Json::Text(*list.broker_address));
  }
  object.Append("topicList", SetToJson(list.topics));
  return WriteCompactJson(object);
}

std::string EncodeMemberGroup(const BrokerGroup& group) {
  Json member = Json::Object();
  member.Append("brokerAddrs", AddressesToJson(group));
  member.Append("brokerName", Json::Text(group.name));
  member.Append("cluster", Json::Text(group.cluster));
  Json object = Json::Object();
  object.Append("brokerMemberGroup", std::move(member));
  return WriteCompactJson(object);
}

}  // namespace tidemark::nameserver

// SPDX-License-Identifier: Apache-2.0
#include "src/config/groups.h"

namespace tidemark {
namespace {

Result<GroupConfig> ReadGroup(const Json::Member& member) {
  if (!member.value.is_object()) return InvalidArgument("no object");
  GroupConfig group;
  group.name = member.name;
  group.members = member.value;
  const Json& from = member.value;
  TM_RETURN_IF_ERROR(ReadField(from, "attributes", &group.attributes));
  TM_RETURN_IF_ERROR(ReadField(from, "brokerId", &group.broker_id));
  TM_RETURN_IF_ERROR(ReadField(from, "consumeBroadcastEnable", &group.consume_broadcast_enable));
  TM_RETURN_IF_ERROR(ReadField(from, "consumeEnable", &group.consume_enable));
  TM_RETURN_IF_ERROR(ReadField(from, "consumeFromMinEnable", &group.consume_from_min_enable));
  TM_RETURN_IF_ERROR(ReadField(from, "consumeMessageOrderly", &group.consume_message_orderly));
  TM_RETURN_IF_ERROR(ReadField(from, "consumeTimeoutMinute", &group.consume_timeout_minutes));
  TM_RETURN_IF_ERROR(ReadField(from, "groupSysFlag", &group.sys_flag));
  TM_RETURN_IF_ERROR(
      ReadField(from, "notifyConsumerIdsChangedEnable", &group.notify_consumer_ids_changed_enable));
  TM_RETURN_IF_ERROR(ReadField(from, "retryMaxTimes", &group.retry_times_max));
  TM_RETURN_IF_ERROR(ReadField(from, "retryQueueNums", &group.retry_queues));
  TM_RETURN_IF_ERROR(
      ReadField(from, "whichBrokerWhenConsumeSlowly", &group.which_broker_when_consume_slowly));
  return group;
}

Json GroupToJson(const GroupConfig& group) {
  Json to = group.members;
  to.Set("attributes", AttributesToJson(group.attributes));
  to.Set("brokerId", Json::Integer(group.broker_id));
  to.Set("consumeBroadcastEnable", Json::Boolean(group.consume_broadcast_enable));
  to.Set("consumeEnable", Json::Boolean(group.consume_enable));
  to.Set("consumeFromMinEnable", Json::Boolean(group.consume_from_min_enable));
  to.Set("consumeMessageOrderly", Json::Boolean(group.consume_message_orderly));
  to.Set("consumeTimeoutMinute", Json::Integer(group.consume_timeout_minutes));
  to.Set("groupName", Json::Text(group.name));
  if (to.Find("groupRetryPolicy") == nullptr) {
    Json policy = Json::Object();
    policy.Append("type", Json::Text("CUSTOMIZED"));
    to.Set("groupRetryPolicy", std::move(policy));
  }
  to.Set("groupSysFlag", Json::Integer(group.sys_flag));
  to.Set("notifyConsumerIdsChangedEnable", Json::Boolean(group.notify_consumer_ids_changed_enable));
  to.Set("retryMaxTimes", Json::Integer(group.retry_times_max));
  to.Set("retryQueueNums", Json::Integer(group.retry_queues));
  to.Set("whichBrokerWhenConsumeSlowly", Json::Integer(group.which_broker_when_consume_slowly));
  return to;
}

Status ReadForbidden(const Json& from, OrderedTable<std::int32_t>* topics) {
  if (!from.is_object()) return InvalidArgument("no object");
  for (const Json::Member& topic : *from.members()) {
    TM_RETURN_IF_ERROR(ReadField(from, topic.name, &(*topics)[topic.name]));
  }
  return {};
}

}  // namespace

Result<GroupTable> GroupTable::Parse(std::string_view json) {
  GroupTable table;
  TM_ASSIGN_OR_RETURN(table.document_, ParseObject(json));
  TM_ASSIGN_OR_RETURN(table.version, ReadDataVersion(table.document_));
  TM_ASSIGN_OR_RETURN(const Json* const groups,
                      ReadObject(table.document_, "subscriptionGroupTable"));
  if (groups != nullptr) {
    for (const Json::Member& member : *groups->members()) {
      auto group = ReadGroup(member);
      if (!group.has_value()) {
        return Prefix(Format("group \"{}\"", member.name), group.error());
      }
      table.groups_[member.name] = *std::move(group);
    }
    table.document_.Set("subscriptionGroupTable", Json());  // kept in groups_ now
  }
  TM_ASSIGN_OR_RETURN(const Json* const forbidden, ReadObject(table.document_, "forbiddenTable"));
  if (forbidden != nullptr) {
    for (const Json::Member& member : *forbidden->members()) {
      const Status status = ReadForbidden(member.value, &table.forbidden_[member.name]);
      if (!status.ok()) return Prefix(Format("forbidden of \"{}\"", member.name), status);
    }
  }
  return table;
}

std::string GroupTable::Write() const {
  Json document = document_;
  WriteDataVersion(version, &document);
  Json forbidden = Json::Object();
  forbidden_.ForEachInOrder([&](const std::string& group, const auto& topics) {
    Json of_group = Json::Object();
    topics.ForEachInOrder([&](const std::string& topic, std::int32_t bits) {
      of_group.Append(topic, Json::Integer(bits));
    });
    forbidden.Append(group, std::move(of_group));
  });
  document.Set("forbiddenTable", std::move(forbidden));
  Json groups = Json::Object();
  groups_.ForEachInOrder([&](const std::string& name, const GroupConfig& group) {
    groups.Append(name, GroupToJson(group));
  });
  document.Set("subscriptionGroupTable", std::move(groups));
  return WriteJavaJson(document);
}

void GroupTable::Put(GroupConfig group) {
  GroupConfig& place = groups_[group.name];
  place = std::move(group);
}

std::int32_t GroupTable::Forbidden(std::string_view group, std::string_view topic) const {
  const auto* topics = forbidden_.Find(group);
  const std::int32_t* bits = topics == nullptr ? nullptr : topics->Find(topic);
  return bits == nullptr ? 0 : *bits;
}

void GroupTable::SetForbidden(std::string_view group, std::string_view topic, std::int32_t bits) {
  forbidden_[group][topic] = bits;
}

}  // namespace tidemark

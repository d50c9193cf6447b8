// SPDX-License-Identifier: Apache-2.0
#include "src/config/topics.h"

namespace tidemark {

Result<TopicConfig> ReadTopicConfig(const Json& from) {
  if (!from.is_object()) return InvalidArgument("no object");
  TopicConfig topic;
  topic.members = from;
  TM_RETURN_IF_ERROR(ReadField(from, "attributes", &topic.attributes));
  TM_RETURN_IF_ERROR(ReadField(from, "order", &topic.order));
  TM_RETURN_IF_ERROR(ReadField(from, "perm", &topic.perm));
  TM_RETURN_IF_ERROR(ReadField(from, "readQueueNums", &topic.read_queues));
  TM_RETURN_IF_ERROR(ReadField(from, "topicFilterType", &topic.filter_type));
  TM_RETURN_IF_ERROR(ReadField(from, "topicSysFlag", &topic.sys_flag));
  TM_RETURN_IF_ERROR(ReadField(from, "writeQueueNums", &topic.write_queues));
  return topic;
}

Json TopicConfigToJson(const TopicConfig& topic) {
  Json to = topic.members;
  to.Set("attributes", AttributesToJson(topic.attributes));
  to.Set("order", Json::Boolean(topic.order));
  to.Set("perm", Json::Integer(topic.perm));
  to.Set("readQueueNums", Json::Integer(topic.read_queues));
  to.Set("topicFilterType", Json::Text(topic.filter_type));
  to.Set("topicName", Json::Text(topic.name));
  to.Set("topicSysFlag", Json::Integer(topic.sys_flag));
  to.Set("writeQueueNums", Json::Integer(topic.write_queues));
  return to;
}

Result<TopicTable> TopicTable::Parse(std::string_view json) {
  TopicTable table;
  TM_ASSIGN_OR_RETURN(table.document_, ParseObject(json));
  TM_ASSIGN_OR_RETURN(table.version, ReadDataVersion(table.document_));
  TM_ASSIGN_OR_RETURN(const Json* const topics, ReadObject(table.document_, "topicConfigTable"));
  if (topics == nullptr) return table;
  for (const Json::Member& member : *topics->members()) {
    auto topic = ReadTopicConfig(member.value);
    if (!topic.has_value()) {
      return Prefix(Format("topic \"{}\"", member.name), topic.error());
    }
    topic->name = member.name;
    table.topics_[member.name] = *std::move(topic);
  }
  table.document_.Set("topicConfigTable", Json());  // kept in topics_ now
  return table;
}

std::string TopicTable::Write() const {
  Json document = document_;
  WriteDataVersion(version, &document);
  Json topics = Json::Object();
  topics_.ForEachInOrder([&](const std::string& name, const TopicConfig& topic) {
    topics.Append(name, TopicConfigToJson(topic));
  });
  document.Set("topicConfigTable", std::move(topics));
  return WriteJavaJson(document);
}

void TopicTable::Put(TopicConfig topic) {
  TopicConfig& place = topics_[topic.name];
  place = std::move(topic);
}

}  // namespace tidemark

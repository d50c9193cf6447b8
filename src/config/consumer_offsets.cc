// SPDX-License-Identifier: Apache-2.0
#include "src/config/consumer_offsets.h"

#include <algorithm>
#include <vector>

#include "src/base/java_text.h"
#include "src/config/json_fields.h"

namespace tidemark {
namespace {

struct Names {
  std::string_view topic;
  std::string_view group;
};

/// None where RocketMQ, too, keeps the entry without looking at it.
std::optional<Names> SplitKey(std::string_view key) {
  const auto parts = JavaSplit(key, '@');
  if (parts.size() != 2) return std::nullopt;
  return Names{parts[0], parts[1]};
}

std::string JoinKey(std::string_view topic, std::string_view group) {
  return Format("{}@{}", topic, group);
}

Status ReadQueues(const Json& from, ConsumerOffsets::Queues* queues) {
  if (!from.is_object()) return InvalidArgument("no object");
  for (const Json::Member& member : *from.members()) {
    TM_ASSIGN_OR_RETURN(const std::int32_t queue, ReadIntegerKey(member.name));
    const auto offset = member.value.integer();
    if (!offset.has_value()) return InvalidArgument("the offset of queue {} is no integer", queue);
    (*queues)[queue] = *offset;
  }
  return {};
}

/// RocketMQ writes which topics each group consumes and never reads it: made anew, in the order
/// that was there before.
Json GroupTopicMap(const OrderedTable<ConsumerOffsets::Queues>& entries, const Json* before) {
  OrderedTable<std::vector<std::string>> topics_of;
  if (before != nullptr && before->is_object()) {
    for (const Json::Member& group : *before->members()) {
      if (group.value.elements() == nullptr) continue;
      for (const Json& topic : *group.value.elements()) {
        if (topic.text() == nullptr) continue;
        if (entries.Find(JoinKey(*topic.text(), group.name)) == nullptr) continue;
        topics_of[group.name].push_back(*topic.text());
      }
    }
  }
  entries.ForEachInOrder([&](const std::string& key, const auto&) {
    const auto names = SplitKey(key);
    if (!names.has_value()) return;
    auto& topics = topics_of[names->group];
    if (std::find(topics.begin(), topics.end(), names->topic) == topics.end()) {
      topics.emplace_back(names->topic);
    }
  });
  Json map = Json::Object();
  topics_of.ForEachInOrder([&](const std::string& group, const auto& topics) {
    Json list = Json::Array(Json::Layout::kOneLine);
    for (const std::string& topic : topics) list.elements()->push_back(Json::Text(topic));
    map.Append(group, std::move(list));
  });
  return map;
}

template <typename Matches>
std::size_t EraseEntries(OrderedTable<ConsumerOffsets::Queues>* entries, const Matches& matches) {
  std::vector<std::string> doomed;
  entries->ForEach([&](const std::string& key, const auto&) {
    const auto names = SplitKey(key);
    if (names.has_value() && matches(*names)) doomed.push_back(key);
  });
  for (const std::string& key : doomed) entries->Erase(key);
  return doomed.size();
}

}  // namespace

Result<ConsumerOffsets> ConsumerOffsets::Parse(std::string_view json) {
  ConsumerOffsets offsets;
  TM_ASSIGN_OR_RETURN(offsets.document_, ParseObject(json));
  TM_ASSIGN_OR_RETURN(offsets.version, ReadDataVersion(offsets.document_));
  TM_ASSIGN_OR_RETURN(const Json* const table, ReadObject(offsets.document_, "offsetTable"));
  if (table == nullptr) return offsets;
  for (const Json::Member& member : *table->members()) {
    const Status status = ReadQueues(member.value, &offsets.entries_[member.name]);
    if (!status.ok()) return Prefix(Format("offsets of \"{}\"", member.name), status);
  }
  offsets.document_.Set("offsetTable", Json());  // kept in entries_ now
  return offsets;
}

std::string ConsumerOffsets::Write() const {
  Json document = document_;
  WriteDataVersion(version, &document);
  document.Set("groupTopicMap", GroupTopicMap(entries_, document_.Find("groupTopicMap")));
  Json table = Json::Object();
  entries_.ForEachInOrder([&](const std::string& key, const Queues& queues) {
    Json entry = Json::Object();
    for (const auto& [queue, offset] : queues) entry.AppendInteger(queue, Json::Integer(offset));
    table.Append(key, std::move(entry));
  });
  document.Set("offsetTable", std::move(table));
  return WriteJavaJson(document);
}

std::optional<QueueOffset> ConsumerOffsets::Find(std::string_view group, TopicQueue queue) const {
  const Queues* queues = entries_.Find(JoinKey(queue.topic, group));
  if (queues == nullptr) return std::nullopt;
  const auto found = queues->find(queue.queue);
  if (found == queues->end()) return std::nullopt;
  return QueueOffset{found->second};
}

void ConsumerOffsets::Set(std::string_view group, TopicQueue queue, QueueOffset offset) {
  entries_[JoinKey(queue.topic, group)][queue.queue] = ToInt(offset);
}

std::size_t ConsumerOffsets::EraseTopic(std::string_view topic) {
  return EraseEntries(&entries_, [&](const Names& names) { return names.topic == topic; });
}

std::size_t ConsumerOffsets::EraseGroup(std::string_view group) {
  return EraseEntries(&entries_, [&](const Names& names) { return names.group == group; });
}

void ConsumerOffsets::ForEach(
    const std::function<void(std::string_view, std::string_view, const Queues&)>& visit) const {
  entries_.ForEach([&](const std::string& key, const Queues& queues) {
    const auto names = SplitKey(key);
    if (names.has_value()) visit(names->topic, names->group, queues);
  });
}

}  // namespace tidemark

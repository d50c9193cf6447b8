// SPDX-License-Identifier: Apache-2.0
#include "src/config/deleted_topics.h"

#include "src/config/json_fields.h"

namespace tidemark {
namespace {

constexpr std::string_view kTable = "deletedTopics";
constexpr std::string_view kBatchTable = "deletedBatchTopics";

}  // namespace

Result<DeletedTopics> DeletedTopics::Parse(std::string_view json) {
  DeletedTopics deleted;
  TM_ASSIGN_OR_RETURN(const Json document, ParseObject(json));
  TM_ASSIGN_OR_RETURN(const Json* const batch, ReadObject(document, kBatchTable));
  for (const Json::Member& topic : batch != nullptr ? *batch->members() : Json::Members()) {
    const auto offset = topic.value.integer();
    if (!offset.has_value()) {
      return InvalidArgument("the deleted topic \"{}\": no log offset", topic.name);
    }
    deleted.batch_topics[topic.name] = LogOffset{*offset};
  }
  TM_ASSIGN_OR_RETURN(const Json* const table, ReadObject(document, kTable));
  if (table == nullptr) return deleted;
  for (const Json::Member& topic : *table->members()) {
    if (!topic.value.is_object()) {
      return InvalidArgument("the deleted topic \"{}\" is no object", topic.name);
    }
    for (const Json::Member& member : *topic.value.members()) {
      TM_ASSIGN_OR_RETURN(const std::int32_t queue, ReadIntegerKey(member.name));
      const auto offset = member.value.integer();
      if (!offset.has_value()) {
        return InvalidArgument("queue {} of the deleted topic \"{}\": no log offset", queue,
                               topic.name);
      }
      deleted.queues[{topic.name, queue}] = LogOffset{*offset};
    }
  }
  return deleted;
}

std::string DeletedTopics::Write() const {
  Json table = Json::Object();
  for (auto at = queues.begin(); at != queues.end();) {
    const std::string& topic = at->first.first;
    Json offsets = Json::Object();
    for (; at != queues.end() && at->first.first == topic; ++at) {
      offsets.AppendInteger(at->first.second, Json::Integer(ToInt(at->second)));
    }
    table.Append(topic, std::move(offsets));
  }
  Json batch = Json::Object();
  for (const auto& [topic, offset] : batch_topics) {
    batch.Append(topic, Json::Integer(ToInt(offset)));
  }
  Json document = Json::Object();
  document.Set(kBatchTable, std::move(batch));
  document.Set(kTable, std::move(table));
  return WriteJavaJson(document);
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/queue_bodies.h"

namespace tidemark::remoting {
namespace {

Json QueuesToJson(const std::vector<MessageQueue>& queues) {
  Json array = Json::Array(Json::Layout::kOneLine);
  for (const MessageQueue& queue : queues) array.elements()->push_back(MessageQueueToJson(queue));
  return array;
}

}  // namespace

Result<MessageQueue> ReadMessageQueue(const Json& object) {
  MessageQueue queue;
  TM_RETURN_IF_ERROR(ReadField(object, "brokerName", &queue.broker_name));
  TM_RETURN_IF_ERROR(ReadField(object, "queueId", &queue.queue));
  TM_RETURN_IF_ERROR(ReadField(object, "topic", &queue.topic));
  return queue;
}

Json MessageQueueToJson(const MessageQueue& queue) {
  Json object = Json::Object();
  object.Append("brokerName", Json::Text(queue.broker_name));
  object.Append("queueId", Json::Integer(queue.queue));
  object.Append("topic", Json::Text(queue.topic));
  return object;
}

Result<LockRequestBody> LockRequestBody::Decode(std::string_view text) {
  TM_ASSIGN_OR_RETURN(const Json object, ParseBody(text));
  LockRequestBody body;
  TM_RETURN_IF_ERROR(ReadField(object, "clientId", &body.client_id));
  TM_RETURN_IF_ERROR(ReadField(object, "consumerGroup", &body.group));
  TM_RETURN_IF_ERROR(ReadField(object, "onlyThisBroker", &body.only_this_broker));
  TM_ASSIGN_OR_RETURN(const Json::Elements* const queues, ReadArray(object, "mqSet"));
  if (queues == nullptr) return body;
  for (const Json& element : *queues) {
    TM_ASSIGN_OR_RETURN(MessageQueue queue, ReadMessageQueue(element));
    body.queues.push_back(std::move(queue));
  }
  return body;
}

std::string LockRequestBody::Encode() const {
  Json object = Json::Object();
  object.Append("clientId", Json::Text(client_id));
  object.Append("consumerGroup", Json::Text(group));
  object.Append("mqSet", QueuesToJson(queues));
  object.Append("onlyThisBroker", Json::Boolean(only_this_broker));
  return WriteCompactJson(object);
}

std::string EncodeLockAnswerBody(const std::vector<MessageQueue>& locked) {
  Json object = Json::Object();
  object.Append("lockOKMQSet", QueuesToJson(locked));
  return WriteCompactJson(object);
}

std::string ResetOffsetBody::Encode() const {
  Json table = Json::Object();
  for (const auto& [queue, offset] : offsets) {
    AppendObjectKey(MessageQueueToJson(queue), Json::Integer(offset), &table);
  }
  Json object = Json::Object();
  object.Append("offsetTable", std::move(table));
  return WriteCompactJson(object);
}

std::string ResetOffsetBody::EncodeForCpp() const {
  Json list = Json::Array(Json::Layout::kOneLine);
  for (const auto& [queue, offset] : offsets) {
    Json entry = MessageQueueToJson(queue);
    entry.Set("offset", Json::Integer(offset));
    list.elements()->push_back(std::move(entry));
  }
  Json object = Json::Object();
  object.Append("offsetTable", std::move(list));
  return WriteCompactJson(object);
}

std::string EncodeConsumerIdList(const std::vector<std::string>& client_ids) {
  Json object = Json::Object();
  object.Append("consumerIdList", TextsToJson(client_ids));
  return WriteCompactJson(object);
}

}  // namespace tidemark::remoting

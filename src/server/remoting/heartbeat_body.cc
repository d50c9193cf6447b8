// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/heartbeat_body.h"

namespace tidemark::remoting {
namespace {

template <typename Enum>
struct Word {
  Enum value;
  std::string_view name;
};

// In the order of Java's ordinals, which C++ clients send instead of the words.
constexpr Word<ConsumeType> kConsumeTypes[] = {
    {ConsumeType::kActively, "CONSUME_ACTIVELY"},
    {ConsumeType::kPassively, "CONSUME_PASSIVELY"},
    {ConsumeType::kPop, "CONSUME_POP"},
};
constexpr Word<MessageModel> kMessageModels[] = {
    {MessageModel::kBroadcasting, "BROADCASTING"},
    {MessageModel::kClustering, "CLUSTERING"},
};
constexpr Word<ConsumeFrom> kConsumeFroms[] = {
    {ConsumeFrom::kLastOffset, "CONSUME_FROM_LAST_OFFSET"},
    {ConsumeFrom::kLastOffsetAndFromMinWhenBootFirst,
     "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST"},
    {ConsumeFrom::kMinOffset, "CONSUME_FROM_MIN_OFFSET"},
    {ConsumeFrom::kMaxOffset, "CONSUME_FROM_MAX_OFFSET"},
    {ConsumeFrom::kFirstOffset, "CONSUME_FROM_FIRST_OFFSET"},
    {ConsumeFrom::kTimestamp, "CONSUME_FROM_TIMESTAMP"},
};

template <typename Enum, std::size_t size>
std::optional<Enum> ReadWord(const Json& object, std::string_view name,
                             const Word<Enum> (&words)[size]) {
  const Json* member = object.Find(name);
  if (member == nullptr) return std::nullopt;
  const auto ordinal = member->integer();
  if (ordinal.has_value()) {
    const bool known = *ordinal >= 0 && *ordinal < static_cast<std::int64_t>(size);
    return known ? std::optional(words[*ordinal].value) : std::nullopt;
  }
  for (const Word<Enum>& word : words) {
    if (member->text() != nullptr && word.name == *member->text()) return word.value;
  }
  return std::nullopt;
}

template <typename Enum, std::size_t size>
void AppendWord(std::string_view name, const std::optional<Enum>& value,
                const Word<Enum> (&words)[size], Json* object) {
  if (!value.has_value()) return;
  const Word<Enum>& word = words[static_cast<std::size_t>(*value)];
  object->Append(std::string(name), Json::Text(std::string(word.name)));
}

Result<ConsumerData> ReadConsumer(const Json& object) {
  if (!object.is_object()) return InvalidArgument("a consumer is no object");
  ConsumerData consumer;
  TM_RETURN_IF_ERROR(ReadField(object, "groupName", &consumer.group));
  TM_RETURN_IF_ERROR(ReadField(object, "unitMode", &consumer.unit_mode));
  consumer.type = ReadWord<ConsumeType>(object, "consumeType", kConsumeTypes);
  consumer.model = ReadWord<MessageModel>(object, "messageModel", kMessageModels);
  consumer.from = ReadWord<ConsumeFrom>(object, "consumeFromWhere", kConsumeFroms);
  TM_ASSIGN_OR_RETURN(const Json::Elements* const subscriptions,
                      ReadArray(object, "subscriptionDataSet"));
  if (subscriptions == nullptr) return consumer;
  for (const Json& element : *subscriptions) {
    TM_ASSIGN_OR_RETURN(Subscription subscription, ReadSubscription(element));
    consumer.subscriptions.push_back(std::move(subscription));
  }
  return consumer;
}

Json ConsumerToJson(const ConsumerData& consumer) {
  Json subscriptions = Json::Array(Json::Layout::kOneLine);
  for (const Subscription& subscription : consumer.subscriptions) {
    subscriptions.elements()->push_back(SubscriptionToJson(subscription));
  }
  Json object = Json::Object();
  AppendWord("consumeFromWhere", consumer.from, kConsumeFroms, &object);
  AppendWord("consumeType", consumer.type, kConsumeTypes, &object);
  object.Append("groupName", Json::Text(consumer.group));
  AppendWord("messageModel", consumer.model, kMessageModels, &object);
  object.Append("subscriptionDataSet", std::move(subscriptions));
  object.Append("unitMode", Json::Boolean(consumer.unit_mode));
  return object;
}

Status ReadProducers(const Json& object, HeartbeatBody* body) {
  TM_ASSIGN_OR_RETURN(const Json::Elements* const producers, ReadArray(object, "producerDataSet"));
  if (producers == nullptr) return {};
  for (const Json& element : *producers) {
    std::string group;
    TM_RETURN_IF_ERROR(ReadField(element, "groupName", &group));
    body->producer_groups.push_back(std::move(group));
  }
  return {};
}

}  // namespace

Result<HeartbeatBody> HeartbeatBody::Decode(std::string_view text) {
  TM_ASSIGN_OR_RETURN(const Json object, ParseBody(text));
  HeartbeatBody body;
  TM_RETURN_IF_ERROR(ReadField(object, "clientID", &body.client_id));
  TM_RETURN_IF_ERROR(ReadField(object, "heartbeatFingerprint", &body.fingerprint));
  TM_RETURN_IF_ERROR(ReadField(object, "withoutSub", &body.without_subscriptions));
  TM_RETURN_IF_ERROR(ReadProducers(object, &body));
  TM_ASSIGN_OR_RETURN(const Json::Elements* const consumers, ReadArray(object, "consumerDataSet"));
  if (consumers == nullptr) return body;
  for (const Json& element : *consumers) {
    TM_ASSIGN_OR_RETURN(ConsumerData consumer, ReadConsumer(element));
    body.consumers.push_back(std::move(consumer));
  }
  return body;
}

std::string HeartbeatBody::Encode() const {
  Json consumer_array = Json::Array(Json::Layout::kOneLine);
  for (const ConsumerData& consumer : consumers) {
    consumer_array.elements()->push_back(ConsumerToJson(consumer));
  }
  Json producer_array = Json::Array(Json::Layout::kOneLine);
  for (const std::string& group : producer_groups) {
    Json producer = Json::Object();
    producer.Append("groupName", Json::Text(group));
    producer_array.elements()->push_back(std::move(producer));
  }
  Json object = Json::Object();
  object.Append("clientID", Json::Text(client_id));
  object.Append("consumerDataSet", std::move(consumer_array));
  object.Append("heartbeatFingerprint", Json::Integer(fingerprint));
  object.Append("producerDataSet", std::move(producer_array));
  object.Append("withoutSub", Json::Boolean(without_subscriptions));
  return WriteCompactJson(object);
}

}  // namespace tidemark::remoting

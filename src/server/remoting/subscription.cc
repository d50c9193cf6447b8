// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "src/server/remoting/heartbeat_body.h"

namespace tidemark::remoting {

Result<Subscription> ReadSubscription(const Json& object) {
  if (!object.is_object()) return InvalidArgument("a subscription is no object");
  Subscription read;
  TM_RETURN_IF_ERROR(ReadField(object, "classFilterMode", &read.class_filter));
  TM_RETURN_IF_ERROR(ReadField(object, "expressionType", &read.expression_type));
  TM_RETURN_IF_ERROR(ReadField(object, "subString", &read.expression));
  TM_RETURN_IF_ERROR(ReadField(object, "subVersion", &read.version));
  TM_RETURN_IF_ERROR(ReadField(object, "topic", &read.topic));
  TM_RETURN_IF_ERROR(ReadTexts(object, "tagsSet", &read.tags));
  TM_ASSIGN_OR_RETURN(const Json::Elements* const codes, ReadArray(object, "codeSet"));
  if (codes == nullptr) return read;
  for (const Json& element : *codes) {
    const auto code = element.integer();
    if (!code.has_value() || *code < std::numeric_limits<std::int32_t>::min() ||
        *code > std::numeric_limits<std::int32_t>::max()) {
      return InvalidArgument("member \"codeSet\" holds something else than hashes");
    }
    read.codes.push_back(static_cast<std::int32_t>(*code));
  }
  return read;
}

Json SubscriptionToJson(const Subscription& subscription) {
  Json codes = Json::Array(Json::Layout::kOneLine);
  for (const std::int32_t code : subscription.codes) {
    codes.elements()->push_back(Json::Integer(code));
  }
  Json object = Json::Object();
  object.Append("classFilterMode", Json::Boolean(subscription.class_filter));
  object.Append("codeSet", std::move(codes));
  object.Append("expressionType", Json::Text(subscription.expression_type));
  object.Append("subString", Json::Text(subscription.expression));
  object.Append("subVersion", Json::Integer(subscription.version));
  object.Append("tagsSet", TextsToJson(subscription.tags));
  object.Append("topic", Json::Text(subscription.topic));
  return object;
}

}  // namespace tidemark::remoting

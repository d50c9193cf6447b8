// SPDX-License-Identifier: Apache-2.0
#include "src/config/json_fields.h"

#include <limits>

#include "src/base/java_text.h"
#include "src/config/data_version.h"

namespace tidemark {
namespace {

/// Null: missing or null.
const Json* FindValue(const Json& object, std::string_view name) {
  const Json* value = object.Find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

template <typename T>
Status ReadInteger(const Json& object, std::string_view name, T* value) {
  const Json* member = FindValue(object, name);
  if (member == nullptr) return {};
  const std::optional<std::int64_t> integer = member->integer();
  if (!integer.has_value() || *integer < std::numeric_limits<T>::min() ||
      *integer > std::numeric_limits<T>::max()) {
    return InvalidArgument("member \"{}\" is no integer of {} bits", name, 8 * sizeof(T));
  }
  *value = static_cast<T>(*integer);
  return {};
}

}  // namespace

Status ReadField(const Json& object, std::string_view name, bool* value) {
  const Json* member = FindValue(object, name);
  if (member == nullptr) return {};
  const std::optional<bool> boolean = member->boolean();
  if (!boolean.has_value()) return InvalidArgument("member \"{}\" is neither true nor false", name);
  *value = *boolean;
  return {};
}

Status ReadField(const Json& object, std::string_view name, std::int32_t* value) {
  return ReadInteger(object, name, value);
}

Status ReadField(const Json& object, std::string_view name, std::int64_t* value) {
  return ReadInteger(object, name, value);
}

Status ReadField(const Json& object, std::string_view name, std::string* value) {
  const Json* member = FindValue(object, name);
  if (member == nullptr) return {};
  if (member->text() == nullptr) return InvalidArgument("member \"{}\" is no text", name);
  *value = *member->text();
  return {};
}

Status ReadField(const Json& object, std::string_view name, Attributes* value) {
  TM_ASSIGN_OR_RETURN(const Json* const map, ReadObject(object, name));
  if (map == nullptr) return {};
  value->clear();
  for (const Json::Member& member : *map->members()) {
    const std::string* text = member.value.text();
    value->emplace_back(member.name, text != nullptr ? *text : WriteJavaJson(member.value));
  }
  return {};
}

Json AttributesToJson(const Attributes& attributes) {
  Json map = Json::Object();
  for (const auto& [name, value] : attributes) map.Append(name, Json::Text(value));
  return map;
}

Result<const Json*> ReadObject(const Json& object, std::string_view name) {
  const Json* member = FindValue(object, name);
  if (member != nullptr && !member->is_object()) {
    return InvalidArgument("member \"{}\" is no object", name);
  }
  return member;
}

Result<std::int32_t> ReadIntegerKey(const std::string& key) {
  const auto integer = JavaParseLong(key, std::numeric_limits<std::int32_t>::min(),
                                     std::numeric_limits<std::int32_t>::max());
  if (!integer.has_value()) return InvalidArgument("key \"{}\" is no integer", key);
  return static_cast<std::int32_t>(*integer);
}

Result<Json> ParseObject(std::string_view text) {
  TM_ASSIGN_OR_RETURN(Json document, ParseJavaJson(text));
  if (!document.is_object()) return InvalidArgument("the JSON is no object");
  return document;
}

Result<DataVersion> DataVersionFromJson(const Json& object) {
  DataVersion version;
  std::int64_t timestamp = 0;
  TM_RETURN_IF_ERROR(ReadField(object, "counter", &version.counter));
  TM_RETURN_IF_ERROR(ReadField(object, "stateVersion", &version.state_version));
  TM_RETURN_IF_ERROR(ReadField(object, "timestamp", &timestamp));
  version.timestamp = WallTime(std::chrono::milliseconds(timestamp));
  return version;
}

Result<DataVersion> ReadDataVersion(const Json& document) {
  TM_ASSIGN_OR_RETURN(const Json* const object, ReadObject(document, "dataVersion"));
  return object == nullptr ? DataVersion() : DataVersionFromJson(*object);
}

namespace {

void SetDataVersion(const DataVersion& version, Json* object) {
  object->Set("counter", Json::Integer(version.counter));
  object->Set("stateVersion", Json::Integer(version.state_version));
  object->Set("timestamp", Json::Integer(version.timestamp.time_since_epoch().count()));
}

}  // namespace

Json DataVersionToJson(const DataVersion& version) {
  Json object = Json::Object();
  SetDataVersion(version, &object);
  return object;
}

void WriteDataVersion(const DataVersion& version, Json* document) {
  const Json* before = document->Find("dataVersion");
  Json object = before != nullptr && before->is_object() ? *before : Json::Object();
  SetDataVersion(version, &object);
  document->Set("dataVersion", std::move(object));
}

}  // namespace tidemark

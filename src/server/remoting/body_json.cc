// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/body_json.h"

namespace tidemark::remoting {
namespace {

constexpr int kBodyDepthMax = 8;
/// A registration of 100,000 topics; each value costs some 100 bytes of memory.
constexpr std::size_t kBodyValuesMax = 1'000'000;

}  // namespace

Result<Json> ParseBody(std::string_view text) {
  JsonReading reading;
  reading.depth_max = kBodyDepthMax;
  reading.values_max = kBodyValuesMax;
  reading.lenient = true;
  TM_ASSIGN_OR_RETURN(Json body, ParseJavaJson(text, reading));
  if (!body.is_object()) return InvalidArgument("the JSON is no object");
  return body;
}

Result<const Json::Elements*> ReadArray(const Json& object, std::string_view name) {
  const Json* member = object.Find(name);
  if (member == nullptr || member->is_null()) return static_cast<const Json::Elements*>(nullptr);
  if (member->elements() == nullptr) return InvalidArgument("member \"{}\" is no array", name);
  return member->elements();
}

std::optional<std::string> PlainText(const Json& value) {
  if (value.text() != nullptr) return *value.text();
  if (value.number() != nullptr) return *value.number();
  if (const auto boolean = value.boolean(); boolean.has_value()) return *boolean ? "true" : "false";
  return std::nullopt;
}

Status ReadTexts(const Json& object, std::string_view name, std::vector<std::string>* texts) {
  TM_ASSIGN_OR_RETURN(const Json::Elements* const array, ReadArray(object, name));
  if (array == nullptr) return {};
  for (const Json& element : *array) {
    auto text = PlainText(element);
    if (!text.has_value()) return InvalidArgument("member \"{}\" holds no texts", name);
    texts->push_back(*std::move(text));
  }
  return {};
}

Json TextsToJson(const std::vector<std::string>& texts) {
  Json array = Json::Array(Json::Layout::kOneLine);
  for (const std::string& text : texts) array.elements()->push_back(Json::Text(text));
  return array;
}

void AppendObjectKey(const Json& key, Json value, Json* map) {
  map->members()->push_back({WriteCompactJson(key), false, std::move(value)});
}

}  // namespace tidemark::remoting

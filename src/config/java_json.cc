// SPDX-License-Identifier: Apache-2.0
#include "src/config/java_json.h"

#include <algorithm>
#include <charconv>

#include "src/base/check.h"
#include "src/base/java_text.h"

namespace tidemark {

Json::Json() = default;
Json::Json(Value value) : value_(std::move(value)) {}
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json Json::Boolean(bool value) {
  return Json(Value(value));
}
Json Json::Integer(std::int64_t value) {
  return Number(Format("{}", value));
}
Json Json::Number(std::string digits) {
  return Json(Value(Digits{std::move(digits)}));
}
Json Json::Text(std::string utf8) {
  return Json(Value(std::move(utf8)));
}
Json Json::Object() {
  return Json(Value(Members()));
}
Json Json::Array(Layout layout) {
  return Json(Value(List{layout, {}}));
}

const std::string* Json::number() const {
  const auto* digits = std::get_if<Digits>(&value_);
  return digits == nullptr ? nullptr : &digits->text;
}

std::optional<std::int64_t> Json::integer() const {
  const std::string* digits = number() != nullptr ? number() : text();
  if (digits == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const char* last = digits->data() + digits->size();
  const auto [end, error] = std::from_chars(digits->data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

std::optional<bool> Json::boolean() const {
  if (const bool* value = std::get_if<bool>(&value_); value != nullptr) return *value;
  const std::string* word = text();
  if (word != nullptr && (*word == "true" || *word == "false")) return *word == "true";
  return std::nullopt;
}

const Json::Elements* Json::elements() const {
  const auto* list = std::get_if<List>(&value_);
  return list == nullptr ? nullptr : &list->elements;
}

Json::Elements* Json::elements() {
  auto* list = std::get_if<List>(&value_);
  return list == nullptr ? nullptr : &list->elements;
}

Json::Layout Json::layout() const {
  const auto* list = std::get_if<List>(&value_);
  return list == nullptr ? Layout::kOneLine : list->layout;
}

const Json* Json::Find(std::string_view name) const {
  if (!is_object()) return nullptr;
  const auto found = std::find_if(members()->rbegin(), members()->rend(),
                                  [&](const Member& member) { return member.name == name; });
  return found == members()->rend() ? nullptr : &found->value;
}

void Json::Set(std::string_view name, Json value) {
  TM_CHECK(is_object(), "member {} of no object", name);
  if (const Json* there = Find(name); there != nullptr) {
    *const_cast<Json*>(there) = std::move(value);
    return;
  }
  const auto place = std::find_if(members()->begin(), members()->end(),
                                  [&](const Member& member) { return member.name > name; });
  members()->insert(place, {std::string(name), true, std::move(value)});
}

void Json::Append(std::string name, Json value) {
  TM_CHECK(is_object(), "member {} of no object", name);
  members()->push_back({std::move(name), true, std::move(value)});
}

void Json::AppendInteger(std::int64_t key, Json value) {
  TM_CHECK(is_object(), "member {} of no object", key);
  members()->push_back({Format("{}", key), false, std::move(value)});
}

bool operator==(const Json& a, const Json& b) {
  if (a.value_.index() != b.value_.index()) return false;
  if (a.elements() != nullptr) {
    return a.layout() == b.layout() && *a.elements() == *b.elements();
  }
  if (a.members() == nullptr) {
    return a.is_null() || (a.number() != nullptr && *a.number() == *b.number()) ||
           (a.text() != nullptr && *a.text() == *b.text()) ||
           (std::holds_alternative<bool>(a.value_) && a.boolean() == b.boolean());
  }
  return std::equal(a.members()->begin(), a.members()->end(), b.members()->begin(),
                    b.members()->end(), [](const Json::Member& x, const Json::Member& y) {
                      return x.name == y.name && x.quoted == y.quoted && x.value == y.value;
                    });
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/header_table.h"

#include <limits>

#include "src/base/java_text.h"

namespace tidemark::remoting {
namespace {

template <typename T>
Status ReadInteger(std::string_view name, const std::string& text, T* value) {
  const auto integer =
      JavaParseLong(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  if (!integer.has_value()) {
    return InvalidArgument("the custom field <{}> is no integer of {} bits: \"{}\"", name,
                           8 * sizeof(T), text);
  }
  *value = static_cast<T>(*integer);
  return {};
}

bool IsTrue(std::string_view text) {
  constexpr std::string_view kTrue = "true";
  if (text.size() != kTrue.size()) return false;
  for (std::size_t i = 0; i < kTrue.size(); ++i) {
    if ((text[i] | 0x20) != kTrue[i]) return false;
  }
  return true;
}

}  // namespace

Status MissingField(std::string_view name) {
  return InvalidArgument("the custom field <{}> is null", name);
}

Status ReadValue(std::string_view, const std::string& text, std::string* value) {
  *value = text;
  return {};
}

Status ReadValue(std::string_view name, const std::string& text, std::int32_t* value) {
  return ReadInteger(name, text, value);
}

Status ReadValue(std::string_view name, const std::string& text, std::int64_t* value) {
  return ReadInteger(name, text, value);
}

Status ReadValue(std::string_view, const std::string& text, bool* value) {
  *value = IsTrue(text);
  return {};
}

void WriteValue(std::string_view name, const std::string& value, Fields* fields) {
  fields->Set(name, value);
}

void WriteValue(std::string_view name, std::int64_t value, Fields* fields) {
  fields->Set(name, value);
}

void WriteValue(std::string_view name, std::int32_t value, Fields* fields) {
  fields->Set(name, std::int64_t{value});
}

void WriteValue(std::string_view name, bool value, Fields* fields) {
  fields->Set(name, std::string(value ? "true" : "false"));
}

}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parameters of a request as a struct. Each struct has a table, which drives both directions:
//
//   struct GetMinOffsetRequest {
//     std::string topic;
//     static constexpr auto Table() {
//       return std::tuple(Required("topic", &GetMinOffsetRequest::topic));
//     }
//   };
//
// What is not required is a std::optional, or keeps the struct's default when it is missing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "src/base/status.h"
#include "src/server/remoting/command.h"

namespace tidemark::remoting {

template <typename Header, typename T>
struct TableEntry {
  std::string_view name;
  T Header::* member;
  bool required;
};

template <typename Header, typename T>
constexpr TableEntry<Header, T> Required(std::string_view name, T Header::* member) {
  return {name, member, true};
}
template <typename Header, typename T>
constexpr TableEntry<Header, T> Optional(std::string_view name, T Header::* member) {
  return {name, member, false};
}

/// What Java says when a required parameter is missing.
Status MissingField(std::string_view name);

/// A parameter's text as Java reads it: integers as parse methods do, every word but "true" is
/// false. Errors: kInvalidArgument (no number of the type, or an empty text: which parameter).
Status ReadValue(std::string_view name, const std::string& text, std::string* value);
Status ReadValue(std::string_view name, const std::string& text, std::int32_t* value);
Status ReadValue(std::string_view name, const std::string& text, std::int64_t* value);
Status ReadValue(std::string_view name, const std::string& text, bool* value);
template <typename T>
Status ReadValue(std::string_view name, const std::string& text, std::optional<T>* value) {
  return ReadValue(name, text, &value->emplace());
}

void WriteValue(std::string_view name, const std::string& value, Fields* fields);
void WriteValue(std::string_view name, std::int64_t value, Fields* fields);
void WriteValue(std::string_view name, std::int32_t value, Fields* fields);
void WriteValue(std::string_view name, bool value, Fields* fields);
template <typename T>
void WriteValue(std::string_view name, const std::optional<T>& value, Fields* fields) {
  if (value.has_value()) WriteValue(name, *value, fields);
}

/// Errors: kInvalidArgument, with the remark for the answer, whose code is SYSTEM_ERROR.
template <typename Header>
Result<Header> DecodeHeader(const Fields& fields) {
  Header header;
  Status status;
  const auto read = [&](const auto& entry) {
    if (!status.ok()) return;
    const std::string* text = fields.Find(entry.name);
    if (text != nullptr) {
      status = ReadValue(entry.name, *text, &(header.*entry.member));
    } else if (entry.required) {
      status = MissingField(entry.name);
    }
  };
  std::apply([&](const auto&... entries) { (read(entries), ...); }, Header::Table());
  TM_RETURN_IF_ERROR(status);
  return header;
}

/// Sets the parameters of a command.
template <typename Header>
void EncodeHeader(const Header& header, Command* command) {
  command->has_fields = true;
  const auto write = [&](const auto& entry) {
    WriteValue(entry.name, header.*entry.member, &command->fields);
  };
  std::apply([&](const auto&... entries) { (write(entries), ...); }, Header::Table());
}

}  // namespace tidemark::remoting

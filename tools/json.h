// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/types.h"

namespace tidemark::tool {

/// `text` in quotes, everything but printable ASCII escaped; malformed UTF-8 becomes U+FFFD.
void AppendQuoted(std::string& out, std::string_view text);

/// One JSON object on one line; members in the order of the calls.
class JsonLine {
 public:
  JsonLine() = default;
  explicit JsonLine(std::string_view kind) { Add("kind", kind); }

  JsonLine& Add(std::string_view name, std::string_view value);
  JsonLine& Add(std::string_view name, const std::string& value) {
    return Add(name, std::string_view(value));
  }
  JsonLine& Add(std::string_view name, const char* value) {
    return Add(name, std::string_view(value));
  }
  JsonLine& Add(std::string_view name, std::same_as<bool> auto value) {
    return AddRaw(name, value ? "true" : "false");
  }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonLine& Add(std::string_view name, T value) {
    return AddRaw(name, std::to_string(value));
  }
  JsonLine& Add(std::string_view name, double value);
  JsonLine& Add(std::string_view name, const std::vector<LogOffset>& offsets);
  JsonLine& Add(std::string_view name, const std::vector<std::string>& texts);
  /// `json` is a JSON value already.
  JsonLine& AddRaw(std::string_view name, std::string_view json);

  /// With the newline.
  std::string Line() const { return text_ + "}\n"; }
  /// Without.
  std::string Object() const { return (text_.empty() ? "{" : text_) + "}"; }

 private:
  std::string text_;
};

}  // namespace tidemark::tool

// SPDX-License-Identifier: Apache-2.0
#include "tools/json.h"

#include <fmt/format.h>

#include <iterator>

namespace tidemark::tool {
namespace {

/// Takes one code point off `text`; a malformed sequence gives U+FFFD and takes its longest part
/// that could have begun a well-formed one.
char32_t TakeCodePoint(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  text.remove_prefix(1);
  if (first < 0x80) return first;
  int more = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  char32_t point = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    more = 1;
    point = first & 0x1Fu;
  } else if (first >= 0xE0 && first <= 0xEF) {
    more = 2;
    point = first & 0x0Fu;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    more = 3;
    point = first & 0x07u;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0xFFFD;
  }
  for (; more > 0; --more) {
    const auto next = text.empty() ? 0 : static_cast<unsigned char>(text[0]);
    if (next < low || next > high) return 0xFFFD;
    low = 0x80;
    high = 0xBF;
    point = (point << 6) | (next & 0x3Fu);
    text.remove_prefix(1);
  }
  return point;
}

}  // namespace

void AppendQuoted(std::string& out, std::string_view text) {
  const auto unit = [&](std::uint32_t value) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
  };
  out += '"';
  while (!text.empty()) {
    const char32_t point = TakeCodePoint(text);
    if (point == '"' || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (point >= 0x20 && point < 0x7F) {
      out += static_cast<char>(point);
    } else if (point < 0x10000) {
      unit(point);
    } else {
      unit(0xD800 + ((point - 0x10000) >> 10));
      unit(0xDC00 + ((point - 0x10000) & 0x3FF));
    }
  }
  out += '"';
}

JsonLine& JsonLine::AddRaw(std::string_view name, std::string_view json) {
  text_ += text_.empty() ? '{' : ',';
  AppendQuoted(text_, name);
  text_ += ':';
  text_ += json;
  return *this;
}

JsonLine& JsonLine::Add(std::string_view name, std::string_view value) {
  std::string quoted;
  AppendQuoted(quoted, value);
  return AddRaw(name, quoted);
}

JsonLine& JsonLine::Add(std::string_view name, double value) {
  return AddRaw(name, fmt::format("{:.6g}", value));
}

JsonLine& JsonLine::Add(std::string_view name, const std::vector<LogOffset>& offsets) {
  std::string list = "[";
  for (const LogOffset offset : offsets) {
    if (list.size() > 1) list += ',';
    list += std::to_string(ToInt(offset));
  }
  return AddRaw(name, list + "]");
}

JsonLine& JsonLine::Add(std::string_view name, const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ',';
    AppendQuoted(list, text);
  }
  return AddRaw(name, list + "]");
}

}  // namespace tidemark::tool

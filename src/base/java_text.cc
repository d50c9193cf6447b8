// SPDX-License-Identifier: Apache-2.0
#include "src/base/java_text.h"

#include <cstddef>

namespace tidemark {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Decodes one code point at `at` and moves behind it. A malformed sequence yields U+FFFD and
/// consumes its maximal subpart, as Java's UTF-8 decoder does.
char32_t NextCodePoint(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at++);
  if (lead < 0x80) return lead;
  int more = 0;
  char32_t point = 0;
  std::uint8_t low = 0x80, high = 0xBF;  // what the second byte may be
  if (lead >= 0xC2 && lead <= 0xDF) {
    more = 1, point = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    more = 2, point = lead & 0x0F;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    more = 3, point = lead & 0x07;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return kReplacement;
  }
  for (; more > 0; --more) {
    if (at >= text.size() || byte(at) < low || byte(at) > high) return kReplacement;
    point = (point << 6) | (byte(at++) & 0x3F);
    low = 0x80, high = 0xBF;
  }
  return point;
}

void AppendUtf8(std::string& out, char32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

}  // namespace

std::int32_t JavaHash(std::string_view utf8, std::int32_t seed) {
  std::uint32_t hash = static_cast<std::uint32_t>(seed);
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t point = NextCodePoint(utf8, at);
    if (point < 0x10000) {
      hash = 31 * hash + static_cast<std::uint32_t>(point);
    } else {
      hash = 31 * hash + (0xD800 + static_cast<std::uint32_t>((point - 0x10000) >> 10));
      hash = 31 * hash + (0xDC00 + static_cast<std::uint32_t>((point - 0x10000) & 0x3FF));
    }
  }
  return static_cast<std::int32_t>(hash);
}

std::int64_t JavaLength(std::string_view utf8) {
  std::int64_t units = 0;
  for (std::size_t at = 0; at < utf8.size();) units += NextCodePoint(utf8, at) < 0x10000 ? 1 : 2;
  return units;
}

std::string JavaDecoded(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) AppendUtf8(out, NextCodePoint(utf8, at));
  return out;
}

std::vector<std::string_view> JavaSplit(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t at = text.find(separator); at != std::string_view::npos;
       at = text.find(separator, start)) {
    parts.push_back(text.substr(start, at - start));
    start = at + 1;
  }
  parts.push_back(text.substr(start));
  if (parts.size() > 1) {
    while (!parts.empty() && parts.back().empty()) parts.pop_back();
  }
  return parts;
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/base/java_text.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace tidemark {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";

/// Decodes one code point at `at` and moves behind it. A malformed sequence yields U+FFFD and
/// consumes its maximal subpart, as Java's UTF-8 decoder does; an encoded surrogate is one
/// sequence.
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
  if (point >= 0xD800 && point <= 0xDFFF) return kReplacement;
  return point;
}

// The zeros of the basic plane's decimal digits: those c with Character.digit(c, 10) == 0 in
// JDK 17; each is followed by its 1 to 9.
constexpr char32_t kZeros[] = {
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
    0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0,
    0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
};

/// 0 to 9, or -1 for what is no digit.
int DigitOf(char32_t point) {
  const char32_t* behind = std::upper_bound(std::begin(kZeros), std::end(kZeros), point);
  if (behind == std::begin(kZeros)) return -1;
  const char32_t zero = *std::prev(behind);
  return point - zero < 10 ? static_cast<int>(point - zero) : -1;
}

bool IsWhitespace(char32_t point) {
  if (point >= 0x2000 && point <= 0x200A) return point != 0x2007;
  return (point >= 0x09 && point <= 0x0D) || (point >= 0x1C && point <= 0x20) || point == 0x1680 ||
         point == 0x2028 || point == 0x2029 || point == 0x205F || point == 0x3000;
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

bool JavaDecodesUnchanged(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    const std::size_t from = at;
    if (NextCodePoint(utf8, at) == kReplacement && utf8.substr(from, at - from) != kReplacementUtf8)
      return false;
  }
  return true;
}

std::string_view JavaTrimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string JavaEncoded(std::u16string_view units) {
  std::string out;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const char16_t unit = units[i];
    if (unit < 0xD800 || unit > 0xDFFF) {
      AppendUtf8(out, unit);
    } else if (unit <= 0xDBFF && i + 1 < units.size() && units[i + 1] >= 0xDC00 &&
               units[i + 1] <= 0xDFFF) {
      AppendUtf8(out, 0x10000 + ((char32_t{unit} - 0xD800) << 10) + (units[++i] - 0xDC00));
    } else {
      out += '?';
    }
  }
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

std::optional<std::int64_t> JavaParseLong(std::string_view utf8, std::int64_t min,
                                          std::int64_t max) {
  std::size_t at = 0;
  const bool negative = utf8.starts_with('-');
  if (negative || utf8.starts_with('+')) ++at;
  if (at == utf8.size()) return std::nullopt;
  std::int64_t value = 0;  // kept negative: the smallest number has no positive counterpart
  while (at < utf8.size()) {
    const int digit = DigitOf(NextCodePoint(utf8, at));
    if (digit < 0 || __builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, digit, &value))
      return std::nullopt;
  }
  if (!negative && __builtin_sub_overflow(0, value, &value)) return std::nullopt;
  if (value < min || value > max) return std::nullopt;
  return value;
}

bool JavaIsBlank(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    if (!IsWhitespace(NextCodePoint(utf8, at))) return false;
  }
  return true;
}

}  // namespace tidemark

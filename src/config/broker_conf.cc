// SPDX-License-Identifier: Apache-2.0
#include "src/config/broker_conf.h"

#include <algorithm>
#include <limits>

#include "src/base/java_text.h"

namespace tidemark {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}
bool IsLineEnd(char c) {
  return c == '\n' || c == '\r';
}

/// Joins natural lines into logical ones, as java.util.Properties.LineReader does.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}

  struct Line {
    std::string text;
    int number = 0;
  };

  /// The next logical line that is neither blank nor a comment; none at the end.
  std::optional<Line> Next() {
    Line line;
    bool skip_blanks = true;
    bool continued = false;  // at the start of a continuation, where an empty line counts
    bool backslash = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const int here = line_;
      Advance();
      if (skip_blanks) {
        if (IsBlank(c) || (!continued && IsLineEnd(c))) continue;
        skip_blanks = false;
        continued = false;
      }
      if (line.text.empty() && (c == '#' || c == '!')) {
        while (at_ < text_.size() && !IsLineEnd(text_[at_])) Advance();
        skip_blanks = true;
        continue;
      }
      if (!IsLineEnd(c)) {
        if (line.text.empty()) line.number = here;
        line.text += c;
        backslash = c == '\\' && !backslash;
        continue;
      }
      if (line.text.empty()) {
        skip_blanks = true;
        continue;
      }
      if (!backslash) return line;
      line.text.pop_back();
      if (at_ == text_.size()) return line;
      backslash = false;
      skip_blanks = true;
      continued = true;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') Advance();
    }
    if (line.text.empty()) return std::nullopt;
    // A single backslash is an entry without key and value, if nothing stands behind it.
    if (backslash) line.text.pop_back();
    return line;
  }

 private:
  void Advance() {
    const char c = text_[at_++];
    const bool first_of_two = c == '\r' && at_ < text_.size() && text_[at_] == '\n';
    if (IsLineEnd(c) && !first_of_two) ++line_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

/// Resolves escapes. None: \u without four hex digits.
std::optional<std::string> Unescape(std::string_view text) {
  std::u16string units;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      units += static_cast<unsigned char>(text[i]);
      continue;
    }
    const char c = text[++i];
    constexpr std::string_view kEscapes = "tnrf";
    constexpr std::string_view kMeanings = "\t\n\r\f";
    if (const std::size_t which = kEscapes.find(c); which != kEscapes.npos) {
      units += static_cast<unsigned char>(kMeanings[which]);
    } else if (c != 'u') {
      units += static_cast<unsigned char>(c);
    } else {
      char16_t unit = 0;
      for (int digit = 0; digit < 4; ++digit) {
        if (++i >= text.size()) return std::nullopt;
        const char hex = text[i];
        const char lower = static_cast<char>(hex | 0x20);
        const bool decimal = hex >= '0' && hex <= '9';
        if (!decimal && (lower < 'a' || lower > 'f')) return std::nullopt;
        unit = static_cast<char16_t>(unit * 16 + (decimal ? hex - '0' : lower - 'a' + 10));
      }
      units += unit;
    }
  }
  return JavaEncoded(units);
}

/// The logical line as it stands: what comes before and behind the separator.
std::pair<std::string_view, std::string_view> SplitLine(std::string_view line) {
  std::size_t end = 0;
  for (bool backslash = false; end < line.size(); ++end) {
    const char c = line[end];
    if (!backslash && (c == '=' || c == ':' || IsBlank(c))) break;
    backslash = c == '\\' && !backslash;
  }
  std::size_t start = end;
  bool separated = false;
  for (; start < line.size(); ++start) {
    const char c = line[start];
    if (IsBlank(c)) continue;
    if (separated || (c != '=' && c != ':')) break;
    separated = true;
  }
  return {line.substr(0, end), line.substr(start)};
}

}  // namespace

Result<BrokerConf> BrokerConf::Parse(std::string_view bytes) {
  BrokerConf conf;
  LineReader lines(bytes);
  while (const auto line = lines.Next()) {
    const auto [raw_key, raw_value] = SplitLine(line->text);
    auto key = Unescape(raw_key);
    auto value = Unescape(raw_value);
    if (!key.has_value() || !value.has_value()) {
      return InvalidArgument("line {}: \\u is not followed by four hex digits", line->number);
    }
    conf.entries_.push_back({*std::move(key), *std::move(value), line->number});
  }
  return conf;
}

const BrokerConf::Entry* BrokerConf::Find(std::string_view key) const {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries_.rend() ? nullptr : &*found;
}

std::optional<std::string> BrokerConf::Text(std::string_view key) const {
  const Entry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  return std::string(JavaTrimmed(entry->value));
}

std::optional<std::int32_t> BrokerConf::Integer(std::string_view key) const {
  const Entry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  const auto integer = JavaParseLong(entry->value, std::numeric_limits<std::int32_t>::min(),
                                     std::numeric_limits<std::int32_t>::max());
  if (!integer.has_value()) return std::nullopt;
  return static_cast<std::int32_t>(*integer);
}

std::optional<bool> BrokerConf::Boolean(std::string_view key) const {
  const Entry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  constexpr std::string_view kTrue = "true";
  return std::equal(entry->value.begin(), entry->value.end(), kTrue.begin(), kTrue.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/filter/sql_token.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "src/base/status.h"

namespace tidemark {
namespace {

using Kind = SqlToken::Kind;

constexpr std::size_t kShownBytes = 40;

constexpr std::pair<std::string_view, Kind> kWords[] = {
    {"AND", Kind::kAnd},
    {"OR", Kind::kOr},
    {"NOT", Kind::kNot},
    {"BETWEEN", Kind::kBetween},
    {"IN", Kind::kIn},
    {"IS", Kind::kIs},
    {"NULL", Kind::kNull},
    {"TRUE", Kind::kTrue},
    {"FALSE", Kind::kFalse},
    {"CONTAINS", Kind::kContains},
    {"STARTSWITH", Kind::kStartsWith},
    {"ENDSWITH", Kind::kEndsWith},
};

// Longer ones in front of those that they begin with.
constexpr std::pair<std::string_view, Kind> kSigns[] = {
    {"<>", Kind::kNotEqual}, {"<=", Kind::kLessOrEqual}, {">=", Kind::kGreaterOrEqual},
    {"<", Kind::kLess},      {">", Kind::kGreater},      {"=", Kind::kEqual},
    {"(", Kind::kOpen},      {")", Kind::kClose},        {",", Kind::kComma},
    {"+", Kind::kPlus},      {"-", Kind::kMinus},
};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool StartsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::size_t DigitsAt(std::string_view text, std::size_t at) {
  const auto from = text.begin() + static_cast<std::ptrdiff_t>(at);
  return static_cast<std::size_t>(std::find_if_not(from, text.end(), IsDigit) - from);
}

/// The bytes of an exponent that starts at `at`, or 0.
std::size_t ExponentAt(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return 0;
  std::size_t sign = 0;
  if (at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-')) sign = 1;
  const std::size_t digits = DigitsAt(text, at + 1 + sign);
  return digits == 0 ? 0 : 1 + sign + digits;
}

/// The longest number at the front: its kind and its bytes.
std::optional<std::pair<Kind, std::size_t>> NumberAt(std::string_view text) {
  const std::size_t whole = DigitsAt(text, 0);
  std::size_t end = whole;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = DigitsAt(text, end + 1);
    if (whole + fraction == 0) return std::nullopt;
    end += 1 + fraction;
    return std::pair(Kind::kFloat, end + ExponentAt(text, end));
  }
  if (whole == 0) return std::nullopt;
  if (const std::size_t exponent = ExponentAt(text, end); exponent > 0)
    return std::pair(Kind::kFloat, end + exponent);
  if (text.front() == '0') return std::pair(Kind::kInteger, 1);
  if (end < text.size() && (text[end] == 'l' || text[end] == 'L')) ++end;
  return std::pair(Kind::kInteger, end);
}

/// At most kShownBytes of the text, cut between characters.
std::string Shown(std::string_view text) {
  if (text.size() <= kShownBytes) return Format("\"{}\"", text);
  std::size_t size = kShownBytes;
  while (size > 0 && IsContinuation(text[size])) --size;
  return Format("\"{}...\"", text.substr(0, size));
}

}  // namespace

Status SqlTokens::Error(const SqlToken& at, std::string_view found,
                        std::string_view expected) const {
  const std::string_view before =
      expression_.substr(0, static_cast<std::size_t>(at.text.data() - expression_.data()));
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::string_view in_line = before.substr(line_start);
  const auto column =
      1 + std::count_if(in_line.begin(), in_line.end(), [](char c) { return !IsContinuation(c); });
  return InvalidArgument("SQL filter, line {}, column {}: found {}, expected {}", line, column,
                         found, expected);
}

Status SqlTokens::Error(const SqlToken& at, std::string_view expected) const {
  return Error(at, at.kind == Kind::kEnd ? "the end" : Shown(at.text), expected);
}

SqlToken SqlTokens::Take(Kind kind, std::size_t size) {
  const SqlToken token{kind, rest_.substr(0, size)};
  rest_.remove_prefix(size);
  return token;
}

/// Skips spaces, line ends or one comment; false when there are none.
bool SqlTokens::SkipBlank() {
  std::size_t size = std::min(rest_.find_first_not_of(" \t\n\r\f"), rest_.size());
  if (rest_.starts_with("--")) {
    const std::size_t end = rest_.find_first_of("\n\r");
    if (end != std::string_view::npos) size = end + 1;
  } else if (rest_.starts_with("/*")) {
    const std::size_t end = rest_.find("*/", 2);
    if (end != std::string_view::npos) size = end + 2;
  }
  rest_.remove_prefix(size);
  return size > 0;
}

Result<SqlToken> SqlTokens::TakeString() {
  std::size_t complete = 0;  // the string may end at a doubled quote when nothing else ends it
  for (std::size_t at = 1; at < rest_.size(); ++at) {
    if (rest_[at] != '\'') continue;
    complete = at + 1;
    if (complete == rest_.size() || rest_[complete] != '\'') return Take(Kind::kString, complete);
    ++at;
  }
  if (complete > 0) return Take(Kind::kString, complete);
  return Error({Kind::kString, rest_}, Format("{} without its closing quote", Shown(rest_)),
               "a string like 'paid', a quote in it doubled");
}

SqlToken SqlTokens::TakeWord() {
  const auto end = std::find_if_not(rest_.begin(), rest_.end(),
                                    [](char c) { return StartsName(c) || IsDigit(c); });
  SqlToken token = Take(Kind::kName, static_cast<std::size_t>(end - rest_.begin()));
  const auto same = [](char c, char upper) {
    return (c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) == upper;
  };
  for (const auto& [word, kind] : kWords) {
    if (std::equal(token.text.begin(), token.text.end(), word.begin(), word.end(), same))
      token.kind = kind;
  }
  return token;
}

Result<SqlToken> SqlTokens::Next() {
  while (SkipBlank()) {
  }
  if (rest_.empty()) return SqlToken{Kind::kEnd, rest_};
  if (StartsName(rest_.front())) return TakeWord();
  if (rest_.front() == '\'') return TakeString();
  if (const auto number = NumberAt(rest_)) return Take(number->first, number->second);
  for (const auto& [sign, kind] : kSigns) {
    if (rest_.starts_with(sign)) return Take(kind, sign.size());
  }
  if (rest_.starts_with("/*")) {
    return Error({Kind::kName, rest_}, "a comment without its \"*/\"", "that end");
  }
  std::size_t size = 1;
  while (size < rest_.size() && IsContinuation(rest_[size])) ++size;
  return Error({Kind::kName, rest_.substr(0, size)},
               "a name, a value or an operator; text stands in single quotes");
}

}  // namespace tidemark

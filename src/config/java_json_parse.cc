// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/base/java_text.h"
#include "src/config/java_json.h"

namespace tidemark {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsWordStart(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || c == '_' || c == '$';
}

class Parser {
 public:
  Parser(std::string_view text, const JsonReading& reading) : text_(text), reading_(reading) {}

  Result<Json> Document() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ += 3;  // fastjson skips a byte order mark
    SkipBlanks();
    TM_ASSIGN_OR_RETURN(Json value, Value(0));
    SkipBlanks();
    if (at_ < text_.size()) return Fail("more text behind the value");
    return value;
  }

 private:
  Status Fail(std::string_view what) const {
    const std::string_view before = text_.substr(0, std::min(at_, text_.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
    return InvalidArgument("line {}, column {}: {}", line, before.size() - start + 1, what);
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void SkipBlanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  Result<Json> Value(int depth) {
    if (depth > reading_.depth_max) {
      return Fail(Format("nested deeper than {} levels", reading_.depth_max));
    }
    if (++values_ > reading_.values_max) {
      return Fail(Format("more than {} values", reading_.values_max));
    }
    switch (Peek()) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      default:
        break;
    }
    if (AtText()) {
      TM_ASSIGN_OR_RETURN(std::string text, Text());
      return Json::Text(std::move(text));
    }
    if (Take("null")) return Json();
    if (Take("true")) return Json::Boolean(true);
    if (Take("false")) return Json::Boolean(false);
    TM_ASSIGN_OR_RETURN(std::string_view digits, Number());
    return Json::Number(std::string(digits));
  }

  Result<Json> Object(int depth) {
    ++at_;
    Json object = Json::Object();
    SkipBlanks();
    if (Take('}')) return object;
    while (true) {
      Json::Member member;
      if (AtText()) {
        TM_ASSIGN_OR_RETURN(member.name, Text());
      } else if (reading_.lenient && IsWordStart(Peek())) {
        member.name = Word();
      } else {
        TM_ASSIGN_OR_RETURN(member.name, IntegerKey());
        member.quoted = false;
      }
      SkipBlanks();
      if (!Take(':')) return Fail("\":\" is missing behind a key");
      SkipBlanks();
      TM_ASSIGN_OR_RETURN(member.value, Value(depth + 1));
      object.members()->push_back(std::move(member));
      SkipBlanks();
      if (Take('}')) return object;
      if (!Take(',')) return Fail("\",\" or \"}\" is missing in an object");
      SkipBlanks();
    }
  }

  Result<Json> Array(int depth) {
    ++at_;
    const std::size_t start = at_;
    SkipBlanks();
    const bool lines = text_.substr(start, at_ - start).find('\n') != std::string_view::npos;
    Json array = Json::Array(lines ? Json::Layout::kLines : Json::Layout::kOneLine);
    if (Take(']')) return array;
    while (true) {
      TM_ASSIGN_OR_RETURN(Json element, Value(depth + 1));
      array.elements()->push_back(std::move(element));
      SkipBlanks();
      if (Take(']')) return array;
      if (!Take(',')) return Fail("\",\" or \"]\" is missing in an array");
      SkipBlanks();
    }
  }

  bool AtText() const { return Peek() == '"' || (reading_.lenient && Peek() == '\''); }

  std::string Word() {
    const std::size_t start = at_;
    while (IsWordStart(Peek()) || IsDigit(Peek())) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  Result<std::string> IntegerKey() {
    const std::size_t start = at_;
    Take('-');
    const std::size_t digits = at_;
    while (IsDigit(Peek())) ++at_;
    if (at_ == digits) return Fail("a key in quotes or an integer is missing");
    return std::string(text_.substr(start, at_ - start));
  }

  Result<std::string_view> Number() {
    const std::size_t start = at_;
    const auto digits = [&] {
      const std::size_t before = at_;
      while (IsDigit(Peek())) ++at_;
      return at_ > before;
    };
    Take('-');
    const bool zero = Peek() == '0';
    if (!digits()) return Fail("a value is missing");
    if (zero && at_ - start > (text_[start] == '-' ? 2u : 1u))
      return Fail("a number begins with 0");
    if (Take('.') && !digits()) return Fail("a digit is missing behind \".\"");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!digits()) return Fail("a digit is missing in an exponent");
    }
    return text_.substr(start, at_ - start);
  }

  Result<std::string> Text() {
    const char quote = text_[at_++];
    std::string text;
    while (true) {
      const std::size_t start = at_;
      while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      text += text_.substr(start, at_ - start);
      if (at_ >= text_.size()) return Fail("a text has no end");
      if (Take(quote)) return text;
      if (!Take('\\')) return Fail("a control character in a text");
      if (Peek() == 'u') {
        TM_ASSIGN_OR_RETURN(std::string decoded, Units());
        text += decoded;
        continue;
      }
      if (reading_.lenient && Take('\'')) {
        text += '\'';
        continue;
      }
      constexpr std::string_view kEscapes = "\"\\/bfnrt";
      constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
      const std::size_t which = at_ < text_.size() ? kEscapes.find(text_[at_]) : kEscapes.npos;
      if (which == kEscapes.npos) return Fail("an escape that JSON does not know");
      text += kMeanings[which];
      ++at_;
    }
  }

  /// A run of \uXXXX, of which the first backslash is taken: two may make one character.
  Result<std::string> Units() {
    std::u16string units;
    do {
      ++at_;
      char16_t unit = 0;
      for (int i = 0; i < 4; ++i, ++at_) {
        const char c = Peek();
        const char lower = static_cast<char>(c | 0x20);
        if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return Fail("\\u needs four hex digits");
        unit = static_cast<char16_t>(unit * 16 + (IsDigit(c) ? c - '0' : lower - 'a' + 10));
      }
      units += unit;
    } while (text_.substr(at_).starts_with("\\u") && ++at_ > 0);
    return JavaEncoded(units);
  }

  std::string_view text_;
  const JsonReading& reading_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Result<Json> ParseJavaJson(std::string_view text, const JsonReading& reading) {
  if (text.size() > reading.bytes_max) {
    return InvalidArgument("{} bytes of JSON; at most {} are read", text.size(), reading.bytes_max);
  }
  const std::string decoded = JavaDecoded(text);
  return Parser(decoded, reading).Document();
}

}  // namespace tidemark

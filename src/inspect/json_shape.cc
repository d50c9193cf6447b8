// SPDX-License-Identifier: Apache-2.0
#include "src/inspect/json_shape.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

constexpr int kDepthMax = 64;

/// Reads one value front to back; each call returns false after it noted what is wrong.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<JsonFault> Run() {
    if (!Value(0)) return JsonFault{at_, why_};
    SkipBlank();
    if (at_ < text_.size()) return JsonFault{at_, "more text behind the end"};
    return std::nullopt;
  }

 private:
  bool Bad(std::string why) {
    why_ = std::move(why);
    return false;
  }
  void SkipBlank() { at_ = std::min(text_.size(), text_.find_first_not_of(" \t\r\n", at_)); }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    SkipBlank();
    if (at_ >= text_.size()) return Bad("the text ends too early");
    if (text_[at_] != c) return Bad(fmt::format("'{}' is missing", c));
    ++at_;
    return true;
  }

  bool Value(int depth) {
    if (depth > kDepthMax) return Bad("nested too deep");
    SkipBlank();
    switch (Peek()) {
      case '{':
        return Members(depth);
      case '[':
        return Elements(depth);
      case '"':
        return String();
      case '\0':
        return Bad("the text ends too early");
      default:
        return Word();
    }
  }

  bool Members(int depth) {
    ++at_;
    SkipBlank();
    if (Peek() == '}') {
      ++at_;
      return true;
    }
    while (true) {
      SkipBlank();
      if (!(Peek() == '"' ? String() : Word())) return false;
      if (!Take(':') || !Value(depth + 1)) return false;
      SkipBlank();
      if (Peek() == '}') {
        ++at_;
        return true;
      }
      if (!Take(',')) return false;
    }
  }

  bool Elements(int depth) {
    ++at_;
    SkipBlank();
    if (Peek() == ']') {
      ++at_;
      return true;
    }
    while (true) {
      if (!Value(depth + 1)) return false;
      SkipBlank();
      if (Peek() == ']') {
        ++at_;
        return true;
      }
      if (!Take(',')) return false;
    }
  }

  bool String() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\') ++at_;
    }
    return Bad("a string without an end");
  }

  /// A number, true, false or null.
  bool Word() {
    const std::size_t end = std::min(
        text_.size(), text_.find_first_not_of("+-.0123456789abcdefghijklmnopqrstuvwxyzE", at_));
    const std::string_view word = text_.substr(at_, end - at_);
    const bool known = word == "true" || word == "false" || word == "null";
    const bool number =
        !word.empty() && word.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
    if (!known && !number) return Bad("neither a value nor a name");
    at_ = end;
    return true;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::string why_;
};

}  // namespace

std::optional<JsonFault> FindJsonFault(std::string_view text) {
  return Reader(text).Run();
}

}  // namespace tidemark

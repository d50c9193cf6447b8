// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "tidemark/status.h"

namespace tidemark {

struct SqlToken {
  enum class Kind : std::uint8_t {
    kEnd,
    kName,
    kString,   ///< With its quotes, a quote inside still doubled.
    kInteger,  ///< Decimal digits, perhaps with an L.
    kFloat,
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kOpen,
    kClose,
    kComma,
    kPlus,
    kMinus,
    kAnd,
    kOr,
    kNot,
    kBetween,
    kIn,
    kIs,
    kNull,
    kTrue,
    kFalse,
    kContains,
    kStartsWith,
    kEndsWith,
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  ///< Of the expression; at its end for kEnd.
};

/// Cuts an expression into tokens as RocketMQ 5.3.3 does, the longest that fits first. What follows
/// from it: "007" is three tokens, "5abc" two, and "--" begins a comment only when a line end
/// follows, else it is two signs. Thread-bound.
class SqlTokens {
 public:
  explicit SqlTokens(std::string_view expression) : expression_(expression), rest_(expression) {}

  /// The next token; kEnd again and again at the end. Errors: kInvalidArgument.
  Result<SqlToken> Next();

  /// kInvalidArgument with the token's place: line and column, both from 1, the column in
  /// characters.
  Status Error(const SqlToken& at, std::string_view found, std::string_view expected) const;
  /// The same, showing the token itself.
  Status Error(const SqlToken& at, std::string_view expected) const;

 private:
  bool SkipBlank();
  SqlToken Take(SqlToken::Kind kind, std::size_t size);
  Result<SqlToken> TakeString();
  SqlToken TakeWord();

  std::string_view expression_;
  std::string_view rest_;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/filter/sql_value.h"
#include "tidemark/message.h"

namespace tidemark {

/// How deep parentheses, NOT and signs may nest in an expression.
inline constexpr std::size_t kSqlNestingMax = 128;
/// Values that wait for an operator at once: a level of nesting leaves five at most (the left
/// sides of OR, AND and =, the value and first result of BETWEEN).
inline constexpr std::size_t kSqlStackMax = 6 * (kSqlNestingMax + 1);

/// One step of an expression in postfix order. Steps work on a stack of values.
struct SqlStep {
  enum class Op : std::uint8_t {
    kConstant,  ///< Pushes `value`.
    kProperty,  ///< Pushes the property named `value`, or null.
    kNegate,
    kNot,
    kToCondition,  ///< A property as a condition: false unless it is null.
    kEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kBetweenLow,   ///< value, low -> value, result; or only the result at `target` when it decides.
    kBetweenHigh,  ///< value, result, high -> result.
    kContains,     ///< `value` is what is looked for.
    kStartsWith,
    kEndsWith,
    kIn,  ///< `target` is the list's number.
    kAnd,
    kOr,
    kSkipIfNull,  ///< To `target` when the top is so; it stays.
    kSkipIfFalse,
    kSkipIfTrue,
  };
  Op op;
  bool negated = false;  ///< NOT BETWEEN, NOT IN, NOT CONTAINS and so on.
  std::uint32_t target = 0;
  SqlValue value = SqlValue::Null();
};

/// A compiled expression. Immutable once parsed, shared by the copies of a Filter.
struct SqlProgram {
  std::vector<SqlStep> steps;
  std::vector<std::vector<std::string_view>> lists;  ///< Of IN, sorted.
  std::deque<std::string> texts;                     ///< Names and strings; what views point into.
};

/// What an expression says about a message. kError is an exception of Java's: no match, whatever
/// stands around it.
enum class SqlVerdict : std::uint8_t { kFalse, kTrue, kNull, kError };

/// Walks the steps once. Allocates only for property values that are no UTF-8.
SqlVerdict Evaluate(const SqlProgram& program, const MessageView& message);

}  // namespace tidemark

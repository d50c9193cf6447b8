// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

/// A value while an SQL expression is evaluated. Text is well-formed UTF-8 of the expression or of
/// the message, not owned. Trivial, so that a stack of them costs nothing to make.
struct SqlValue {
  enum class Kind : std::uint8_t { kNull, kBoolean, kInt, kLong, kDouble, kText };

  static SqlValue Null();
  static SqlValue Boolean(bool value);
  static SqlValue Int(std::int32_t value);
  static SqlValue Long(std::int64_t value);
  static SqlValue Double(double value);
  static SqlValue Text(std::string_view value);

  bool null() const { return kind == Kind::kNull; }
  bool number() const { return kind == Kind::kInt || kind == Kind::kLong || kind == Kind::kDouble; }
  bool is(bool value) const { return kind == Kind::kBoolean && integer == (value ? 1 : 0); }
  std::string_view view() const { return {text, size}; }

  Kind kind;
  std::size_t size;  ///< Of the text.
  union {
    std::int64_t integer;  ///< Booleans are 0 and 1.
    double real;
    const char* text;
  };
};

/// Below 0, 0 or above 0, as RocketMQ compares two values that are not null: text is read as the
/// type of the other side (which may fail: none), int becomes long, integers become double, and
/// types that do not go together count as "less".
std::optional<int> SqlCompare(const SqlValue& left, const SqlValue& right);

/// The same for < > <= >=: two texts are compared as doubles.
std::optional<int> SqlOrder(const SqlValue& left, const SqlValue& right);

/// Java's unary minus; what is no number becomes null.
SqlValue SqlNegated(const SqlValue& value);

}  // namespace tidemark

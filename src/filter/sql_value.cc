// SPDX-License-Identifier: Apache-2.0
#include "src/filter/sql_value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/base/java_text.h"
#include "src/filter/java_double.h"

namespace tidemark {
namespace {

constexpr int kUnlike = -1;  // types that do not go together

template <typename T>
int Sign(const T& left, const T& right) {
  return left < right ? -1 : left == right ? 0 : 1;
}

/// Java's Double.compare: a total order, -0.0 below 0.0, NaN above all and equal to itself.
int CompareDoubles(double left, double right) {
  if (left < right) return -1;
  if (left > right) return 1;
  if (std::isnan(left) || std::isnan(right)) return Sign<int>(std::isnan(left), std::isnan(right));
  return Sign<int>(!std::signbit(left), !std::signbit(right));
}

double ToDouble(const SqlValue& number) {
  return number.kind == SqlValue::Kind::kDouble ? number.real : static_cast<double>(number.integer);
}

/// Java's Boolean.valueOf.
bool IsTrue(std::string_view text) {
  constexpr std::string_view kTrue = "true";
  return std::equal(text.begin(), text.end(), kTrue.begin(), kTrue.end(), [](char c, char lower) {
    return (c >= 'A' && c <= 'Z' ? c + 32 : c) == lower;
  });
}

/// The text read as the type of `like`, which is neither text nor null.
std::optional<SqlValue> Read(std::string_view text, const SqlValue& like) {
  using Kind = SqlValue::Kind;
  if (like.kind == Kind::kBoolean) return SqlValue::Boolean(IsTrue(text));
  if (like.kind == Kind::kDouble) {
    const auto real = JavaParseDouble(text);
    if (!real.has_value()) return std::nullopt;
    return SqlValue::Double(*real);
  }
  const bool narrow = like.kind == Kind::kInt;
  const auto integer = narrow ? JavaParseLong(text, std::numeric_limits<std::int32_t>::min(),
                                              std::numeric_limits<std::int32_t>::max())
                              : JavaParseLong(text);
  if (!integer.has_value()) return std::nullopt;
  return SqlValue::Long(*integer);
}

}  // namespace

SqlValue SqlValue::Null() {
  return {.kind = Kind::kNull, .size = 0, .integer = 0};
}

SqlValue SqlValue::Boolean(bool value) {
  return {.kind = Kind::kBoolean, .size = 0, .integer = value ? 1 : 0};
}

SqlValue SqlValue::Int(std::int32_t value) {
  return {.kind = Kind::kInt, .size = 0, .integer = value};
}

SqlValue SqlValue::Long(std::int64_t value) {
  return {.kind = Kind::kLong, .size = 0, .integer = value};
}

SqlValue SqlValue::Double(double value) {
  return {.kind = Kind::kDouble, .size = 0, .real = value};
}

SqlValue SqlValue::Text(std::string_view value) {
  return {.kind = Kind::kText, .size = value.size(), .text = value.data()};
}

std::optional<int> SqlCompare(const SqlValue& left, const SqlValue& right) {
  using Kind = SqlValue::Kind;
  if (left.kind == Kind::kText && right.kind == Kind::kText) return Sign(left.view(), right.view());
  if (left.kind == Kind::kText) {
    const auto read = Read(left.view(), right);
    return read.has_value() ? SqlCompare(*read, right) : std::nullopt;
  }
  if (right.kind == Kind::kText) {
    // Java reads the wrong side here and fails.
    if (left.kind == Kind::kBoolean) return std::nullopt;
    const auto read = Read(right.view(), left);
    return read.has_value() ? SqlCompare(left, *read) : std::nullopt;
  }
  if (left.kind == Kind::kBoolean || right.kind == Kind::kBoolean)
    return left.kind == right.kind ? Sign(left.integer, right.integer) : kUnlike;
  if (left.kind == Kind::kDouble || right.kind == Kind::kDouble)
    return CompareDoubles(ToDouble(left), ToDouble(right));
  return Sign(left.integer, right.integer);
}

std::optional<int> SqlOrder(const SqlValue& left, const SqlValue& right) {
  using Kind = SqlValue::Kind;
  if (left.kind != Kind::kText || right.kind != Kind::kText) return SqlCompare(left, right);
  const auto low = JavaParseDouble(left.view());
  const auto high = JavaParseDouble(right.view());
  if (!low.has_value() || !high.has_value()) return std::nullopt;
  return CompareDoubles(*low, *high);
}

SqlValue SqlNegated(const SqlValue& value) {
  if (!value.number()) return SqlValue::Null();
  SqlValue negated = value;
  if (value.kind == SqlValue::Kind::kDouble) {
    negated.real = -value.real;
  } else {
    negated.integer = -value.integer;  // literals have no sign, so the smallest integer is none
  }
  return negated;
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/filter/sql_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "src/base/check.h"
#include "src/base/java_text.h"
#include "src/base/status.h"
#include "src/filter/java_double.h"

namespace tidemark {
namespace {

using Kind = SqlToken::Kind;
using Op = SqlStep::Op;
using Shape = SqlOperand::Shape;

}  // namespace

std::size_t SqlBuilder::Emit(int more, const SqlStep& step) {
  depth_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(depth_) + more);
  TM_CHECK(depth_ <= kSqlStackMax, "{} values wait", depth_);
  program_.steps.push_back(step);
  return program_.steps.size() - 1;
}

void SqlBuilder::Land(std::size_t from) {
  program_.steps[from].target = static_cast<std::uint32_t>(program_.steps.size());
}

SqlValue SqlBuilder::Keep(std::string text) {
  return SqlValue::Text(program_.texts.emplace_back(std::move(text)));
}

SqlOperand SqlBuilder::Made(Shape shape, const SqlToken& token, const SqlValue& value) {
  const Op op = shape == Shape::kProperty ? Op::kProperty : Op::kConstant;
  return {
      .shape = shape, .token = token, .step = Emit(1, {.op = op, .value = value}), .value = value};
}

SqlOperand SqlBuilder::Property(const SqlToken& token) {
  return Made(Shape::kProperty, token, Keep(std::string(token.text)));
}

Result<SqlOperand> SqlBuilder::Constant(const SqlToken& token) {
  SqlValue value = SqlValue::Null();
  switch (token.kind) {
    case Kind::kString:
      value = Text(token);
      break;
    case Kind::kInteger: {
      TM_ASSIGN_OR_RETURN(value, Integer(token));
      break;
    }
    case Kind::kFloat: {
      TM_ASSIGN_OR_RETURN(value, Float(token));
      break;
    }
    case Kind::kTrue:
    case Kind::kFalse:
      value = SqlValue::Boolean(token.kind == Kind::kTrue);
      break;
    case Kind::kNull:
      break;
    default:
      return tokens_.Error(token, "a property, a value, NOT or \"(\"");
  }
  return Made(Shape::kConstant, token, value);
}

SqlValue SqlBuilder::Text(const SqlToken& token) {
  const std::string_view quoted = token.text.substr(1, token.text.size() - 2);
  std::string text;
  text.reserve(quoted.size());
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    text += quoted[i];
    if (quoted[i] == '\'') ++i;
  }
  return Keep(JavaDecoded(text));
}

Result<SqlValue> SqlBuilder::Integer(const SqlToken& token) const {
  std::string_view digits = token.text;
  if (digits.ends_with('l') || digits.ends_with('L')) digits.remove_suffix(1);
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const auto value = JavaParseLong(digits);
  if (!value.has_value()) return tokens_.Error(token, Format("an integer of at most {}", kMax));
  if (*value > std::numeric_limits<std::int32_t>::max()) return SqlValue::Long(*value);
  return SqlValue::Int(static_cast<std::int32_t>(*value));
}

Result<SqlValue> SqlBuilder::Float(const SqlToken& token) const {
  const double value = JavaParseDouble(token.text).value_or(0);
  if (value < std::numeric_limits<double>::denorm_min() ||
      value > std::numeric_limits<double>::max())
    return tokens_.Error(token, "a number from 4.9E-324 to 1.7976931348623157E308, or 0 for zero");
  return SqlValue::Double(value);
}

Status SqlBuilder::Sign(const SqlToken& sign, SqlOperand& operand) {
  if (sign.kind == Kind::kMinus) {
    Emit(0, {.op = Op::kNegate});
    operand.shape = Shape::kSigned;
  } else if (sign.kind == Kind::kNot) {
    TM_RETURN_IF_ERROR(ToCondition(operand));
    Emit(0, {.op = Op::kNot});
    operand.shape = Shape::kCondition;
  }
  operand.token = sign;
  return Status();
}

Status SqlBuilder::ToCondition(SqlOperand& operand) {
  if (operand.shape == Shape::kProperty) {
    Emit(0, {.op = Op::kToCondition});
    operand.shape = Shape::kCondition;
  }
  const bool fits = operand.constant()
                        ? operand.value.null() || operand.value.kind == SqlValue::Kind::kBoolean
                        : operand.shape == Shape::kCondition;
  if (fits) return Status();
  return tokens_.Error(operand.token, "a condition: a comparison, a property, TRUE or FALSE");
}

Status SqlBuilder::CheckOrdered(const SqlOperand& operand) const {
  const bool fits =
      operand.constant() ? operand.value.number() : operand.shape != Shape::kCondition;
  if (fits) return Status();
  return tokens_.Error(operand.token, "a number or a property: nothing else has an order");
}

Status SqlBuilder::CheckBounds(const SqlOperand& low, const SqlOperand& high) const {
  if (!low.constant() || !high.constant()) return Status();
  if (SqlCompare(high.value, low.value).value_or(0) >= 0) return Status();
  return tokens_.Error(high.token, "an upper bound that is not below the lower one");
}

Status SqlBuilder::Equal(const SqlOperand& left, const SqlOperand& right, bool negated) {
  for (const SqlOperand* const side : {&left, &right}) {
    if (side->constant() && side->value.null())
      return tokens_.Error(side->token, "a value; IS NULL tests for null");
  }
  if (left.constant() && left.value.kind == SqlValue::Kind::kBoolean && right.constant() &&
      right.value.kind != SqlValue::Kind::kBoolean)
    return tokens_.Error(right.token, "TRUE, FALSE, a property or a comparison");
  Emit(-1, {.op = Op::kEqual});
  if (negated) Emit(0, {.op = Op::kNot});
  return Status();
}

void SqlBuilder::IsNull(bool negated) {
  Emit(1, {.op = Op::kConstant});
  Emit(-1, {.op = Op::kEqual});
  if (negated) Emit(0, {.op = Op::kNot});
}

Status SqlBuilder::In(const SqlOperand& left, std::vector<std::string_view> list, bool negated) {
  if (left.shape != Shape::kProperty) return tokens_.Error(left.token, "a property in front of IN");
  std::sort(list.begin(), list.end());
  const auto number = static_cast<std::uint32_t>(program_.lists.size());
  program_.lists.push_back(std::move(list));
  Emit(0, {.op = Op::kIn, .negated = negated, .target = number});
  return Status();
}

void SqlBuilder::Search(const SqlOperand& left, const SqlStep& step) {
  if (step.value.size > 0) {
    Emit(0, step);
    return;
  }
  // Java answers before it looks at the left side, which might throw.
  program_.steps.resize(left.step);
  Emit(0, {.op = Op::kConstant, .value = SqlValue::Boolean(false)});
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/filter/sql_program.h"
#include "src/filter/sql_token.h"
#include "tidemark/status.h"

namespace tidemark {

/// A part of an expression, and what can be known of it without a message.
struct SqlOperand {
  enum class Shape : std::uint8_t {
    kConstant,
    kProperty,
    kSigned,  ///< Behind a minus: a number or null.
    kCondition,
  };
  Shape shape = Shape::kConstant;
  SqlToken token;                     ///< Its first.
  std::size_t step = 0;               ///< Its first.
  SqlValue value = SqlValue::Null();  ///< Of a constant.

  bool constant() const { return shape == Shape::kConstant; }
};

/// Puts a program together, part by part as the parser meets them, and refuses what RocketMQ's
/// expressions refuse when they are made. Errors of all calls: kInvalidArgument. Thread-bound.
class SqlBuilder {
 public:
  /// `tokens` names places in errors.
  SqlBuilder(const SqlTokens& tokens, SqlProgram& program) : tokens_(tokens), program_(program) {}

  SqlOperand Property(const SqlToken& token);
  /// A string, a number, TRUE, FALSE or NULL.
  Result<SqlOperand> Constant(const SqlToken& token);
  /// The text of a string token, owned by the program.
  SqlValue Text(const SqlToken& token);

  /// A minus, plus or NOT in front of the operand, which becomes the whole.
  Status Sign(const SqlToken& sign, SqlOperand& operand);
  /// The operand as a condition of AND, OR, NOT or the whole expression.
  Status ToCondition(SqlOperand& operand);
  /// Whether the operand may stand beside < > <= >= or in BETWEEN.
  Status CheckOrdered(const SqlOperand& operand) const;

  Status Equal(const SqlOperand& left, const SqlOperand& right, bool negated);
  void IsNull(bool negated);
  Status In(const SqlOperand& left, std::vector<std::string_view> list, bool negated);
  /// `step` has its operation and what is looked for.
  void Search(const SqlOperand& left, const SqlStep& step);
  /// The bounds of BETWEEN in the right order, as far as that can be seen.
  Status CheckBounds(const SqlOperand& low, const SqlOperand& high) const;

  /// Adds a step that leaves `more` values more (or fewer) on the stack; returns its number.
  std::size_t Emit(int more, const SqlStep& step);
  /// Step `from` skips to behind the last step.
  void Land(std::size_t from);

 private:
  Result<SqlValue> Integer(const SqlToken& token) const;
  Result<SqlValue> Float(const SqlToken& token) const;
  SqlOperand Made(SqlOperand::Shape shape, const SqlToken& token, const SqlValue& value);
  SqlValue Keep(std::string text);

  const SqlTokens& tokens_;
  SqlProgram& program_;
  std::size_t depth_ = 0;  ///< Values on the stack behind the last step.
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/filter/sql_parser.h"

#include <optional>
#include <utility>
#include <vector>

#include "src/base/status.h"
#include "src/filter/sql_builder.h"
#include "src/filter/sql_token.h"

namespace tidemark {
namespace {

using Kind = SqlToken::Kind;
using Op = SqlStep::Op;

constexpr std::size_t kExpressionBytesMax = 64 << 10;
constexpr std::size_t kListMax = 4096;

/// What binds weaker comes first.
enum class Level : std::uint8_t { kOr, kAnd, kEquality, kComparison };

std::optional<Level> LevelOf(Kind kind) {
  switch (kind) {
    case Kind::kOr:
      return Level::kOr;
    case Kind::kAnd:
      return Level::kAnd;
    case Kind::kEqual:
    case Kind::kNotEqual:
    case Kind::kIs:
      return Level::kEquality;
    case Kind::kLess:
    case Kind::kLessOrEqual:
    case Kind::kGreater:
    case Kind::kGreaterOrEqual:
    case Kind::kNot:
    case Kind::kBetween:
    case Kind::kIn:
    case Kind::kContains:
    case Kind::kStartsWith:
    case Kind::kEndsWith:
      return Level::kComparison;
    default:
      return std::nullopt;
  }
}

/// Of an operator that compares its two sides.
Op OrderOf(Kind kind) {
  switch (kind) {
    case Kind::kLess:
      return Op::kLess;
    case Kind::kLessOrEqual:
      return Op::kLessOrEqual;
    case Kind::kGreater:
      return Op::kGreater;
    default:
      return Op::kGreaterOrEqual;
  }
}

/// Recursive descent. Parentheses, signs and NOT are all that an expression can nest at will, and
/// they are counted.
class Parser {
 public:
  Parser(std::string_view expression, SqlProgram& program)
      : tokens_(expression), build_(tokens_, program) {}

  Status Run() {
    TM_RETURN_IF_ERROR(Advance());
    TM_ASSIGN_OR_RETURN(SqlOperand whole, Parse(Level::kOr));
    // What follows is left alone, as Java does.
    return build_.ToCondition(whole);
  }

 private:
  Status Advance() {
    TM_ASSIGN_OR_RETURN(token_, tokens_.Next());
    return Status();
  }

  Status Expect(Kind kind, std::string_view expected) {
    if (token_.kind != kind) return tokens_.Error(token_, expected);
    return Advance();
  }

  Status Descend() {
    if (++nesting_ > kSqlNestingMax)
      return tokens_.Error(token_, Format("at most {} parentheses, signs and NOT inside each other",
                                          kSqlNestingMax));
    return Advance();
  }

  Result<SqlOperand> Parse(Level lowest) {
    TM_ASSIGN_OR_RETURN(SqlOperand left, Unary());
    // Behind "a IS NULL" no comparison can follow, though it would bind tighter.
    for (Level highest = Level::kComparison;;) {
      const auto level = LevelOf(token_.kind);
      if (!level.has_value() || *level < lowest || *level > highest) return left;
      highest = *level;
      if (highest == Level::kEquality) {
        TM_RETURN_IF_ERROR(Equality(left));
      } else if (highest == Level::kComparison) {
        TM_RETURN_IF_ERROR(Comparison(left));
      } else {
        TM_RETURN_IF_ERROR(Logic(left, highest));
      }
      left.shape = SqlOperand::Shape::kCondition;
    }
  }

  Result<SqlOperand> Unary() {
    const SqlToken token = token_;
    switch (token.kind) {
      case Kind::kPlus:
      case Kind::kMinus:
      case Kind::kNot: {
        TM_RETURN_IF_ERROR(Descend());
        TM_ASSIGN_OR_RETURN(SqlOperand operand, Unary());
        --nesting_;
        TM_RETURN_IF_ERROR(build_.Sign(token, operand));
        return operand;
      }
      case Kind::kOpen: {
        TM_RETURN_IF_ERROR(Descend());
        TM_ASSIGN_OR_RETURN(SqlOperand inner, Parse(Level::kOr));
        --nesting_;
        TM_RETURN_IF_ERROR(Expect(Kind::kClose, "\")\" or an operator"));
        return inner;
      }
      case Kind::kName:
        TM_RETURN_IF_ERROR(Advance());
        return build_.Property(token);
      default: {
        TM_ASSIGN_OR_RETURN(const SqlOperand constant, build_.Constant(token));
        TM_RETURN_IF_ERROR(Advance());
        return constant;
      }
    }
  }

  Status Logic(SqlOperand& left, Level level) {
    const bool both = level == Level::kAnd;
    TM_RETURN_IF_ERROR(build_.ToCondition(left));
    TM_RETURN_IF_ERROR(Advance());
    const std::size_t skip = build_.Emit(0, {.op = both ? Op::kSkipIfFalse : Op::kSkipIfTrue});
    TM_ASSIGN_OR_RETURN(SqlOperand right, Parse(both ? Level::kEquality : Level::kAnd));
    TM_RETURN_IF_ERROR(build_.ToCondition(right));
    build_.Emit(-1, {.op = both ? Op::kAnd : Op::kOr});
    build_.Land(skip);
    return Status();
  }

  Status Equality(const SqlOperand& left) {
    const Kind kind = token_.kind;
    TM_RETURN_IF_ERROR(Advance());
    if (kind != Kind::kIs) {
      TM_ASSIGN_OR_RETURN(const SqlOperand right, Parse(Level::kComparison));
      return build_.Equal(left, right, kind == Kind::kNotEqual);
    }
    const bool negated = token_.kind == Kind::kNot;
    if (negated) TM_RETURN_IF_ERROR(Advance());
    build_.IsNull(negated);
    return Expect(Kind::kNull, negated ? "NULL" : "NULL or NOT NULL");
  }

  Status Comparison(const SqlOperand& left) {
    const bool negated = token_.kind == Kind::kNot;
    if (negated) TM_RETURN_IF_ERROR(Advance());
    switch (token_.kind) {
      case Kind::kBetween:
        return Between(left, negated);
      case Kind::kIn:
        return In(left, negated);
      case Kind::kContains:
        return Search(left, {.op = Op::kContains, .negated = negated});
      case Kind::kStartsWith:
        return Search(left, {.op = Op::kStartsWith, .negated = negated});
      case Kind::kEndsWith:
        return Search(left, {.op = Op::kEndsWith, .negated = negated});
      default:
        break;
    }
    if (negated)
      return tokens_.Error(token_, "BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH behind NOT");
    return Order(left, OrderOf(token_.kind));
  }

  Status Order(const SqlOperand& left, Op op) {
    TM_RETURN_IF_ERROR(build_.CheckOrdered(left));
    TM_RETURN_IF_ERROR(Advance());
    const std::size_t skip = build_.Emit(0, {.op = Op::kSkipIfNull});
    TM_ASSIGN_OR_RETURN(const SqlOperand right, Unary());
    TM_RETURN_IF_ERROR(build_.CheckOrdered(right));
    build_.Emit(-1, {.op = op});
    build_.Land(skip);
    return Status();
  }

  Status Between(const SqlOperand& value, bool negated) {
    TM_RETURN_IF_ERROR(build_.CheckOrdered(value));
    TM_RETURN_IF_ERROR(Advance());
    const std::size_t skip = build_.Emit(0, {.op = Op::kSkipIfNull});
    TM_ASSIGN_OR_RETURN(const SqlOperand low, Unary());
    TM_RETURN_IF_ERROR(build_.CheckOrdered(low));
    const std::size_t decided = build_.Emit(0, {.op = Op::kBetweenLow, .negated = negated});
    TM_RETURN_IF_ERROR(Expect(Kind::kAnd, "AND and the upper bound of BETWEEN"));
    TM_ASSIGN_OR_RETURN(const SqlOperand high, Unary());
    TM_RETURN_IF_ERROR(build_.CheckOrdered(high));
    if (!negated) TM_RETURN_IF_ERROR(build_.CheckBounds(low, high));
    build_.Emit(-2, {.op = Op::kBetweenHigh, .negated = negated});
    build_.Land(skip);
    build_.Land(decided);
    return Status();
  }

  Status In(const SqlOperand& left, bool negated) {
    TM_RETURN_IF_ERROR(Advance());
    TM_RETURN_IF_ERROR(Expect(Kind::kOpen, "\"(\" behind IN"));
    std::vector<std::string_view> list;
    for (bool more = true; more;) {
      if (list.size() == kListMax)
        return tokens_.Error(token_, Format("at most {} strings behind IN", kListMax));
      TM_ASSIGN_OR_RETURN(const SqlValue element, Text("a string in quotes, numbers as well"));
      list.push_back(element.view());
      more = token_.kind == Kind::kComma;
      if (more) TM_RETURN_IF_ERROR(Advance());
    }
    TM_RETURN_IF_ERROR(Expect(Kind::kClose, "\",\" or \")\""));
    return build_.In(left, std::move(list), negated);
  }

  Status Search(const SqlOperand& left, SqlStep step) {
    TM_RETURN_IF_ERROR(Advance());
    TM_ASSIGN_OR_RETURN(step.value, Text("a string to look for"));
    build_.Search(left, step);
    return Status();
  }

  Result<SqlValue> Text(std::string_view expected) {
    if (token_.kind != Kind::kString) return tokens_.Error(token_, expected);
    const SqlValue text = build_.Text(token_);
    TM_RETURN_IF_ERROR(Advance());
    return text;
  }

  SqlTokens tokens_;
  SqlBuilder build_;
  SqlToken token_;  ///< The next one; the one behind the expression must be sound as well.
  std::size_t nesting_ = 0;
};

}  // namespace

Result<std::shared_ptr<const SqlProgram>> ParseSql(std::string_view expression) {
  if (expression.size() > kExpressionBytesMax)
    return InvalidArgument("SQL filter: found {} bytes, expected at most {}", expression.size(),
                           kExpressionBytesMax);
  auto program = std::make_shared<SqlProgram>();
  TM_RETURN_IF_ERROR(Parser(expression, *program).Run());
  return std::shared_ptr<const SqlProgram>(std::move(program));
}

}  // namespace tidemark

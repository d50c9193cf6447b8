// SPDX-License-Identifier: Apache-2.0
#include "src/filter/sql_program.h"

#include <algorithm>
#include <array>
#include <forward_list>

#include "src/base/java_text.h"

namespace tidemark {
namespace {

using Op = SqlStep::Op;

bool Fits(Op op, int comparison) {
  switch (op) {
    case Op::kLess:
      return comparison < 0;
    case Op::kLessOrEqual:
      return comparison <= 0;
    case Op::kGreater:
      return comparison > 0;
    default:
      return comparison >= 0;
  }
}

SqlValue And(const SqlValue& left, const SqlValue& right) {
  if (left.is(false) || right.is(false)) return SqlValue::Boolean(false);
  return left.null() || right.null() ? SqlValue::Null() : SqlValue::Boolean(true);
}

SqlValue Or(const SqlValue& left, const SqlValue& right) {
  if (left.is(true) || right.is(true)) return SqlValue::Boolean(true);
  return left.null() || right.null() ? SqlValue::Null() : SqlValue::Boolean(false);
}

SqlValue Search(const SqlStep& step, const SqlValue& value) {
  if (value.kind != SqlValue::Kind::kText) return SqlValue::Boolean(false);
  const std::string_view text = value.view(), sought = step.value.view();
  const bool found = step.op == Op::kContains     ? text.find(sought) != std::string_view::npos
                     : step.op == Op::kStartsWith ? text.starts_with(sought)
                                                  : text.ends_with(sought);
  return SqlValue::Boolean(found != step.negated);
}

class Evaluation {
 public:
  Evaluation(const SqlProgram& program, const MessageView& message)
      : program_(program), message_(message) {}

  SqlVerdict Run() {
    while (next_ < program_.steps.size()) {
      const SqlStep& step = program_.steps[next_++];
      if (!Take(step)) return SqlVerdict::kError;
    }
    if (top().null()) return SqlVerdict::kNull;
    return top().is(true) ? SqlVerdict::kTrue : SqlVerdict::kFalse;
  }

 private:
  SqlValue& top() { return stack_[size_ - 1]; }
  void Push(const SqlValue& value) { stack_[size_++] = value; }
  SqlValue Pop() { return stack_[--size_]; }

  /// False: Java throws.
  bool Take(const SqlStep& step) {
    switch (step.op) {
      case Op::kConstant:
        Push(step.value);
        return true;
      case Op::kProperty:
        Push(Look(step.value.view()));
        return true;
      case Op::kNegate:
        top() = SqlNegated(top());
        return true;
      case Op::kNot:
        if (!top().null()) top() = SqlValue::Boolean(top().is(false));
        return true;
      case Op::kToCondition:
        if (!top().null()) top() = SqlValue::Boolean(false);
        return true;
      case Op::kContains:
      case Op::kStartsWith:
      case Op::kEndsWith:
        top() = Search(step, top());
        return true;
      case Op::kIn:
        top() = In(step, top());
        return true;
      case Op::kSkipIfNull:
        if (top().null()) next_ = step.target;
        return true;
      case Op::kSkipIfFalse:
        if (top().is(false)) next_ = step.target;
        return true;
      case Op::kSkipIfTrue:
        if (top().is(true)) next_ = step.target;
        return true;
      default:
        return TakeTwo(step);
    }
  }

  /// The steps that take the right side, and the left one below it.
  bool TakeTwo(const SqlStep& step) {
    const SqlValue right = Pop();
    switch (step.op) {
      case Op::kAnd:
        top() = And(top(), right);
        return true;
      case Op::kOr:
        top() = Or(top(), right);
        return true;
      case Op::kEqual:
        return Equal(right);
      case Op::kBetweenLow: {
        SqlValue result;
        if (!Order(step.negated ? Op::kLess : Op::kGreaterOrEqual, top(), right, result))
          return false;
        if (result.is(step.negated)) {
          top() = result;
          next_ = step.target;
        } else {
          Push(result);
        }
        return true;
      }
      case Op::kBetweenHigh: {
        const SqlValue low = Pop();
        SqlValue high;
        if (!Order(step.negated ? Op::kGreater : Op::kLessOrEqual, top(), right, high))
          return false;
        top() = step.negated ? Or(low, high) : And(low, high);
        return true;
      }
      default:
        return Order(step.op, top(), right, top());
    }
  }

  static bool Order(Op op, const SqlValue& left, const SqlValue& right, SqlValue& result) {
    if (left.null() || right.null()) {
      result = SqlValue::Null();
      return true;
    }
    const auto comparison = SqlOrder(left, right);
    if (!comparison.has_value()) return false;
    result = SqlValue::Boolean(Fits(op, *comparison));
    return true;
  }

  /// Not symmetric: null = x is null, x = null is false, null = null is true.
  bool Equal(const SqlValue& right) {
    const SqlValue left = top();
    if (left.null() || right.null()) {
      const bool both = left.null() && right.null();
      top() = left.null() && !both ? SqlValue::Null() : SqlValue::Boolean(both);
      return true;
    }
    const auto comparison = SqlCompare(left, right);
    if (!comparison.has_value()) return false;
    top() = SqlValue::Boolean(*comparison == 0);
    return true;
  }

  SqlValue In(const SqlStep& step, const SqlValue& value) const {
    if (value.null()) return value;
    const auto& list = program_.lists[step.target];
    const bool found = std::binary_search(list.begin(), list.end(), value.view());
    return SqlValue::Boolean(found != step.negated);
  }

  SqlValue Look(std::string_view name) {
    const auto value = message_.property(name);
    if (!value.has_value()) return SqlValue::Null();
    if (JavaDecodesUnchanged(*value)) return SqlValue::Text(*value);
    return SqlValue::Text(decoded_.emplace_front(JavaDecoded(*value)));
  }

  const SqlProgram& program_;
  const MessageView& message_;
  std::forward_list<std::string> decoded_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::array<SqlValue, kSqlStackMax> stack_;  // left as it is: steps read only what they pushed
};

}  // namespace

SqlVerdict Evaluate(const SqlProgram& program, const MessageView& message) {
  return Evaluation(program, message).Run();
}

}  // namespace tidemark

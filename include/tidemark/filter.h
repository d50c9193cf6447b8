// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/export.h"
#include "tidemark/message.h"
#include "tidemark/status.h"

namespace tidemark {

struct SqlProgram;

/// Which messages of a queue a reader wants. Thread-compatible, cheap to copy.
class TIDEMARK_API Filter {
 public:
  /// Every message.
  Filter() = default;

  /// Whether the queue unit's tags code lets the message through; false is certain, true is not.
  bool MayMatch(std::int64_t tags_code) const;
  /// Whether the message itself does.
  bool Matches(const MessageView& message) const;

  bool all() const { return tags_.empty() && sql_ == nullptr; }

 private:
  friend TIDEMARK_API Filter Tags(std::string_view expression);
  friend TIDEMARK_API Result<Filter> Sql(std::string_view expression);
  std::vector<std::string> tags_;
  std::vector<std::int64_t> codes_;  ///< Of tags_, one to one.
  std::shared_ptr<const SqlProgram> sql_;
};

/// Messages with one of the tags: "paid || void". "*" and an expression without any tag mean every
/// message.
TIDEMARK_API Filter Tags(std::string_view expression);

/// Messages whose properties fulfil the expression: RocketMQ's SQL92 filter, to the letter of
/// 5.3.3. From what binds weakest, all operators from left to right:
///
///     OR
///     AND
///     =  <>  IS NULL  IS NOT NULL
///     <  >  <=  >=  [NOT] BETWEEN 1 AND 9  [NOT] IN ('x', 'y')
///                   [NOT] CONTAINS 'x'  [NOT] STARTSWITH 'x'  [NOT] ENDSWITH 'x'
///     NOT  +  -   in front of a property, a value or parentheses
///
/// A property is a name of letters, digits, _ and $, such as TAGS; case counts. Values are 'text'
/// with a quote in it doubled, integers (7, 7L), other numbers (1.5, 2e3), TRUE, FALSE, NULL. Case
/// of keywords does not count. Comments: /* ... */, and -- up to the end of a line that ends.
///
/// - A property is text, read as the type beside it: int, long or double for numbers, whether it is
///   "true" for TRUE and FALSE. Two properties compare as text for = and <>, as doubles for order.
///   Text that cannot be read so (7.5 or 3000000000 beside 7, "abc" beside any number) fails the
///   whole expression: no match, unless an AND or OR in front had decided without it.
/// - A message without the property gives null, as do most comparisons with null; AND, OR and NOT
///   follow SQL. Only TRUE matches. Not SQL: 7 = p and 'x' = p are false when p is missing, so
///   'x' <> p is true; p = q is true when both are missing; CONTAINS and its kin are false, with
///   NOT as well.
/// - NOT binds tighter than comparisons: write NOT (p = 7), for NOT p = 7 compares NOT p with 7. A
///   property alone is never true; compare it: p = TRUE.
/// - What follows a whole expression is ignored: "p = 7 q" is "p = 7", and so is "p = 7 -- q"
///   without a line end, and "p = 007" is "p = 0".
///
/// Cost: compiled once, copies of the filter share it. A message costs a step for each operator and
/// a scan of its properties for each use of one, in general without allocation; every message is
/// read from the log, for queue units know nothing of properties.
///
/// Errors: kInvalidArgument with line and column, what was found there and what was expected: no
/// expression of the grammar, an order (<, BETWEEN, ...) of what is no number, = NULL, IN of what
/// is no property, BETWEEN with its bounds exchanged, a number out of range (zero as a double among
/// them), more than 64 KiB, more than 128 parentheses, signs and NOT inside each other, more than
/// 4096 strings behind one IN.
TIDEMARK_API Result<Filter> Sql(std::string_view expression);

}  // namespace tidemark

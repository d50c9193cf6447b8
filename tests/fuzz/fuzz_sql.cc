// SPDX-License-Identifier: Apache-2.0
// Any text as an SQL filter, over any properties: what stands in front of the first byte 0 is the
// expression, the rest is encoded properties.
#include <algorithm>
#include <string>

#include "src/base/check.h"
#include "src/filter/sql_parser.h"
#include "src/format/message_view.h"
#include "tidemark/filter.h"

namespace tidemark {
namespace {

void Look(std::string_view expression, std::string_view properties) {
  Record record;
  record.properties = properties;
  const MessageView message = BuildView(record);
  std::string borrowed(expression);
  const auto program = ParseSql(borrowed);
  const auto filter = Sql(borrowed);
  // Nothing may point into the caller's text.
  std::fill(borrowed.begin(), borrowed.end(), '!');
  borrowed = std::string();
  TM_CHECK(filter.has_value() == program.has_value());
  if (!program.has_value()) {
    TM_CHECK(program.error() == filter.error());
    TM_CHECK(program.error().code() == StatusCode::kInvalidArgument);
    TM_CHECK(program.error().message().starts_with("SQL filter"), "{}", program.error().message());
    return;
  }
  const SqlVerdict verdict = Evaluate(**program, message);
  TM_CHECK(filter->MayMatch(0));
  TM_CHECK(filter->Matches(message) == (verdict == SqlVerdict::kTrue));

  // NOT keeps null and exceptions, and turns the rest around. What follows an expression is
  // ignored, so a parenthesis of its own might close ours.
  if (expression.find(')') != std::string_view::npos) return;
  const auto negated = ParseSql("NOT (" + std::string(expression) + "\n)");
  if (!negated.has_value()) return;
  const SqlVerdict other = Evaluate(**negated, message);
  const bool truth = verdict == SqlVerdict::kTrue || verdict == SqlVerdict::kFalse;
  TM_CHECK(truth ? other != verdict && other <= SqlVerdict::kTrue : other == verdict);
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), size);
  tidemark::Look(input.substr(0, end), input.substr(std::min(end + 1, size)));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "tidemark/filter.h"

#include <algorithm>
#include <limits>

#include "src/base/java_text.h"
#include "src/base/status.h"
#include "src/filter/sql_parser.h"

namespace tidemark {
namespace {

constexpr std::string_view kOr = "||";

}  // namespace

Filter Tags(std::string_view expression) {
  Filter filter;
  if (JavaTrimmed(expression) == "*") return filter;
  for (bool more = true; more;) {
    const std::size_t end = expression.find(kOr);
    more = end != std::string_view::npos;
    const std::string_view tag = JavaTrimmed(expression.substr(0, end));
    if (more) expression.remove_prefix(end + kOr.size());
    if (tag.empty() ||
        std::find(filter.tags_.begin(), filter.tags_.end(), tag) != filter.tags_.end())
      continue;
    filter.tags_.emplace_back(tag);
    filter.codes_.push_back(JavaHash(tag));
  }
  return filter;
}

Result<Filter> Sql(std::string_view expression) {
  Filter filter;
  TM_ASSIGN_OR_RETURN(filter.sql_, ParseSql(expression));
  return filter;
}

bool Filter::MayMatch(std::int64_t tags_code) const {
  if (tags_.empty()) return true;
  // Delivery times and addresses of queue extensions stand in the same field, outside the range of
  // hashes, and say nothing about tags.
  if (tags_code < std::numeric_limits<std::int32_t>::min() ||
      tags_code > std::numeric_limits<std::int32_t>::max())
    return true;
  return std::find(codes_.begin(), codes_.end(), tags_code) != codes_.end();
}

bool Filter::Matches(const MessageView& message) const {
  if (sql_ != nullptr) return Evaluate(*sql_, message) == SqlVerdict::kTrue;
  return all() || std::find(tags_.begin(), tags_.end(), message.tags()) != tags_.end();
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// SQL filters against the verdicts of RocketMQ 5.3.3 itself: data/make_verdicts.py.
#include <cstdlib>

#include "src/filter/sql_parser.h"
#include "src/format/message_view.h"
#include "tests/support/catch.h"
#include "tests/support/data_file.h"
#include "tidemark/filter.h"

namespace tidemark {
namespace {

/// A backslash stands for itself when doubled, and with xHH for a byte.
std::string Decoded(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\') {
      out += field[i];
    } else if (field[++i] == '\\') {
      out += '\\';
    } else {
      out += static_cast<char>(std::stoi(std::string(field.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

std::string_view VerdictOf(const std::string& expression, const MessageView& message) {
  const auto program = ParseSql(expression);
  const auto filter = Sql(expression);
  CHECK(filter.has_value() == program.has_value());
  if (!program.has_value()) return "invalid";
  const SqlVerdict verdict = Evaluate(**program, message);
  CHECK(filter->Matches(message) == (verdict == SqlVerdict::kTrue));
  constexpr std::string_view kNames[] = {"false", "true", "null", "error"};
  return kNames[static_cast<std::size_t>(verdict)];
}

TEST_CASE("verdicts are those of the stock filter", "[filter][verdicts]") {
  const char* const others = std::getenv("TIDEMARK_FILTER_VERDICTS");
  const std::string content =
      test::DataFile(others != nullptr ? others : TIDEMARK_FILTER_DATA "/verdicts.txt.gz");
  int compared = 0;
  int different = 0;
  for (const std::string_view line : test::Lines(content)) {
    const auto fields = test::Split(line, '\t');
    REQUIRE(fields.size() == 3);
    const std::string properties = Decoded(fields[2]);
    Record record;
    record.properties = properties;
    const std::string_view verdict = VerdictOf(Decoded(fields[1]), BuildView(record));
    ++compared;
    if (verdict != fields[0]) {
      UNSCOPED_INFO(verdict << " instead of " << line);
      ++different;
      CHECK(verdict == fields[0]);
    }
    if (different > 20) break;
  }
  CHECK(different == 0);
  CHECK(compared >= 10000);
}

}  // namespace
}  // namespace tidemark

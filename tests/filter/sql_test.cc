// SPDX-License-Identifier: Apache-2.0
#include "src/format/message_view.h"
#include "src/format/properties.h"
#include "tests/support/catch.h"
#include "tidemark/filter.h"

namespace tidemark {
namespace {

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// Whether the filter lets a message with the one property through.
bool Lets(const Filter& filter, std::string_view name, std::string_view value) {
  std::string properties;
  AppendProperty(properties, name, value);
  Record record;
  record.properties = properties;
  return filter.Matches(BuildView(record));
}

std::string ErrorOf(std::string_view expression) {
  const auto filter = Sql(expression);
  if (filter.has_value()) return "none";
  CHECK(filter.error().code() == StatusCode::kInvalidArgument);
  return filter.error().message();
}

TEST_CASE("an SQL filter rules nothing out by tags codes", "[filter]") {
  const Filter filter = REQUIRE_VALUE(Sql("TAGS = 'paid'"));
  CHECK_FALSE(filter.all());
  CHECK(filter.MayMatch(0));
  CHECK(filter.MayMatch(12345));
  CHECK(Lets(filter, "TAGS", "paid"));
  CHECK_FALSE(Lets(filter, "TAGS", "Paid"));
  CHECK_FALSE(filter.Matches(BuildView(Record())));
  CHECK_FALSE(REQUIRE_VALUE(Sql("TRUE")).all());
}

TEST_CASE("a copy outlives the expression and the first filter", "[filter]") {
  Filter copy;
  {
    std::string expression = "region IN ('" + std::string(50, 'e') + "', 'it''s', 'x')";
    const Filter filter = REQUIRE_VALUE(Sql(expression));
    expression.assign(expression.size(), '!');
    copy = filter;
  }
  CHECK(Lets(copy, "region", "it's"));
  CHECK(Lets(copy, "region", std::string(50, 'e')));
  CHECK_FALSE(Lets(copy, "region", "it''s"));
  const Filter again = copy;
  copy = Tags("a");
  CHECK(Lets(again, "region", "x"));
  CHECK_FALSE(Lets(copy, "region", "x"));
}

TEST_CASE("what is wrong is said with its place", "[filter]") {
  struct Case {
    std::string_view expression, error;
  };
  const auto c = GENERATE(values<Case>({
      {"", "line 1, column 1: found the end, expected a property, a value, NOT or \"(\""},
      {"a = ", "line 1, column 5: found the end, expected a property"},
      {"a =\n  = 5", "line 2, column 3: found \"=\", expected a property"},
      {"a = '\xC3\xA9\xC3\xA9' AND @", "line 1, column 14: found \"@\", expected a name, a value"},
      {"\xC3\xA9 = 1", "line 1, column 1: found \"\xC3\xA9\", expected a name"},
      {"a = 'x", "column 5: found \"'x\" without its closing quote, expected a string like"},
      {"a = 'x''y", "column 8: found \"'y\" without its closing quote"},
      {"a /* b", "column 3: found a comment without its \"*/\""},
      {"(a = 1", "column 7: found the end, expected \")\" or an operator"},
      {"a IS 5", "column 6: found \"5\", expected NULL or NOT NULL"},
      {"a IS NOT 5", "column 10: found \"5\", expected NULL"},
      {"a NOT LIKE 'x'", "column 7: found \"LIKE\", expected BETWEEN, IN, CONTAINS"},
      {"a BETWEEN 1 OR 2", "column 13: found \"OR\", expected AND and the upper bound"},
      {"a BETWEEN 5 AND 1", "column 17: found \"1\", expected an upper bound that is not below"},
      {"a IN 'x'", "column 6: found \"'x'\", expected \"(\" behind IN"},
      {"a IN (5)", "column 7: found \"5\", expected a string in quotes"},
      {"a IN ('x' 'y')", "column 11: found \"'y'\", expected \",\" or \")\""},
      {"5 IN ('x')", "column 1: found \"5\", expected a property in front of IN"},
      {"a CONTAINS b", "column 12: found \"b\", expected a string to look for"},
      {"a < 'x'", "column 5: found \"'x'\", expected a number or a property"},
      {"a = NULL", "column 5: found \"NULL\", expected a value; IS NULL"},
      {"TRUE = 5", "column 8: found \"5\", expected TRUE, FALSE, a property or a comparison"},
      {"a = 1 AND 5", "column 11: found \"5\", expected a condition"},
      {"5", "column 1: found \"5\", expected a condition"},
      {"a = 9223372036854775808", "expected an integer of at most 9223372036854775807"},
      {"a > 0.0", "column 5: found \"0.0\", expected a number from 4.9E-324"},
  }));
  CAPTURE(c.expression);
  CHECK_THAT(ErrorOf(c.expression), ContainsSubstring(std::string(c.error)));
  CHECK_THAT(ErrorOf(c.expression), ContainsSubstring("SQL filter, line "));
}

TEST_CASE("an error shows only the beginning of what is long", "[filter]") {
  const std::string error = ErrorOf("a < 'x" + Repeated("\xE4\xB8\xAD", 5000) + "'");
  CHECK(error.size() < 200);
  // Cut between two characters.
  CHECK_THAT(error, ContainsSubstring("found \"'x" + Repeated("\xE4\xB8\xAD", 12) + "...\""));
}

TEST_CASE("expressions have limits", "[filter]") {
  const auto nested = [](std::string_view open, int depth, std::string_view close) {
    return ErrorOf(Repeated(open, depth) + "a = 5" + Repeated(close, depth));
  };
  CHECK(nested("(", 128, ")") == "none");
  CHECK_THAT(nested("(", 129, ")"), ContainsSubstring("column 129: found \"(\", expected at most "
                                                      "128 parentheses, signs and NOT inside"));
  CHECK(nested("NOT(", 64, ")") == "none");
  CHECK_THAT(nested("NOT(", 65, ")"), ContainsSubstring("at most 128"));
  CHECK_THAT(ErrorOf(Repeated("- ", 30000) + "a = 5"),
             ContainsSubstring("column 257: found \"-\""));
  CHECK_THAT(ErrorOf(std::string(60000, '(')), ContainsSubstring("at most 128"));

  const auto list = [](int size) {
    return ErrorOf("a IN ('x'" + Repeated(",'y'", size - 1) + ")");
  };
  CHECK(list(4096) == "none");
  CHECK_THAT(list(4097), ContainsSubstring("at most 4096 strings behind IN"));

  CHECK(ErrorOf("a = 5" + std::string((64 << 10) - 5, ' ')) == "none");
  CHECK(ErrorOf("a = 5" + std::string((64 << 10) - 4, ' ')) ==
        "SQL filter: found 65537 bytes, expected at most 65536");
}

TEST_CASE("long and deep expressions are evaluated", "[filter]") {
  CHECK(Lets(REQUIRE_VALUE(Sql("a = 5" + Repeated(" AND a = 5", 6000))), "a", "5"));
  CHECK(Lets(REQUIRE_VALUE(Sql(Repeated("a = 6 OR ", 6000) + "a = 5")), "a", "5"));
  CHECK(Lets(REQUIRE_VALUE(Sql("a" + Repeated(" IS NOT NULL", 5000))), "b", "5"));
  // Every level leaves as many values waiting as it can.
  const std::string level = "FALSE OR TRUE AND TRUE = (b NOT BETWEEN a AND -";
  const std::string deep = Repeated(level + "(", 42) + "a = 5" + Repeated("))", 42);
  const Filter filter = REQUIRE_VALUE(Sql(deep));
  CHECK_FALSE(Lets(filter, "a", "5"));
  // Java takes the value twice at each level, which here would last for ever.
  const std::string twice =
      Repeated("-(", 60) + "a BETWEEN 1 AND 2" + Repeated(") BETWEEN 1 AND 2", 60);
  CHECK_FALSE(Lets(REQUIRE_VALUE(Sql(twice)), "a", "1"));
}

}  // namespace
}  // namespace tidemark

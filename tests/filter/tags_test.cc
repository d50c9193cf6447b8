// SPDX-License-Identifier: Apache-2.0
#include "tidemark/filter.h"

#include "src/format/dispatch.h"
#include "src/format/message_view.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

bool Lets(const Filter& filter, std::string_view tags) {
  std::string properties = "OTHER\1paid\2";
  if (!tags.empty()) AppendProperty(properties, kPropertyTags, tags);
  Record record;
  record.properties = properties;
  const bool matches = filter.Matches(BuildView(record));
  // The unit never turns away what the message would let through.
  if (matches) CHECK(filter.MayMatch(TagsHash(tags)));
  return matches;
}

TEST_CASE("one of several tags is enough", "[filter]") {
  const Filter filter = Tags(" paid||void  ||\tred\n|| ");
  CHECK_FALSE(filter.all());
  CHECK(Lets(filter, "paid"));
  CHECK(Lets(filter, "void"));
  CHECK(Lets(filter, "red"));
  CHECK_FALSE(Lets(filter, ""));
  CHECK_FALSE(Lets(filter, "Paid"));
  CHECK_FALSE(Lets(filter, "paid || void"));  // the whole string is the tag
  CHECK_FALSE(Lets(filter, "paid "));
  CHECK_FALSE(filter.MayMatch(0));  // no tags
  CHECK(filter.MayMatch(TagsHash("void")));
  CHECK_FALSE(filter.MayMatch(TagsHash("other")));
}

TEST_CASE("no tag and the star let everything through", "[filter]") {
  for (const char* expression : {"", "*", " * ", "  ", "||", " || "}) {
    const Filter filter = Tags(expression);
    CAPTURE(expression);
    CHECK(filter.all());
    CHECK(Lets(filter, ""));
    CHECK(Lets(filter, "x"));
    CHECK(filter.MayMatch(12345));
  }
  CHECK(Filter().all());
}

TEST_CASE("among others the star is a tag", "[filter]") {  // as in Java
  const Filter filter = Tags("a||*");
  CHECK(Lets(filter, "*"));
  CHECK_FALSE(Lets(filter, "b"));
  CHECK_FALSE(Tags("a|b").all());
  CHECK(Lets(Tags("a|b"), "a|b"));
}

TEST_CASE("equal hashes are told apart by the message only", "[filter]") {
  const Filter filter = Tags("Aa");  // Java's hash of "Aa" is that of "BB"
  CHECK(filter.MayMatch(TagsHash("BB")));
  CHECK_FALSE(Lets(filter, "BB"));
  CHECK(Lets(filter, "Aa"));
  const Filter negative = Tags("polygenelubricants");
  CHECK(negative.MayMatch(-2147483648ll));
  CHECK(Lets(negative, "polygenelubricants"));
}

TEST_CASE("codes that are no hashes rule nothing out", "[filter]") {
  const Filter filter = Tags("a");
  CHECK(filter.MayMatch(1700000000000));  // a delivery time
  CHECK(filter.MayMatch(-2147483649ll));  // an address in a queue's extension
  CHECK(filter.MayMatch(INT64_MIN));
}

TEST_CASE("tags beyond ASCII are hashed as Java does", "[filter]") {
  const Filter filter = Tags("\xE4\xB8\xAD\xE6\x96\x87 || \xF0\x9F\x98\x80");
  CHECK(filter.MayMatch(646394));
  CHECK(filter.MayMatch(1772899));
  CHECK(Lets(filter, "\xF0\x9F\x98\x80"));
}

}  // namespace
}  // namespace tidemark

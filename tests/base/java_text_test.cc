// SPDX-License-Identifier: Apache-2.0
#include "src/base/java_text.h"

#include "src/base/crc32.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

// storage.md section 16.1: made by JDK 17.
TEST_CASE("Java's string hash looks at UTF-16 units", "[base]") {
  CHECK(JavaHash("") == 0);
  CHECK(JavaHash("TagA") == 2598919);
  CHECK(JavaHash("hello world") == 1794106052);
  CHECK(JavaHash("polygenelubricants") == INT32_MIN);
  CHECK(JavaHash("\xE4\xB8\xAD\xE6\x96\x87") == 646394);
  CHECK(JavaHash("\xF0\x9F\x98\x80") == 1772899);
  CHECK(JavaHash("a\xF0\x9F\x98\x80"
                 "b") == 57849694);
  CHECK(JavaHash("%RETRY%g#k") == -1196730099);
  CHECK(JavaHash("k1", JavaHash("TopicTest#")) == 2746024);  // continued from a prefix
}

TEST_CASE("malformed UTF-8 is U+FFFD, one for each maximal subpart", "[base]") {
  CHECK(JavaDecoded("a\xFF"
                    "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(JavaDecoded("\xE4\xB8") == "\xEF\xBF\xBD");
  CHECK(JavaDecoded("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(JavaHash("\xFF") == 0xFFFD);
  CHECK(JavaLength("\xF0\x9F\x98\x80") == 2);
}

TEST_CASE("Java's split drops trailing empty parts only", "[base]") {
  using Parts = std::vector<std::string_view>;
  CHECK(JavaSplit("a,b,,", ',') == Parts{"a", "b"});
  CHECK(JavaSplit(",5", ',') == Parts{"", "5"});
  CHECK(JavaSplit("", ',') == Parts{""});
  CHECK(JavaSplit("  k1  k2 ", ' ') == Parts{"", "", "k1", "", "k2"});
}

TEST_CASE("the CRC has its top bit cleared", "[base]") {
  CHECK(RocketCrc32("") == 0);
  CHECK(RocketCrc32("a") == 1756872259u);
  CHECK(RocketCrc32("123456789") == 1274296614u);
}

}  // namespace
}  // namespace tidemark

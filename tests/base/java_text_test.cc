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
  CHECK(JavaDecoded("\xED\xA0\x80") == "\xEF\xBF\xBD");  // a surrogate
  CHECK(JavaDecoded("\xED\xBF") == "\xEF\xBF\xBD");
  CHECK(JavaDecoded("\xED\x9F\xBF") == "\xED\x9F\xBF");
  CHECK(JavaDecoded("\xED\xC0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(JavaHash("\xFF") == 0xFFFD);
  CHECK(JavaLength("\xF0\x9F\x98\x80") == 2);
}

TEST_CASE("what Java decodes unchanged is well-formed", "[base]") {
  for (const char* text :
       {"", "a", "\xC3\xA9", "\xED\x9F\xBF", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80"}) {
    CAPTURE(text);
    CHECK(JavaDecodesUnchanged(text));
    CHECK(JavaDecoded(text) == text);
  }
  for (const char* text :
       {"\x80", "a\xC3", "\xED\xA0\x80", "\xEF\xBF", "\xF0\x9F\x98", "\xC0\x80"}) {
    CAPTURE(text);
    CHECK_FALSE(JavaDecodesUnchanged(text));
  }
}

TEST_CASE("trimming takes control characters and spaces", "[base]") {
  CHECK(JavaTrimmed("\t\x01 a \xC2\xA0 b\n\x1F ") == "a \xC2\xA0 b");
  CHECK(JavaTrimmed("\xC2\xA0") == "\xC2\xA0");
  CHECK(JavaTrimmed(" \r\n").empty());
}

TEST_CASE("UTF-16 becomes UTF-8, halves of pairs a question mark", "[base]") {
  CHECK(JavaEncoded(u"a\u00E9\u4E2D\U0001F600") == "a\u00E9\u4E2D\U0001F600");
  const char16_t halves[] = {0xD83D, u'x', 0xDE00, 0xD83D};
  CHECK(JavaEncoded({halves, 4}) == "?x??");
}

TEST_CASE("Java's split drops trailing empty parts only", "[base]") {
  using Parts = std::vector<std::string_view>;
  CHECK(JavaSplit("a,b,,", ',') == Parts{"a", "b"});
  CHECK(JavaSplit(",5", ',') == Parts{"", "5"});
  CHECK(JavaSplit("", ',') == Parts{""});
  CHECK(JavaSplit("  k1  k2 ", ' ') == Parts{"", "", "k1", "", "k2"});
}

TEST_CASE("Java's number parsing takes a sign and any script's digits", "[base]") {
  CHECK(JavaParseLong("0") == 0);
  CHECK(JavaParseLong("-0012") == -12);
  CHECK(JavaParseLong("+7") == 7);
  CHECK(JavaParseLong("9223372036854775807") == INT64_MAX);
  CHECK(JavaParseLong("-9223372036854775808") == INT64_MIN);
  CHECK(JavaParseLong("\xEF\xBC\x93\xD9\xA4") == 34);  // fullwidth 3, Arabic-Indic 4
  for (const char* text :
       {"", "-", "+", "--1", " 1", "1 ", "1L", "0x1", "1.0", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999", "\xF0\x9D\x9F\x8E"}) {
    CAPTURE(text);
    CHECK_FALSE(JavaParseLong(text).has_value());
  }
  CHECK(JavaParseLong("-32768", INT16_MIN, INT16_MAX) == -32768);
  CHECK_FALSE(JavaParseLong("32768", INT16_MIN, INT16_MAX).has_value());
}

TEST_CASE("blank is what Java's Character.isWhitespace says", "[base]") {
  CHECK(JavaIsBlank(""));
  CHECK(JavaIsBlank(" \t\n\x0B\x0C\r\x1C\x1F"));
  CHECK(JavaIsBlank("\xE1\x9A\x80\xE2\x80\x80\xE2\x80\xA8\xE3\x80\x80"));
  CHECK_FALSE(JavaIsBlank("\xC2\xA0"));      // no-break space
  CHECK_FALSE(JavaIsBlank("\xE2\x80\x87"));  // figure space
  CHECK_FALSE(JavaIsBlank(" a "));
  CHECK_FALSE(JavaIsBlank(std::string_view("\0", 1)));
}

TEST_CASE("the CRC has its top bit cleared", "[base]") {
  CHECK(RocketCrc32("") == 0);
  CHECK(RocketCrc32("a") == 1756872259u);
  CHECK(RocketCrc32("123456789") == 1274296614u);
}

}  // namespace
}  // namespace tidemark

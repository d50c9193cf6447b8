// SPDX-License-Identifier: Apache-2.0
#include "src/format/properties.h"

#include <algorithm>
#include <map>

#include "src/format/message_view.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

/// "|" stands for 0x01 and ";" for 0x02.
std::string Encoded(std::string text) {
  std::replace(text.begin(), text.end(), '|', kPropertyNameEnd);
  std::replace(text.begin(), text.end(), ';', kPropertyEnd);
  return text;
}

std::map<std::string, std::string> Map(std::string_view encoded) {
  std::map<std::string, std::string> map;
  PropertyCursor cursor(encoded);
  for (Property property; cursor.Next(property);) map[std::string(property.name)] = property.value;
  return map;
}

// Java's own results: specification 16.5.
TEST_CASE("properties are read as Java reads them", "[format]") {
  using Properties = std::map<std::string, std::string>;
  CHECK(Map(Encoded("A|b;")) == Properties{{"A", "b"}});
  CHECK(Map(Encoded("A|b")) == Properties{{"A", "b"}});
  CHECK(Map(Encoded("A|;B|c;")) == Properties{{"B", "c"}});
  CHECK(Map(Encoded("|v;")).empty());
  CHECK(Map(Encoded("K|v|w;")) == Properties{{"K", Encoded("v|w")}});
  CHECK(Map(Encoded("ab;C|d")) == Properties{{"C", "d"}});
  CHECK(Map(Encoded("A|b;A|c;")) == Properties{{"A", "c"}});
  CHECK(Map(Encoded("A;B|c")) == Properties{{"B", "c"}});
  CHECK(Map(Encoded(";;A|b")) == Properties{{"A", "b"}});
  CHECK(Map("").empty());
  CHECK(Map(Encoded(";")).empty());
  CHECK(Map(Encoded("||;")) == Properties{});
  CHECK(Map(Encoded("A||;")) == Properties{{"A", "\x01"}});
}

TEST_CASE("of properties with one name the last counts", "[format]") {
  const std::string encoded = Encoded("A|1;B|2;A|3;A|;C|4");
  CHECK(FindProperty(encoded, "A") == "3");
  CHECK(FindProperty(encoded, "C") == "4");
  CHECK_FALSE(FindProperty(encoded, "D").has_value());
  CHECK_FALSE(FindProperty(encoded, "").has_value());

  Record record;
  record.properties = encoded;
  const MessageView view = BuildView(record);
  CHECK(view.property("A") == "3");
  const std::vector<Property> properties = view.properties();
  REQUIRE(properties.size() == 3);  // in stored order: what is replaced is gone
  CHECK(properties[0].name == "B");
  CHECK(properties[1].name == "A");
  CHECK(properties[1].value == "3");
  CHECK(properties[2].name == "C");
}

TEST_CASE("appending a property closes the one before", "[format]") {
  std::string encoded = Encoded("A|b");
  AppendProperty(encoded, "C", "d");
  AppendProperty(encoded, "E", "f");
  CHECK(encoded == Encoded("A|b;C|d;E|f;"));
  std::string fresh;
  AppendProperty(fresh, "A", "b");
  CHECK(fresh == Encoded("A|b;"));
}

TEST_CASE("one scan finds every known property", "[format]") {
  const std::string encoded = Encoded(
      "KEYS|k;TAGS|t;UNIQ_KEY|u;DELAY|1;INNER_NUM|2;INNER_BASE|3;INNER_MULTI_DISPATCH|4;"
      "INNER_MULTI_QUEUE_OFFSET|5;__CRC32#|6;__TIDEMARK_BATCH|7;keys|x;TAGX|x;UNIQ_KEX|x;"
      "__CRC33#|x");
  const KnownProperties known = ScanProperties(encoded);
  CHECK(known.keys == "k");
  CHECK(known.tags == "t");
  CHECK(known.unique_key == "u");
  CHECK(known.delay == "1");
  CHECK(known.inner_number == "2");
  CHECK(known.inner_base == "3");
  CHECK(known.lmq_names == "4");
  CHECK(known.lmq_offsets == "5");
  CHECK(known.crc == "6");
  CHECK(known.batch == "7");
}

TEST_CASE("separators are found anywhere", "[format]") {
  CHECK_FALSE(HasPropertySeparator(""));
  CHECK_FALSE(HasPropertySeparator(std::string(100, '\x03')));
  for (const std::size_t at : {0u, 1u, 31u, 64u, 99u}) {
    std::string text(100, 'x');
    text[at] = '\x01';
    CHECK(HasPropertySeparator(text));
    text[at] = '\x02';
    CHECK(HasPropertySeparator(text));
  }
}

}  // namespace
}  // namespace tidemark

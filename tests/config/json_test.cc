// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/config/java_json.h"
#include "tests/config/config_data.h"

namespace tidemark::test {
namespace {

const char* const kFiles[] = {
    "fastjson.json",
    "groups.json",
    "clean/consumerFilter.json",
    "clean/consumerOffset.json",
    "clean/consumerOrderInfo.json",
    "clean/delayOffset.json",
    "clean/subscriptionGroup.json",
    "clean/topics.json",
    "clean-4.9/consumerFilter.json",
    "clean-4.9/consumerOffset.json",
    "clean-4.9/delayOffset.json",
    "clean-4.9/subscriptionGroup.json",
    "clean-4.9/topics.json",
    "timers/consumerOffset.json",
    "timers/consumerOrderInfo.json",
    "timers/delayOffset.json",
    "timers/subscriptionGroup.json",
    "timers/topics.json",
};

TEST_CASE("what a broker wrote is written the same again", "[config]") {
  const std::string name = GENERATE(from_range(std::begin(kFiles), std::end(kFiles)));
  INFO(name);
  const std::string content = Data(name);
  CHECK(WriteJavaJson(REQUIRE_VALUE(ParseJavaJson(content))) == content);
}

TEST_CASE("texts hold what Java escaped", "[config]") {
  const Json document = REQUIRE_VALUE(ParseJavaJson(Data("fastjson.json")));
  const std::string* chars = document.Find("m")->Find("chars")->text();
  REQUIRE(chars != nullptr);
  std::string wanted;
  for (int unit = 0; unit < 0x250; ++unit) {
    if (unit < 0x80) {
      wanted += static_cast<char>(unit);
    } else {
      wanted += static_cast<char>(0xC0 | (unit >> 6));
      wanted += static_cast<char>(0x80 | (unit & 0x3F));
    }
  }
  CHECK(*chars == wanted);
  CHECK(document.Find("intMap")->Find("-3")->integer() == 1);
  CHECK(document.Find("m")->Find("big")->integer() == INT64_MAX);
  CHECK(document.Find("m")->Find("small")->integer() == INT64_MIN);
}

TEST_CASE("faults are told with line and column", "[config]") {
  const auto fault = [](std::string_view text) {
    const auto result = ParseJavaJson(text);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code() == StatusCode::kInvalidArgument);
    return result.error().message();
  };
  CHECK_THAT(fault(""), ContainsSubstring("line 1, column 1: a value is missing"));
  CHECK_THAT(fault("{\n\t\"a\":1,\n\t\"b\" 2\n}"), ContainsSubstring("line 3, column 6: \":\""));
  CHECK_THAT(fault("{\"a\":1"), ContainsSubstring("line 1, column 7"));
  CHECK_THAT(fault("{} x"), ContainsSubstring("line 1, column 4: more text"));
  for (const char* bad :
       {"{",       "}",         "[",           "[1",         "[1,",     "[1,]",
        "{,}",     "{\"a\"}",   "{\"a\":}",    "{\"a\":1,}", "{1.5:2}", "{a:1}",
        "{-:1}",   "01",        "-",           "1.",         ".5",      "1e",
        "+1",      "nul",       "tru",         "'a'",        "\"",      "\"\\",
        "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"",     "[1 2]",   "{\"a\":1 \"b\":2}",
        "NaN"}) {
    INFO(bad);
    CHECK_FALSE(ParseJavaJson(bad).has_value());
  }
  CHECK_FALSE(ParseJavaJson(std::string(512, '\0')).has_value());
}

TEST_CASE("every prefix of a file is a fault", "[config]") {
  const std::string content = Data("clean/consumerOffset.json");
  for (std::size_t size = 0; size < content.size(); ++size) {
    REQUIRE_FALSE(ParseJavaJson(std::string_view(content).substr(0, size)).has_value());
  }
}

TEST_CASE("depth and size have limits", "[config]") {
  const auto nested = [](int levels) {
    return std::string(levels, '[') + "1" + std::string(levels, ']');
  };
  CHECK(ParseJavaJson(nested(kJsonDepthMax)).has_value());
  CHECK_FALSE(ParseJavaJson(nested(kJsonDepthMax + 1)).has_value());
  CHECK_FALSE(ParseJavaJson(std::string(1'000'000, '[')).has_value());
  CHECK_FALSE(ParseJavaJson(std::string(1'000'000, '{')).has_value());
  const std::string large = "\"" + std::string(kJsonBytesMax, 'x') + "\"";
  CHECK_FALSE(ParseJavaJson(large).has_value());
}

TEST_CASE("a stranger's text has limits of its own", "[config]") {
  JsonReading reading;
  reading.depth_max = 2;
  reading.bytes_max = 12;
  reading.values_max = 4;
  CHECK(ParseJavaJson("[[1,2]]", reading).has_value());
  CHECK_FALSE(ParseJavaJson("[[[1]]]", reading).has_value());
  CHECK_FALSE(ParseJavaJson("[[1,2,3]]", reading).has_value());
  CHECK_FALSE(ParseJavaJson("[           ]", reading).has_value());
}

TEST_CASE("what fastjson takes beside the standard is taken when asked for", "[config]") {
  JsonReading reading;
  reading.lenient = true;
  const Json object =
      REQUIRE_VALUE(ParseJavaJson("{code:1,'a\"\\'b':'x',_$9:2,-3:4,\"c\":{d:[ ]}}", reading));
  CHECK(object.Find("code")->integer() == 1);
  CHECK(*object.Find("a\"'b")->text() == "x");
  CHECK(object.Find("_$9")->integer() == 2);
  CHECK(object.Find("-3")->integer() == 4);
  CHECK(object.Find("c")->Find("d")->elements()->empty());
  for (const char* bad : {"{a b:1}", "{a.b:1}", "'a", "{9a:1}", "{'a\":1}", "a", "{a}"}) {
    INFO(bad);
    CHECK_FALSE(ParseJavaJson(bad, reading).has_value());
  }
}

TEST_CASE("on one line it is the same without blanks", "[config]") {
  const std::string name = GENERATE(from_range(std::begin(kFiles), std::end(kFiles)));
  INFO(name);
  std::string content = Data(name);
  std::erase_if(content, [](char c) { return c == '\n' || c == '\t'; });
  CHECK(WriteCompactJson(REQUIRE_VALUE(ParseJavaJson(content))) == content);
}

TEST_CASE("for browsers all keys are quoted and all is ASCII", "[config]") {
  Json object = Json::Object();
  object.AppendInteger(-7, Json::Text("a/\xC3\xA4\xF0\x9F\x8C\x8A\x01\x7F\""));
  CHECK(WriteCompactJson(object, JsonStyle::kBrowser) ==
        R"({"-7":"a\/\u00E4\uD83C\uDF0A\u0001\u007F\""})");
  CHECK(WriteCompactJson(object) == "{-7:\"a/\xC3\xA4\xF0\x9F\x8C\x8A\\u0001\\u007F\\\"\"}");
}

TEST_CASE("members: found, replaced, added in the alphabet's place", "[config]") {
  Json object = REQUIRE_VALUE(ParseJavaJson("\xEF\xBB\xBF {\"b\":1,\"b\":3,\"d\":2}"));
  CHECK(object.Find("b")->integer() == 3);
  CHECK(object.Find("a") == nullptr);
  CHECK(object.Find("b")->Find("c") == nullptr);
  object.Set("d", Json::Text("x"));
  object.Set("c", Json());
  object.Set("a", Json::Boolean(true));
  object.Set("e", Json::Array(Json::Layout::kLines));
  CHECK(WriteJavaJson(object) ==
        "{\n\t\"a\":true,\n\t\"b\":1,\n\t\"b\":3,\n\t\"c\":null,\n\t\"d\":\"x\",\n\t\"e\":[]\n}");
  CHECK(Json::Text("12").integer() == 12);
  CHECK(Json::Text("true").boolean() == true);
  CHECK_FALSE(Json::Text("").integer().has_value());
  CHECK_FALSE(Json::Text("1x").integer().has_value());
  CHECK_FALSE(Json::Number("1.5").integer().has_value());
  CHECK_FALSE(Json::Number("9223372036854775808").integer().has_value());
  CHECK(WriteJavaJson(Json::Text("a\xFF")) == "\"a\xEF\xBF\xBD\"");
}

nlohmann::json Anything(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 8 : 6);
  switch (kind) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return static_cast<double>(*rc::gen::arbitrary<float>());
    case 4: {
      // Any code points but surrogates.
      std::string text;
      for (const auto point : *rc::gen::container<std::vector<std::uint32_t>>(
               rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 0x100),
                              rc::gen::inRange<std::uint32_t>(0x2020, 0x2030),
                              rc::gen::inRange<std::uint32_t>(0xE000, 0x110000)))) {
        nlohmann::json escaped;
        if (point < 0x10000) {
          escaped = nlohmann::json::parse(Format("\"\\u{:04x}\"", point));
        } else {
          escaped = nlohmann::json::parse(Format("\"\\u{:04x}\\u{:04x}\"",
                                                 0xD800 + ((point - 0x10000) >> 10),
                                                 0xDC00 + ((point - 0x10000) & 0x3FF)));
        }
        text += escaped.get<std::string>();
      }
      return text;
    }
    case 5:
      return *rc::gen::string<std::string>().as("ascii") == "" ? "" : "plain";
    case 6: {
      nlohmann::json list = nlohmann::json::array();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) list.push_back(Anything(depth - 1));
      return list;
    }
    default: {
      nlohmann::json object = nlohmann::json::object();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        object[Format("k{}\"\\\n", *rc::gen::inRange(0, 100))] = Anything(depth - 1);
      }
      return object;
    }
  }
}

TEST_CASE("standard JSON is read as another library reads it", "[config]") {
  CHECK(rc::check([] {
    const nlohmann::json value = Anything(4);
    const int indent = *rc::gen::element(-1, 0, 3);
    const bool ascii = *rc::gen::arbitrary<bool>();
    const auto ours = ParseJavaJson(value.dump(indent, ' ', ascii));
    RC_ASSERT(ours.has_value());
    const std::string written = WriteJavaJson(*ours);
    RC_ASSERT(nlohmann::json::parse(written) == value);
    const auto again = ParseJavaJson(written);
    RC_ASSERT(again.has_value());
    RC_ASSERT(WriteJavaJson(*again) == written);
  }));
}

bool HasBareKey(const Json& value) {
  const auto bare = [](const Json::Member& member) {
    return !member.quoted || HasBareKey(member.value);
  };
  if (const auto* members = value.members(); members != nullptr) {
    return std::any_of(members->begin(), members->end(), bare);
  }
  const auto* elements = value.elements();
  return elements != nullptr && std::any_of(elements->begin(), elements->end(), HasBareKey);
}

nlohmann::json Plain(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int32_t>();
    case 3:
      return "plain";
    case 4:
      return {Plain(depth - 1), Plain(depth - 1)};
    default:
      return {{"a", Plain(depth - 1)}, {"7", Plain(depth - 1)}};
  }
}

TEST_CASE("of broken standard JSON only keys without quotes are taken", "[config]") {
  for (int round = 0; round < 20; ++round) {
    REQUIRE(rc::check([] {
      std::string text = Plain(3).dump();
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      text[at] = *rc::gen::elementOf(std::string("{}[]\",:0x9tn \\.-"));
      if (*rc::gen::arbitrary<bool>())
        text.erase(*rc::gen::inRange<std::size_t>(0, text.size()), 1);
      const auto ours = ParseJavaJson(text);
      const bool taken = ours.has_value() && !HasBareKey(*ours);
      RC_ASSERT(taken == nlohmann::json::accept(text));
    }));
  }
}

}  // namespace
}  // namespace tidemark::test

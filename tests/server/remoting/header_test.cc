// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/offset_headers.h"
#include "src/server/remoting/pull_headers.h"
#include "src/server/remoting/send_headers.h"
#include "tests/server/remoting/wire_data.h"

namespace tidemark::remoting {
namespace {

Result<Command> Header(std::string_view header, int encoding = 0) {
  const std::string bytes = FrameAround(header, encoding);
  return DecodeCommand(WholeFrame(bytes), FrameLimits());
}

TEST_CASE("a header of the C++ client", "[remoting]") {
  const Command command = REQUIRE_VALUE(Header(
      "{\"code\":310,\"extFields\":{\"AccessKey\":\"\",\"OnsChannel\":\"\",\"Signature\":\"\","
      "\"e\":3,\"k\":false,\"n\":null,\"f\":0},\"flag\":0,\"language\":1,\"opaque\":12,"
      "\"remark\":\"\",\"serializeTypeCurrentRPC\":0,\"version\":333}\n"));
  CHECK(command.language == Language::kCpp);
  CHECK(command.remark == "");
  CHECK(*command.fields.Find("e") == "3");
  CHECK(*command.fields.Find("k") == "false");
  CHECK(command.fields.Find("n") == nullptr);
  CHECK(*command.fields.Find("AccessKey") == "");
}

TEST_CASE("what fastjson takes is taken", "[remoting]") {
  CHECK(REQUIRE_VALUE(Header("{opaque:1,'code':34}")).code == 34);
  CHECK(REQUIRE_VALUE(Header(R"({"opaque":"1","code":"34"})")).code == 34);
  CHECK(REQUIRE_VALUE(Header(R"({"opaque":1,"language":"SWIFT"})")).language == Language::kOther);
  CHECK(REQUIRE_VALUE(Header(R"({"opaque":1,"language":99})")).language == Language::kOther);
  CHECK(REQUIRE_VALUE(Header(R"({"opaque":1,"language":null})")).language == Language::kOther);
  CHECK(REQUIRE_VALUE(Header(R"({"opaque":1})")).version == 0);
  CHECK_FALSE(REQUIRE_VALUE(Header(R"({"opaque":1,"extFields":null})")).has_fields);
  CHECK(REQUIRE_VALUE(Header(R"({"opaque":1,"extFields":{}})")).has_fields);
  CHECK(REQUIRE_VALUE(Header(R"({"opaque":1,"unknown":[{}]})")).fields.empty());
  const Command twice =
      REQUIRE_VALUE(Header(R"({"opaque":1,"opaque":2,"extFields":{"a":"1","b":"2","a":"3"}})"));
  CHECK(twice.opaque == 2);
  CHECK(twice.fields.size() == 2);
  CHECK(*twice.fields.Find("a") == "3");
  const Command nameless = REQUIRE_VALUE(Header(R"({"opaque":1,"extFields":{"":"x","a":""}})"));
  CHECK(nameless.fields.size() == 1);
}

TEST_CASE("malformed UTF-8 is read as Java reads it", "[remoting]") {
  const Command json = REQUIRE_VALUE(Header("{\"opaque\":1,\"extFields\":{\"a\":\"x\xFF\"}}"));
  CHECK(*json.fields.Find("a") == "x\xEF\xBF\xBD");
  std::string map("\0\1a\0\0\0\2x\xFF", 9);
  const Command binary = REQUIRE_VALUE(
      Header(FromHex("00220001df000000010000000000000000") + FromHex("00000009") + map, 1));
  CHECK(*binary.fields.Find("a") == "x\xEF\xBF\xBD");
}

TEST_CASE("headers that are none", "[remoting]") {
  for (const char* bad : {"",
                          " ",
                          "[]",
                          "1",
                          "null",
                          "{",
                          "{}",
                          R"({"code":1})",
                          R"({"opaque":null})",
                          R"({"opaque":1.5})",
                          R"({"opaque":2147483648})",
                          R"({"opaque":1,"code":"x"})",
                          R"({"opaque":1,"code":{}})",
                          R"({"opaque":1,"flag":99999999999})",
                          R"({"opaque":1,"extFields":[]})",
                          R"({"opaque":1,"extFields":"x"})",
                          R"({"opaque":1,"extFields":{"a":{}}})",
                          R"({"opaque":1,"extFields":{"a":[1]}})",
                          R"({"opaque":1} x)",
                          "{\"opaque\":1,\"remark\":\"\n\"}"}) {
    INFO(bad);
    const auto read = Header(bad);
    CHECK_FALSE(read.has_value());
    CHECK(read.error().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("depth, number of parameters and remark have limits", "[remoting]") {
  const auto nested = [](int levels) {
    return "{\"opaque\":1,\"x\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  CHECK(Header(nested(8)).has_value());
  CHECK_FALSE(Header(nested(9)).has_value());
  CHECK_FALSE(Header("{\"opaque\":1,\"x\":" + std::string(60'000, '[')).has_value());
  const auto with_fields = [](int count) {
    std::string header = R"({"opaque":1,"extFields":{)";
    for (int i = 0; i < count; ++i) header += Format("{}\"k{}\":\"\"", i > 0 ? "," : "", i);
    return header + "}}";
  };
  CHECK(REQUIRE_VALUE(Header(with_fields(128))).fields.size() == 128);
  CHECK_FALSE(Header(with_fields(129)).has_value());
  const auto with_remark = [](const std::string& remark) {
    return Header("{\"opaque\":1,\"remark\":\"" + remark + "\"}");
  };
  CHECK(REQUIRE_VALUE(with_remark(std::string(5000, 'x'))).remark == std::string(4096, 'x'));
  const std::string wave = "\xF0\x9F\x8C\x8A";
  CHECK(REQUIRE_VALUE(with_remark(std::string(4094, 'x') + wave)).remark == std::string(4094, 'x'));
}

TEST_CASE("lengths in a binary header are believed only where bytes are", "[remoting]") {
  const std::string fixed = FromHex("00220001df0000000100000000");
  const std::string none = FromHex("00000000");
  CHECK(Header(fixed + none + none, 1).has_value());
  for (std::size_t size = 0; size < 21; ++size) {
    CHECK_FALSE(Header((fixed + none + none).substr(0, size), 1).has_value());
  }
  for (const char* bad : {"00000001", "ffffffff", "80000000", "7fffffff"}) {
    INFO(bad);
    CHECK_FALSE(Header(fixed + FromHex(bad) + none, 1).has_value());
    CHECK_FALSE(Header(fixed + none + FromHex(bad), 1).has_value());
  }
  for (const char* bad_map :
       {"0001", "000161", "00016100000002", "0001610000000278", "ffff6100000000",
        "000161ffffffff78", "0001617fffffff78", "7fff610000000178"}) {
    INFO(bad_map);
    const std::string map = FromHex(bad_map);
    const std::string size = FromHex(Format("{:08x}", map.size()));
    CHECK_FALSE(Header(fixed + none + size + map, 1).has_value());
  }
  CHECK_FALSE(Header(fixed + none + none + "x", 1).has_value());
}

TEST_CASE("nulls and repeated names in a binary header", "[remoting]") {
  const auto with_map = [](const std::string& hex) {
    const std::string map = FromHex(hex);
    return REQUIRE_VALUE(Header(
        FromHex("00220001df000000010000000000000000") + FromHex(Format("{:08x}", map.size())) + map,
        1));
  };
  CHECK(with_map("0001610000000178"
                 "0001610000000179")
            .fields.size() == 1);
  CHECK(*with_map("0001610000000178"
                  "0001610000000179")
             .fields.Find("a") == "y");
  CHECK(with_map("0000"
                 "0000000178")
            .fields.empty());
  CHECK(with_map("00016100000000").fields.Find("a") == nullptr);
  std::string many;
  for (int i = 0; i < 129; ++i) many += "0001610000000178";
  const std::string map = FromHex(many);
  CHECK_FALSE(Header(FromHex("00220001df000000010000000000000000") +
                         FromHex(Format("{:08x}", map.size())) + map,
                     1)
                  .has_value());
}

TEST_CASE("POP requests are whole again after a binary header", "[remoting]") {
  Command request = Request(RequestCode::kPopMessage, 1);
  for (const RequestCode code : {RequestCode::kPopMessage, RequestCode::kBatchAckMessage}) {
    request.code = static_cast<std::int32_t>(code);
    request.encoding = HeaderEncoding::kBinary;
    const auto frame = REQUIRE_VALUE(EncodeFrame(request));
    CHECK(Decoded(std::string(Bytes(frame).text())).request_code() == code);
  }
  Command answer = Answer(request, ResponseCode::kRpcUnknown);
  const auto frame = REQUIRE_VALUE(EncodeFrame(answer));
  CHECK(Decoded(std::string(Bytes(frame).text())).code == -1000);
}

TEST_CASE("numbers and truth values are Java's", "[remoting]") {
  Fields fields;
  fields.Set("topic", std::string("T"));
  const auto queue = [&](const std::string& text) {
    fields.Set("queueId", text);
    return DecodeHeader<GetMaxOffsetRequest>(fields);
  };
  CHECK(REQUIRE_VALUE(queue("+7")).queue == 7);
  CHECK(REQUIRE_VALUE(queue("-2147483648")).queue == INT32_MIN);
  for (const char* bad : {"", " 1", "1 ", "0x1", "1.0", "2147483648", "true", "--1"}) {
    INFO(bad);
    const auto read = queue(bad);
    REQUIRE_FALSE(read.has_value());
    CHECK_THAT(read.error().message(), ContainsSubstring("<queueId>"));
  }
  CHECK(queue("0").has_value());
  CHECK(REQUIRE_VALUE(DecodeHeader<GetMaxOffsetRequest>(fields)).committed);
  for (const char* word : {"true", "TRUE", "tRue"}) {
    fields.Set("committed", std::string(word));
    CHECK(REQUIRE_VALUE(DecodeHeader<GetMaxOffsetRequest>(fields)).committed);
  }
  for (const char* word : {"", "1", "yes", "true ", "TRUE\x1f"}) {
    fields.Set("committed", std::string(word));
    CHECK_FALSE(REQUIRE_VALUE(DecodeHeader<GetMaxOffsetRequest>(fields)).committed);
  }
}

TEST_CASE("a send is read by the names that belong to its code", "[remoting]") {
  SendMessageRequest sent;
  sent.group = "G";
  sent.topic = "T";
  sent.default_topic = "TBW102";
  sent.queue = -1;
  sent.born_timestamp = 1755000000123;
  sent.properties = "KEYS\x01k\x02";
  sent.reconsume_times_max = 3;
  Command request = Request(RequestCode::kSendMessage, 1);
  EncodeHeader(sent, &request);
  CHECK(REQUIRE_VALUE(DecodeSendMessage(request)).reconsume_times_max == 3);
  request.code = static_cast<std::int32_t>(RequestCode::kSendMessageV2);
  CHECK(DecodeSendMessage(request).error().message() == "the custom field <a> is null");
  Command batch = Request(RequestCode::kSendBatchMessage, 1);
  SendMessageRequestV2 short_names;
  static_cast<SendMessageRequest&>(short_names) = sent;
  EncodeHeader(short_names, &batch);
  const auto read = REQUIRE_VALUE(DecodeSendMessage(batch));
  CHECK(read.properties == sent.properties);
  CHECK(read.batch);
}

TEST_CASE("the records of a pull go out as they are", "[remoting]") {
  auto records = std::make_shared<const std::string>("record bytes of the store");
  Command answer = Answer(Request(RequestCode::kPullMessage, 4), ResponseCode::kSuccess);
  EncodeHeader(PullMessageAnswer(), &answer);
  answer.body = Body(Bytes(*records), records);
  CHECK(answer.body.bytes().data() == Bytes(*records).data());
  const auto frame = REQUIRE_VALUE(EncodeFrame(answer));
  const auto head = REQUIRE_VALUE(EncodeHead(answer, records->size()));
  CHECK(Bytes(frame).text() == std::string(Bytes(head).text()) + *records);
}

}  // namespace
}  // namespace tidemark::remoting

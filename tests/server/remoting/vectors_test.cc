// SPDX-License-Identifier: Apache-2.0
// Frames and bodies that are known byte by byte.
#include "src/base/crc32.h"
#include "src/server/remoting/batch_body.h"
#include "src/server/remoting/heartbeat_body.h"
#include "src/server/remoting/nameserver_headers.h"
#include "tests/server/remoting/wire_data.h"

namespace tidemark::remoting {
namespace {

Command RouteOfT1() {
  Command command = Request(RequestCode::kGetRouteinfoByTopic, 7);
  command.fields.Set("topic", std::string("T1"));
  return command;
}

TEST_CASE("a route request in JSON", "[remoting]") {
  const std::string hex =
      "000000800000007c7b22636f6465223a3130352c226578744669656c6473223a7b22746f706963223a22"
      "5431227d2c22666c6167223a302c226c616e6775616765223a224a415641222c226f7061717565223a37"
      "2c2273657269616c697a655479706543757272656e74525043223a224a534f4e222c2276657273696f6e"
      "223a3437397d";
  CHECK(ToHex(REQUIRE_VALUE(EncodeFrame(RouteOfT1()))) == hex);
  const Command read = Decoded(FromHex(hex));
  CHECK(read.request_code() == RequestCode::kGetRouteinfoByTopic);
  CHECK(read.fields == RouteOfT1().fields);
}

TEST_CASE("a route request in binary", "[remoting]") {
  const std::string hex =
      "000000260100002200690001df0000000700000000000000000000000d0005746f706963000000025431";
  Command command = RouteOfT1();
  command.encoding = HeaderEncoding::kBinary;
  CHECK(ToHex(REQUIRE_VALUE(EncodeFrame(command))) == hex);
  const Command read = Decoded(FromHex(hex));
  CHECK(read.encoding == HeaderEncoding::kBinary);
  CHECK(REQUIRE_VALUE(DecodeHeader<RouteRequest>(read.fields)).topic == "T1");
}

TEST_CASE("a batch of two messages", "[remoting]") {
  const std::string hex =
      "0000001f00000000000000000000000000000002616200074b455953016b02"
      "0000001700000000000000000000000000000001630000";
  const std::string bytes = FromHex(hex);
  const auto entries = REQUIRE_VALUE(DecodeBatchBody(bytes));
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].body.text() == "ab");
  CHECK(entries[0].properties == "KEYS\x01k\x02");
  CHECK(entries[1].body.text() == "c");
  CHECK(entries[1].properties.empty());
  CHECK(ToHex(Bytes(REQUIRE_VALUE(EncodeBatchBody(entries)))) == hex);
}

TEST_CASE("checksums and tag hashes", "[remoting]") {
  CHECK(RocketCrc32("hello") == 907060870);
  CHECK(RocketCrc32("a") == 1756872259);
  CHECK(JavaHash("TagA") == 2598919);
  CHECK(JavaHash("TagB") == 2598920);
}

TEST_CASE("a request and its answer", "[remoting]") {
  const Command request = Decoded(FrameAround(
      R"({"code":30,"extFields":{"queueId":"2","topic":"orders"},"flag":0,"language":"JAVA",)"
      R"("opaque":41,"serializeTypeCurrentRPC":"JSON","version":479})"));
  Command answer = Answer(request, ResponseCode::kSuccess);
  answer.fields.Set("offset", 1180);
  const auto bytes = REQUIRE_VALUE(EncodeFrame(answer));
  CHECK(Bytes(bytes).text().substr(8) ==
        R"({"code":0,"extFields":{"offset":"1180"},"flag":1,"language":"JAVA","opaque":41,)"
        R"("serializeTypeCurrentRPC":"JSON","version":479})");
}

TEST_CASE("answers are of the request's kind", "[remoting]") {
  Command request = RouteOfT1();
  request.encoding = HeaderEncoding::kBinary;
  request.flag = kFlagOneway;
  request.version = 317;
  request.language = Language::kGo;
  const Command answer = Answer(request, ResponseCode::kTopicNotExist, "none");
  CHECK(answer.encoding == HeaderEncoding::kBinary);
  CHECK(answer.opaque == 7);
  CHECK(answer.flag == kFlagResponse);
  CHECK(answer.version == kOurVersion);
  CHECK(answer.language == Language::kJava);
  CHECK(answer.remark == "none");
  const Command unknown = AnswerNotSupported(request);
  CHECK(unknown.response_code() == ResponseCode::kRequestCodeNotSupported);
  CHECK_THAT(*unknown.remark, ContainsSubstring("105"));
}

}  // namespace
}  // namespace tidemark::remoting

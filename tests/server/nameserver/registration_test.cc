// SPDX-License-Identifier: Apache-2.0
#include <libdeflate.h>

#include <memory>

#include "src/server/nameserver/inflate.h"
#include "src/server/nameserver/registration.h"
#include "src/server/remoting/byte_cursor.h"
#include "tests/support/catch.h"

namespace tidemark::nameserver {
namespace {

std::string Deflate(const std::string& content) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> deflater(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  std::string stream(libdeflate_zlib_compress_bound(deflater.get(), content.size()), '\0');
  stream.resize(libdeflate_zlib_compress(deflater.get(), content.data(), content.size(),
                                         stream.data(), stream.size()));
  REQUIRE_FALSE(stream.empty());
  return stream;
}

std::string Counted(const std::string& text) {
  std::string out;
  remoting::AppendBig(&out, static_cast<std::int32_t>(text.size()));
  return out + text;
}

std::string Number(std::int32_t number) {
  std::string out;
  remoting::AppendBig(&out, number);
  return out;
}

Result<Registration> Decode(const std::string& body, bool compressed,
                            std::int32_t version = remoting::kOurVersion) {
  remoting::RegisterBrokerRequest header;
  header.compressed = compressed;
  remoting::Command request = remoting::Request(remoting::RequestCode::kRegisterBroker, 1);
  request.version = version;
  request.body = remoting::Body::Owning(body);
  return DecodeRegistration(header, request);
}

const char kVersion[] = R"({"counter":7,"timestamp":5})";

TEST_CASE("compressed registrations", "[nameserver]") {
  const std::string topics =
      Number(2) + Counted("a 1 2 6 SINGLE_TAG {\"k\":\"v w\"}") + Counted("b 3 4 4 MULTI_TAG");
  const std::string old = Counted(kVersion) + topics + Counted("[\"f1\"]");
  const std::string mapping = R"({"bname":"x","currIdMap":{0:0},"topic":"s"})";
  const std::string fresh = old + Number(1) + Counted(mapping);

  const auto read = REQUIRE_VALUE(Decode(Deflate(fresh), true));
  CHECK(read.version.counter == 7);
  REQUIRE(read.topics.size() == 2);
  CHECK(read.topics[0].read_queues == 1);
  CHECK(read.topics[1].name == "b");
  CHECK(read.topics[1].perm == 4);
  REQUIRE(read.mappings.size() == 1);
  CHECK(read.mappings[0].first == "s");
  CHECK(WriteCompactJson(read.mappings[0].second) == mapping);
  CHECK(read.filter_servers == std::vector<std::string>{"f1"});
  CHECK(REQUIRE_VALUE(Decode(Deflate(old), true, 409)).topics.size() == 2);
  // Brokers of 5.3.3 forget to say that they compressed.
  CHECK(REQUIRE_VALUE(Decode(Deflate(fresh), false)).topics.size() == 2);

  for (std::size_t size = 0; size < fresh.size(); ++size) {
    CHECK_FALSE(Decode(Deflate(fresh.substr(0, size)), true).has_value());
  }
}

TEST_CASE("registrations of several ages", "[nameserver]") {
  CHECK(REQUIRE_VALUE(Decode("", false)).topics.empty());
  const std::string wrapper =
      R"({"dataVersion":{"counter":3,"timestamp":1},"topicConfigTable":{"t":{"perm":6}}})";
  const auto bare = REQUIRE_VALUE(Decode(wrapper, false, 36));
  CHECK(bare.version.counter == 3);
  CHECK(bare.topics.at(0).name == "t");
  CHECK_FALSE(bare.filter_servers.has_value());
  const std::string whole = "{\"topicConfigSerializeWrapper\":" + wrapper + "}";
  CHECK(REQUIRE_VALUE(Decode(whole, false, 37)).topics.at(0).name == "t");
  CHECK(REQUIRE_VALUE(Decode(wrapper, false, 37)).topics.empty());
}

TEST_CASE("registrations that are none", "[nameserver]") {
  for (const char* bad :
       {"{", "[]", "x", R"({"topicConfigSerializeWrapper":[]})",
        R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"t":1}}})",
        R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"t":{"perm":"x"}}}})",
        R"({"filterServerList":{}})", "\x78\x9c\x01"}) {
    INFO(bad);
    CHECK_FALSE(Decode(bad, false).has_value());
  }
  for (const std::string& bad :
       {Counted(kVersion) + Number(-1), Counted(kVersion) + Number(0x7FFFFFFF),
        Counted(kVersion) + Number(1) + Counted("a 1 2"),
        Counted(kVersion) + Number(1) + Counted("a 1 x 6 SINGLE_TAG"),
        Counted("[]") + Number(0) + Counted("[]") + Number(0),
        Counted(kVersion) + Number(0) + Counted("]") + Number(0), Number(-4), Number(0x7FFFFFFF)}) {
    CHECK_FALSE(Decode(Deflate(bad), true).has_value());
  }
}

TEST_CASE("what inflates too much is refused", "[nameserver]") {
  const std::string zeros(1 << 20, '\0');
  const std::string bomb = Deflate(zeros);
  REQUIRE(zeros.size() / bomb.size() > kInflatedTimesMax);
  CHECK_THAT(Inflate(Bytes(bomb)).error().message(), ContainsSubstring("inflate to more than"));
  std::string text;
  for (int i = 0; text.size() < 100'000; ++i) text += Format("{} ", i * 7919);
  const std::string stream = Deflate(text);
  CHECK(REQUIRE_VALUE(Inflate(Bytes(stream))) == text);
  CHECK_FALSE(Inflate(Bytes(stream + "x")).has_value());
  CHECK_FALSE(Inflate(Bytes(std::string_view(stream).substr(0, stream.size() - 1))).has_value());
  CHECK_FALSE(Inflate(Bytes("")).has_value());
  std::string wrong = stream;
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  CHECK_FALSE(Inflate(Bytes(wrong)).has_value());
}

}  // namespace
}  // namespace tidemark::nameserver

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/server/remoting/wire_data.h"

namespace tidemark::remoting {
namespace {

constexpr std::string_view kHeader = R"({"code":34,"opaque":9})";

Status FaultOf(const std::string& bytes, const FrameLimits& limits = {}) {
  FrameAssembler assembler(limits);
  Bytes piece(bytes);
  const auto taken = assembler.Take(&piece);
  return taken.error();
}

TEST_CASE("frames are whole whatever pieces they come in", "[remoting]") {
  const std::size_t piece_bytes = GENERATE(1, 2, 3, 7, 8, 9, 64, 100'000);
  std::string stream;
  std::vector<std::string> bodies;
  for (const std::size_t size : {0, 1, 5, 70'000, 0}) {
    Command command = Request(RequestCode::kHeartBeat, static_cast<std::int32_t>(size));
    bodies.emplace_back(size, static_cast<char>('a' + bodies.size()));
    command.body = Body::Owning(bodies.back());
    const auto frame = REQUIRE_VALUE(EncodeFrame(command));
    stream += Bytes(frame).text();
  }
  FrameAssembler assembler((FrameLimits()));
  std::vector<Frame> frames;
  for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
    Bytes piece(std::string_view(stream).substr(at, piece_bytes));
    while (!piece.empty()) {
      auto frame = REQUIRE_VALUE(assembler.Take(&piece));
      if (frame.has_value()) frames.push_back(*frame);
      CHECK((frame.has_value() || piece.empty()));
    }
  }
  CHECK_FALSE(assembler.inside_frame());
  REQUIRE(frames.size() == bodies.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Command command = REQUIRE_VALUE(DecodeCommand(frames[i], FrameLimits()));
    CHECK(command.opaque == static_cast<std::int32_t>(bodies[i].size()));
    CHECK(command.body.text() == bodies[i]);
  }
}

TEST_CASE("a cut frame stays unfinished", "[remoting]") {
  const std::string whole = FrameAround(kHeader);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    FrameAssembler assembler((FrameLimits()));
    Bytes piece(std::string_view(whole).substr(0, size));
    CHECK_FALSE(REQUIRE_VALUE(assembler.Take(&piece)).has_value());
    CHECK(assembler.inside_frame());
  }
}

TEST_CASE("lengths that lie end the connection as soon as they are seen", "[remoting]") {
  const auto fault = [](const char* hex) { return FaultOf(FromHex(hex)).message(); };
  CHECK_THAT(fault("ffffffff00000000"), ContainsSubstring("length -1"));
  CHECK_THAT(fault("8000000000000000"), ContainsSubstring("length -2147483648"));
  CHECK_THAT(fault("0000000000000000"), ContainsSubstring("length 0"));
  CHECK_THAT(fault("0000000300000000"), ContainsSubstring("length 3"));
  CHECK_THAT(fault("7fffffff00000001"), ContainsSubstring("2147483651 bytes; at most 4456448"));
  CHECK_THAT(fault("0000000800000005"),
             ContainsSubstring("header of 5 bytes in a frame of length 8"));
  CHECK_THAT(fault("00000004ffffffff"), ContainsSubstring("header encoding 255"));
  CHECK_THAT(fault("0000001002000000"), ContainsSubstring("header encoding 2"));
  CHECK_THAT(fault("0003000000010001"), ContainsSubstring("65537 bytes; at most 65536"));
  CHECK(FaultOf(FromHex("0000000400000000")).ok());
}

TEST_CASE("limits hold to the byte", "[remoting]") {
  FrameLimits limits;
  limits.frame_bytes_max = 100;
  CHECK(FaultOf(FromHex("0000006000000010"), limits).ok());
  CHECK_FALSE(FaultOf(FromHex("0000006100000010"), limits).ok());
  limits.header_bytes_max = 16;
  CHECK(FaultOf(FromHex("0000006000000010"), limits).ok());
  CHECK_FALSE(FaultOf(FromHex("0000006000000011"), limits).ok());
}

TEST_CASE("after a fault nothing is taken any more", "[remoting]") {
  FrameAssembler assembler((FrameLimits()));
  const std::string bad = FromHex("ffffffff00000000");
  Bytes piece(bad);
  REQUIRE_FALSE(assembler.Take(&piece).has_value());
  const std::string good = FrameAround(kHeader);
  piece = Bytes(good);
  CHECK_FALSE(assembler.Take(&piece).has_value());
}

TEST_CASE("memory follows the bytes that came", "[remoting]") {
  // A frame of 4 MiB is promised, eight bytes come: 100,000 such connections have to fit.
  std::vector<FrameAssembler> assemblers(100'000, FrameAssembler(FrameLimits()));
  const std::string start = FromHex("0040000000000010");
  for (FrameAssembler& assembler : assemblers) {
    Bytes piece(start);
    CHECK_FALSE(REQUIRE_VALUE(assembler.Take(&piece)).has_value());
  }
}

TEST_CASE("a body outlives the connection that it came on", "[remoting]") {
  std::optional<Command> command;
  {
    const std::string bytes = FrameAround(kHeader);
    std::string with_body = bytes + "body";
    with_body[3] = static_cast<char>(with_body[3] + 4);
    command = Decoded(with_body);
  }
  CHECK(command->body.text() == "body");
}

TEST_CASE("frames that no receiver takes are not made", "[remoting]") {
  Command command = Request(RequestCode::kHeartBeat, 1);
  CHECK_FALSE(EncodeHead(command, 16u << 20).has_value());
  const auto head = REQUIRE_VALUE(EncodeHead(command, 1000));
  CHECK(ToHex(Bytes(head)).starts_with(Format("{:08x}", head.size() - 4 + 1000)));
  command.remark = std::string((16u << 20) + 1, 'x');
  CHECK_FALSE(EncodeHead(command, 0).has_value());
}

}  // namespace
}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "src/base/java_text.h"
#include "src/config/java_json.h"
#include "src/server/remoting/frame.h"
#include "tests/support/catch.h"

namespace tidemark::remoting {

inline std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

inline std::string ToHex(Bytes bytes) {
  std::string hex;
  for (const std::byte byte : bytes.span()) hex += Format("{:02x}", static_cast<int>(byte));
  return hex;
}

/// The lines of what stock RocketMQ 5.3.3 put on the wire (run-java 5.3.3 Commands) that have the
/// member `kind`.
inline std::vector<Json> JavaLines(std::string_view kind) {
  std::ifstream in(std::string(TM_TEST_DATA) + "/java.jsonl");
  REQUIRE(in.good());
  std::vector<Json> lines;
  for (std::string line; std::getline(in, line);) {
    Json document = REQUIRE_VALUE(ParseJavaJson(line));
    if (document.Find(kind) != nullptr) lines.push_back(std::move(document));
  }
  REQUIRE_FALSE(lines.empty());
  return lines;
}

inline std::string TextOf(const Json& line, std::string_view name) {
  const Json* member = line.Find(name);
  REQUIRE(member != nullptr);
  REQUIRE(member->text() != nullptr);
  return *member->text();
}

/// The body of that name.
inline std::string JavaBody(std::string_view name) {
  for (const Json& line : JavaLines("bodyOf")) {
    if (TextOf(line, "bodyOf") == name) return FromHex(TextOf(line, "body"));
  }
  FAIL("no body " << name);
  return "";
}

/// The one frame that `bytes` are.
inline Frame WholeFrame(Bytes bytes) {
  FrameAssembler assembler((FrameLimits()));
  auto frame = REQUIRE_VALUE(assembler.Take(&bytes));
  REQUIRE(frame.has_value());
  REQUIRE(bytes.empty());
  return *frame;
}

inline Command Decoded(const std::string& bytes) {
  return REQUIRE_VALUE(DecodeCommand(WholeFrame(bytes), FrameLimits()));
}

/// A frame around any header text.
inline std::string FrameAround(std::string_view header, int encoding = 0) {
  const auto size = static_cast<std::uint32_t>(header.size());
  std::string frame;
  for (const std::uint32_t word : {size + 4, size | (static_cast<std::uint32_t>(encoding) << 24)}) {
    for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(word >> shift);
  }
  return frame + std::string(header);
}

}  // namespace tidemark::remoting

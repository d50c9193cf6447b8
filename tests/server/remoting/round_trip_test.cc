// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include "src/server/remoting/batch_body.h"
#include "src/server/remoting/send_headers.h"
#include "tests/server/remoting/wire_data.h"

namespace tidemark::remoting {
namespace {

/// Well-formed text that is not empty, special characters often.
std::string AnyText() {
  const auto parts =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "\"", "\\", "/", "\n", "\x01", "\x02", std::string(1, '\0'), "\x7F", "\xC2\x80",
          "\xC3\xA4", "\xE2\x80\xA8", "\xF0\x9F\x8C\x8A", "true", "12")));
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

Command AnyCommand() {
  Command command;
  command.encoding = *rc::gen::element(HeaderEncoding::kJson, HeaderEncoding::kBinary);
  command.code = *rc::gen::arbitrary<std::int16_t>();
  command.version = *rc::gen::arbitrary<std::int16_t>();
  command.language = LanguageOf(std::int64_t{*rc::gen::inRange(0, 14)});
  command.opaque = *rc::gen::arbitrary<std::int32_t>();
  command.flag = *rc::gen::inRange(0, 4) | kFlagResponse;
  if (*rc::gen::arbitrary<bool>()) command.remark = AnyText();
  const int fields = *rc::gen::inRange(0, 20);
  for (int i = 0; i < fields; ++i) command.fields.Set(AnyText(), AnyText());
  command.has_fields = !command.fields.empty();
  command.body = Body::Owning(*rc::gen::arbitrary<std::string>());
  return command;
}

TEST_CASE("every command is read as it was written", "[remoting]") {
  CHECK(rc::check([] {
    const Command command = AnyCommand();
    const auto bytes = EncodeFrame(command);
    RC_ASSERT(bytes.has_value());
    FrameAssembler assembler((FrameLimits()));
    std::optional<Frame> frame;
    Bytes rest(*bytes);
    while (!rest.empty()) {
      RC_ASSERT(!frame.has_value());
      const auto size = *rc::gen::inRange<std::size_t>(1, rest.size() + 1);
      Bytes piece = rest.span().first(size);
      auto taken = assembler.Take(&piece);
      RC_ASSERT(taken.has_value() && piece.empty());
      frame = *taken;
      rest = rest.span().subspan(size);
    }
    RC_ASSERT(frame.has_value());
    const auto read = DecodeCommand(*frame, FrameLimits());
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->code == command.code && read->opaque == command.opaque);
    RC_ASSERT(read->flag == command.flag && read->version == command.version);
    RC_ASSERT(read->language == command.language && read->encoding == command.encoding);
    RC_ASSERT(read->remark == command.remark);
    RC_ASSERT(read->fields == command.fields && read->has_fields == command.has_fields);
    RC_ASSERT(read->body.text() == command.body.text());
  }));
}

TEST_CASE("of any bytes a frame is made or refused, and what is made is whole", "[remoting]") {
  CHECK(rc::check([] {
    auto bytes = REQUIRE_VALUE(EncodeFrame(AnyCommand()));
    const int changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] =
          static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());
    }
    FrameAssembler assembler((FrameLimits()));
    Bytes rest(bytes);
    while (!rest.empty()) {
      const auto frame = assembler.Take(&rest);
      if (!frame.has_value()) return;
      if (!frame->has_value()) continue;
      const auto command = DecodeCommand(**frame, FrameLimits());
      if (!command.has_value()) continue;
      RC_ASSERT(command->fields.size() <= FrameLimits().fields_max);
      const auto again = EncodeFrame(*command);
      RC_ASSERT(again.has_value());
      RC_ASSERT(Decoded(std::string(Bytes(*again).text())).fields == command->fields);
    }
  }));
}

TEST_CASE("every batch is read as it was written", "[remoting]") {
  CHECK(rc::check([] {
    const auto texts =
        *rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<std::pair<std::string, std::string>>>());
    std::vector<BatchEntry> entries;
    for (const auto& [body, properties] : texts) {
      entries.push_back({*rc::gen::arbitrary<std::int32_t>(), Bytes(body), properties});
    }
    const auto bytes = EncodeBatchBody(entries);
    RC_ASSERT(bytes.has_value());
    const auto read = DecodeBatchBody(*bytes);
    RC_ASSERT(read.has_value() && read->size() == entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      RC_ASSERT((*read)[i].flag == entries[i].flag);
      RC_ASSERT((*read)[i].body.text() == entries[i].body.text());
      RC_ASSERT((*read)[i].properties == entries[i].properties);
    }
  }));
}

}  // namespace
}  // namespace tidemark::remoting

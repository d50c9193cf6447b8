// SPDX-License-Identifier: Apache-2.0
// Any bytes as a connection's stream, in pieces that the first byte chooses: frames come out as
// they would in one piece, are read, and are the same when they are written and read again.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/base/check.h"
#include "src/server/remoting/frame.h"

namespace tidemark::remoting {
namespace {

std::vector<Frame> Assemble(Bytes stream, std::size_t piece_bytes, bool* failed) {
  FrameAssembler assembler((FrameLimits()));
  std::vector<Frame> frames;
  for (std::size_t at = 0; at < stream.size() && !*failed; at += piece_bytes) {
    Bytes piece = stream.span().subspan(at, std::min(piece_bytes, stream.size() - at));
    while (!piece.empty()) {
      auto frame = assembler.Take(&piece);
      *failed = !frame.has_value();
      if (*failed) break;
      if (frame->has_value()) frames.push_back(**frame);
    }
  }
  return frames;
}

void Look(const Frame& frame) {
  const FrameLimits limits;
  const auto command = DecodeCommand(frame, limits);
  if (!command.has_value()) return;
  TM_CHECK(command->fields.size() <= limits.fields_max);
  TM_CHECK(command->body.bytes().size() == frame.body.size());
  const auto bytes = EncodeFrame(*command);
  TM_CHECK(bytes.has_value(), "{}", bytes.error().message());
  FrameAssembler assembler(FrameLimits{.frame_bytes_max = 16u << 20, .header_bytes_max = 1u << 20});
  Bytes rest(*bytes);
  const auto again = assembler.Take(&rest);
  TM_CHECK(again.has_value() && again->has_value() && rest.empty());
  const auto read = DecodeCommand(**again, FrameLimits{.header_bytes_max = 1u << 20});
  TM_CHECK(read.has_value(), "{}", read.error().message());
  TM_CHECK(read->opaque == command->opaque && read->flag == command->flag);
  TM_CHECK(read->fields == command->fields);
}

}  // namespace
}  // namespace tidemark::remoting

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemark;
  using namespace tidemark::remoting;
  if (size == 0) return 0;
  const Bytes stream(std::as_bytes(std::span(data + 1, size - 1)));
  bool whole_failed = false;
  bool pieces_failed = false;
  const auto whole = Assemble(stream, std::max<std::size_t>(1, stream.size()), &whole_failed);
  const auto pieces = Assemble(stream, std::size_t{1} + data[0], &pieces_failed);
  TM_CHECK(whole_failed == pieces_failed && whole.size() == pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    TM_CHECK(whole[i].header.text() == pieces[i].header.text());
    TM_CHECK(whole[i].body.text() == pieces[i].body.text());
    Look(whole[i]);
  }
  return 0;
}

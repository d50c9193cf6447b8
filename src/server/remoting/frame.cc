// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/frame.h"

#include <algorithm>
#include <limits>

#include "src/base/byte_order.h"
#include "src/base/status.h"
#include "src/server/remoting/binary_header.h"
#include "src/server/remoting/json_header.h"

namespace tidemark::remoting {
namespace {

constexpr std::size_t kStartBytes = 8;
constexpr std::size_t kEncodingAt = 4;
constexpr std::uint32_t kHeaderLengthMask = 0xFFFFFF;
/// What Java accepts, length field included.
constexpr std::size_t kJavaFrameBytesMax = 16u << 20;

}  // namespace

std::size_t FrameAssembler::Wanted() const {
  return (frame_bytes_ == 0 ? kStartBytes : frame_bytes_) - bytes_.size();
}

Status FrameAssembler::CheckStart() {
  const auto length = LoadBig<std::int32_t>(bytes_.data());
  const auto encoding = std::to_integer<int>(bytes_[kEncodingAt]);
  const auto header = LoadBig<std::uint32_t>(bytes_.data() + kEncodingAt) & kHeaderLengthMask;
  if (length < 4) return InvalidArgument("a frame of length {}", length);
  const auto inside = static_cast<std::size_t>(length);
  if (inside + 4 > limits_.frame_bytes_max) {
    return InvalidArgument("a frame of {} bytes; at most {} are taken", inside + 4,
                           limits_.frame_bytes_max);
  }
  if (encoding > static_cast<int>(HeaderEncoding::kBinary)) {
    return InvalidArgument("header encoding {}; 0 and 1 are known", encoding);
  }
  if (header > inside - 4) {
    return InvalidArgument("a header of {} bytes in a frame of length {}", header, inside);
  }
  if (header > limits_.header_bytes_max) {
    return InvalidArgument("a header of {} bytes; at most {} are taken", header,
                           limits_.header_bytes_max);
  }
  header_bytes_ = header;
  frame_bytes_ = inside + 4;
  return {};
}

Result<std::optional<Frame>> FrameAssembler::Take(Bytes* piece) {
  TM_RETURN_IF_ERROR(failed_);
  while (!piece->empty() && Wanted() > 0) {
    const auto taken = piece->span().first(std::min(piece->size(), Wanted()));
    bytes_.insert(bytes_.end(), taken.begin(), taken.end());
    *piece = piece->span().subspan(taken.size());
    if (frame_bytes_ > 0 || bytes_.size() < kStartBytes) continue;
    failed_ = CheckStart();
    TM_RETURN_IF_ERROR(failed_);
  }
  if (frame_bytes_ == 0 || Wanted() > 0) return std::optional<Frame>();

  Frame frame;
  frame.encoding = static_cast<HeaderEncoding>(bytes_[kEncodingAt]);
  frame.owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes_));
  const auto behind_start = std::span(*frame.owner).subspan(kStartBytes);
  frame.header = behind_start.first(header_bytes_);
  frame.body = behind_start.subspan(header_bytes_);
  bytes_.clear();
  frame_bytes_ = 0;
  return std::optional<Frame>(std::move(frame));
}

Result<Command> DecodeCommand(const Frame& frame, const FrameLimits& limits) {
  auto command = frame.encoding == HeaderEncoding::kJson
                     ? DecodeJsonHeader(frame.header.text(), limits)
                     : DecodeBinaryHeader(frame.header, limits);
  if (!command.has_value()) return Prefix("header of a frame", command.error());
  command->encoding = frame.encoding;
  command->body = Body(frame.body, frame.owner);
  return command;
}

Result<std::vector<std::byte>> EncodeHead(const Command& command, std::size_t body_bytes) {
  const std::string header = command.encoding == HeaderEncoding::kJson
                                 ? EncodeJsonHeader(command)
                                 : EncodeBinaryHeader(command);
  const std::size_t frame_bytes = kStartBytes + header.size() + body_bytes;
  if (header.size() > kHeaderLengthMask || frame_bytes > kJavaFrameBytesMax) {
    return InvalidArgument("a frame of {} bytes with a header of {}; receivers take {} and {}",
                           frame_bytes, header.size(), kJavaFrameBytesMax, kHeaderLengthMask);
  }
  std::vector<std::byte> head(kStartBytes);
  StoreBig(head.data(), static_cast<std::int32_t>(frame_bytes - 4));
  StoreBig(head.data() + kEncodingAt, static_cast<std::uint32_t>(header.size()));
  head[kEncodingAt] = static_cast<std::byte>(command.encoding);
  const auto bytes = Bytes(header).span();
  head.insert(head.end(), bytes.begin(), bytes.end());
  return head;
}

Result<std::vector<std::byte>> EncodeFrame(const Command& command) {
  TM_ASSIGN_OR_RETURN(std::vector<std::byte> frame,
                      EncodeHead(command, command.body.bytes().size()));
  const auto body = command.body.bytes().span();
  frame.insert(frame.end(), body.begin(), body.end());
  return frame;
}

}  // namespace tidemark::remoting

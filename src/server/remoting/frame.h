// SPDX-License-Identifier: Apache-2.0
#pragma once

// A frame, integers big-endian:
//   0  i32  length: the bytes behind this field
//   4  u8   how the header is written (HeaderEncoding)
//   5  u24  h, the header's length
//   8  h    header: JSON text, or binary (binary_header.h)
//   8+h     body: the rest

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "src/server/remoting/command.h"
#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark::remoting {

/// What a peer may send. Whatever is larger ends its connection.
struct FrameLimits {
  std::size_t frame_bytes_max = (4u << 20) + (256u << 10);  ///< The length field included.
  std::size_t header_bytes_max = 64u << 10;
  /// A longer remark is cut: it may hold an exception's text that nobody here reads.
  std::size_t remark_bytes_max = 4u << 10;
  int json_depth_max = 8;
  std::size_t fields_max = 128;
};

/// A whole frame: its parts lie inside it and each other as they ought to.
struct Frame {
  HeaderEncoding encoding = HeaderEncoding::kJson;
  Bytes header;
  Bytes body;
  std::shared_ptr<const std::vector<std::byte>> owner;  ///< Of both.
};

/// Makes frames from the bytes of a connection as they come in. Memory follows the bytes that
/// arrived, never a length that the peer claims. Thread-bound.
class FrameAssembler {
 public:
  explicit FrameAssembler(const FrameLimits& limits) : limits_(limits) {}

  /// Takes bytes from the front of `piece`, at most to the end of a frame; call until `piece` is
  /// empty. None: the frame is not whole yet. Errors: kInvalidArgument (not a frame, or above a
  /// limit), from then on always: close the connection.
  Result<std::optional<Frame>> Take(Bytes* piece);

  /// Whether bytes of a frame are here that is not whole: the peer must go on in time.
  bool inside_frame() const { return !bytes_.empty(); }

 private:
  std::size_t Wanted() const;
  Status CheckStart();

  const FrameLimits limits_;
  std::vector<std::byte> bytes_;
  std::size_t header_bytes_ = 0;
  std::size_t frame_bytes_ = 0;  ///< 0 before its start is here.
  Status failed_;
};

/// The command in a frame; its body lies in the frame. Errors: kInvalidArgument (what is wrong with
/// the header): close the connection.
Result<Command> DecodeCommand(const Frame& frame, const FrameLimits& limits);

/// What goes in front of a body of `body_bytes`: everything of the frame but the body. Errors:
/// kInvalidArgument (no receiver takes so large a header or frame).
Result<std::vector<std::byte>> EncodeHead(const Command& command, std::size_t body_bytes);

/// The whole frame with the command's body, in one piece. Errors: as EncodeHead.
Result<std::vector<std::byte>> EncodeFrame(const Command& command);

}  // namespace tidemark::remoting

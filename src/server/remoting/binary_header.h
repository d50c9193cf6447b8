// SPDX-License-Identifier: Apache-2.0
#pragma once

// RocketMQ's compact header, integers big-endian:
//   i16 code, u8 language, i16 version, i32 opaque, i32 flag
//   i32 r, r bytes remark                 r = 0: none
//   i32 e, e bytes of parameters: i16 n, n bytes name, i32 v, v bytes value, and so on
// An empty name or value is Java's null and no parameter here.

#include <string>

#include "src/server/remoting/frame.h"

namespace tidemark::remoting {

/// The command has no body. POP request codes, cut to 16 bits by the sender, are whole again.
/// Errors: kInvalidArgument (a length that does not fit, bytes left over, a limit).
Result<Command> DecodeBinaryHeader(Bytes bytes, const FrameLimits& limits);

/// Code and version are cut to 16 bits. Fields whose name does not fit in 32,767 bytes are left
/// out.
std::string EncodeBinaryHeader(const Command& command);

}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "src/server/remoting/frame.h"

namespace tidemark::remoting {

/// Reads what fastjson reads: numbers and truth values as parameters, a language as a number or an
/// unknown word, members missing or unknown. The command has no body.
/// Errors: kInvalidArgument (no JSON, a member of the wrong kind, no `opaque`, a limit).
Result<Command> DecodeJsonHeader(std::string_view text, const FrameLimits& limits);

/// As RocketMQ 5.3.3 writes it, parameters in the order of the command.
std::string EncodeJsonHeader(const Command& command);

}  // namespace tidemark::remoting

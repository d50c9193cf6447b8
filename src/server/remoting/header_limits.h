// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/server/remoting/frame.h"

namespace tidemark::remoting {

/// The text, or its first `bytes_max` bytes without a character that would be cut in two.
std::string CutRemark(std::string text, std::size_t bytes_max);

/// Errors: kInvalidArgument (more than the limit).
Status CheckFieldCount(std::size_t fields, const FrameLimits& limits);

}  // namespace tidemark::remoting

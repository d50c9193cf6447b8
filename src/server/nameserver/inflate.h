// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark::nameserver {

inline constexpr std::size_t kInflatedBytesMax = 16u << 20;
inline constexpr std::size_t kInflatedTimesMax = 100;

/// The content of a zlib stream (RFC 1950). Errors: kInvalidArgument (no such stream, bytes behind
/// it, or content above kInflatedBytesMax or kInflatedTimesMax as long as the stream).
Result<std::string> Inflate(Bytes stream);

}  // namespace tidemark::nameserver

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/types.h"

namespace tidemark::tool {

/// Lower-case hex.
std::string Sha256(Bytes bytes);

/// The body as a consumer sees it: inflated as bits 8 to 10 of `sys_flag` say (0 and 3 zlib, 1 LZ4
/// frames, 2 Zstandard). None: the bytes are not what the flag says, or above 1 GiB.
std::optional<std::string> Plain(Bytes body, std::int32_t sys_flag);

std::string Base64(Bytes bytes);
/// None: no base64.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace tidemark::tool

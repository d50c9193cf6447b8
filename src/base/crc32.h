// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tidemark/types.h"

namespace tidemark {

/// CRC-32 (IEEE 802.3) with its top bit cleared, as RocketMQ stores it everywhere; 0 for nothing.
std::uint32_t RocketCrc32(Bytes bytes);

}  // namespace tidemark

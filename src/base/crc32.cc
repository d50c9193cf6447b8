// SPDX-License-Identifier: Apache-2.0
#include "src/base/crc32.h"

#include <libdeflate.h>

namespace tidemark {

std::uint32_t RocketCrc32(Bytes bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size()) & 0x7FFFFFFFu;
}

}  // namespace tidemark

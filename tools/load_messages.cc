// SPDX-License-Identifier: Apache-2.0
#include "tools/load_messages.h"

namespace tidemark::tool {

std::string LoadMessages::Body(std::int64_t seq) const {
  std::string body(static_cast<std::size_t>(size_), '\0');
  std::uint64_t state = (seed_ << 32) + static_cast<std::uint64_t>(seq);
  for (std::size_t i = 0; i < body.size();) {
    state += 0x9E3779B97F4A7C15u;
    std::uint64_t bits = state;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    bits ^= bits >> 31;
    for (int k = 0; k < 8 && i < body.size(); ++k, ++i, bits >>= 8) {
      body[i] = static_cast<char>(bits & 0xFF);
    }
  }
  return body;
}

}  // namespace tidemark::tool

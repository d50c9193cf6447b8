// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/header_limits.h"

#include "src/base/status.h"

namespace tidemark::remoting {

std::string CutRemark(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  text.resize(bytes_max);
  return text;
}

Status CheckFieldCount(std::size_t fields, const FrameLimits& limits) {
  if (fields <= limits.fields_max) return {};
  return InvalidArgument("{} parameters; at most {} are taken", fields, limits.fields_max);
}

}  // namespace tidemark::remoting

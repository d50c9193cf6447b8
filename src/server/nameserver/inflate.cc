// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/inflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "src/base/check.h"
#include "src/base/status.h"

namespace tidemark::nameserver {

Result<std::string> Inflate(Bytes stream) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> inflater(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  TM_CHECK(inflater != nullptr, "out of memory");
  const std::size_t bytes_max = std::min(kInflatedBytesMax, stream.size() * kInflatedTimesMax);
  // Nothing says how long the content is: room that doubles costs at most the work of two passes.
  for (std::size_t room = std::min(bytes_max, 4 * stream.size());;
       room = std::min(bytes_max, 2 * room)) {
    std::string content(room, '\0');
    std::size_t consumed = 0;
    std::size_t produced = 0;
    const libdeflate_result result = libdeflate_zlib_decompress_ex(
        inflater.get(), stream.data(), stream.size(), content.data(), room, &consumed, &produced);
    if (result == LIBDEFLATE_SUCCESS && consumed == stream.size()) {
      content.resize(produced);
      return content;
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
      return InvalidArgument("{} bytes are no zlib stream", stream.size());
    }
    if (room == bytes_max) {
      return InvalidArgument("{} bytes inflate to more than {}", stream.size(), bytes_max);
    }
  }
}

}  // namespace tidemark::nameserver

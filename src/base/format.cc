// SPDX-License-Identifier: Apache-2.0

// Debian has no static fmt, and a library that embedders link should not bring a shared one along.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

#include "src/base/format.h"

namespace tidemark {

std::string FormatArguments(fmt::string_view format, fmt::format_args arguments) {
  return fmt::vformat(format, arguments);
}

}  // namespace tidemark

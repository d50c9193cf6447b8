// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// What is wrong with a text that should be one JSON value, as RocketMQ's files in config/ are:
/// members may have bare numbers for names. None: nothing. `position` is where.
struct JsonFault {
  std::size_t position = 0;
  std::string why;
};
std::optional<JsonFault> FindJsonFault(std::string_view text);

}  // namespace tidemark

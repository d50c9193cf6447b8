// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <string>

namespace tidemark {

/// fmt::vformat, compiled once: fmt's engine in every file would triple the time of a build.
std::string FormatArguments(fmt::string_view format, fmt::format_args arguments);

/// fmt::format: the format is checked when this compiles.
template <typename... Args>
std::string Format(fmt::format_string<Args...> format, Args&&... args) {
  return FormatArguments(format, fmt::make_format_args(args...));
}

}  // namespace tidemark

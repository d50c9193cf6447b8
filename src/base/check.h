// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/base/format.h"

namespace tidemark::internal {

/// Prints where and why to standard error and ends the process.
[[noreturn]] void FailCheck(const char* file, int line, const char* condition, std::string detail);

}  // namespace tidemark::internal

/// An assumption about our own code, checked in every build: a violation ends the process with the
/// values given. What disk, network or caller may get wrong is a Status instead.
#define TM_CHECK(condition, ...)                                                               \
  do {                                                                                         \
    if (!(condition)) [[unlikely]]                                                             \
      ::tidemark::internal::FailCheck(__FILE__, __LINE__, #condition, Format("" __VA_ARGS__)); \
  } while (false)

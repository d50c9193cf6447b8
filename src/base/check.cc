// SPDX-License-Identifier: Apache-2.0
#include "src/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tidemark::internal {

void FailCheck(const char* file, int line, const char* condition, std::string detail) {
  std::fprintf(stderr, "%s:%d: check failed: %s%s%s\n", file, line, condition,
               detail.empty() ? "" : ": ", detail.c_str());
  std::abort();
}

}  // namespace tidemark::internal

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tidemark/status.h"

/// Returns the Status that `expression` gives, if it is an error.
#define BENCH_TRY(expression)                                   \
  do {                                                          \
    if (::tidemark::Status tried = (expression); !tried.ok()) { \
      return tried;                                             \
    }                                                           \
  } while (false)

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "src/base/status.h"
#include "tidemark/options.h"

namespace tidemark {

/// Errors: kInvalidArgument, with the option that makes no sense.
Status CheckStoreOptions(const StoreOptions& options);

/// Makes "never" and "without bound" of values so large that sums with them would not fit.
void BoundStoreOptions(StoreOptions& options);

/// How many bytes a store with these options may ever have unsynced.
std::int64_t UnsyncedHardMax(const StoreOptions& options);

}  // namespace tidemark

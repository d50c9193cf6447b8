// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/recovery/log_end.h"

namespace tidemark {

/// Why a log that ends there is damaged: the place, how much of what was durable it lacks, and the
/// messages behind it.
std::string DescribeDamage(const SegmentedFile& segments, const LogEnd& log_end, LogOffset durable);

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace tidemark {

/// Whether RocketMQ loads an index file of this name: a decimal number that fits into 64 bits.
bool IsIndexFileName(std::string_view name);

/// The name of a new index file: the wall clock in local time as 17 digits, yyyyMMddHHmmssSSS.
/// RocketMQ orders the files by name, so the result is made to sort behind `last`, the largest name
/// there has been ("" for none), whatever the clock says.
/// Errors: kFailedPrecondition (no 17-digit name sorts behind `last`).
Result<std::string> NextIndexFileName(std::chrono::nanoseconds wall, std::string_view last);

}  // namespace tidemark

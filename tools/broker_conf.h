// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tidemark/options.h"
#include "tidemark/status.h"

namespace tidemark::tool {

/// The sizes that a broker.conf (lines of `key=value`) names. Errors: kNotFound, kInvalidArgument.
Result<FileSizes> SizesFromBrokerConf(const std::string& path);

}  // namespace tidemark::tool

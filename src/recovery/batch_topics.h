// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "src/io/io.h"

namespace tidemark {

/// Adds the topics that `topics.json` says have BatchCQ queues. Errors: as ConfigFile::Load.
Status FindBatchTopics(io::FileSystem& files, const std::filesystem::path& root,
                       std::set<std::string, std::less<>>& topics);

}  // namespace tidemark

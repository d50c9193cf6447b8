// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tidemark::bench {

/// What figures depend on.
struct Machine {
  std::string cpu = {};
  unsigned cores = 0;
  std::string kernel = {};
  std::string file_system = {};  ///< Of the directory.
  double load = 0;               ///< Threads that wanted to run, over the last minute.
};

Machine DescribeMachine(const std::filesystem::path& directory);

}  // namespace tidemark::bench

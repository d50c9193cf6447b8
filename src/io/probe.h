// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "tidemark/io.h"

namespace tidemark::io {

constexpr std::size_t kRingUses = 2;

/// Which uses io_uring serves, by RingUse, and why.
struct PathChoice {
  std::array<bool, kRingUses> io_uring{};
  bool prefers_written_blocks = false;
  bool measured = false;
  std::string reason;  ///< One line.
};

/// Measures on unnamed files in `directory`, by `clock`, which path is faster for which use: about
/// ten milliseconds on a fast disk, some forty syncs at least on a slow one. Whatever stands
/// against measuring, the choice is pread and pwrite, and the reason says so.
PathChoice ChoosePath(Clock& clock, const std::filesystem::path& directory);

}  // namespace tidemark::io

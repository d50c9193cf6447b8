// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/io/probe.h"

namespace tidemark::io {

/// What ChoosePath measured, and where.
struct PathMemory {
  std::uint64_t device = 0;     ///< st_dev of the directory.
  std::string kernel;           ///< Its release.
  std::int64_t measured_s = 0;  ///< Since the Unix epoch.
  PathChoice choice;
};

/// Lines of text, for people as well: "tidemark io-path 1", then one "name value" for each field,
/// and at last "checksum" with XXH3 of all before it, in hex.
std::string EncodePathMemory(const PathMemory& memory);

/// Nothing when the text is not whole, or of another version.
std::optional<PathMemory> DecodePathMemory(std::string_view text);

/// Whether what was measured then need not be measured again: the same device, the same kernel,
/// and not long ago.
bool StillHolds(const PathMemory& then, const PathMemory& now);

}  // namespace tidemark::io

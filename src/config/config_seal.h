// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "src/io/io.h"

namespace tidemark {

/// What a configuration file held when we wrote it, so that a flipped digit, which is still JSON,
/// is noticed.
///
/// File `tidemark/config/<name>`, little-endian: 0 u64 XXH3 of the content; 8 u64 XXH3 of the
/// content before; 16 u64 XXH3 of bytes 0..15. It is replaced before the configuration file is: a
/// crash between the two leaves the content before.
class ConfigSeal {
 public:
  static std::filesystem::path PathOf(const std::filesystem::path& root, std::string_view name) {
    return root / "tidemark" / "config" / name;
  }

  /// `files` outlives this.
  ConfigSeal(io::FileSystem& files, std::filesystem::path path)
      : files_(files), path_(std::move(path)) {}

  /// Whether `content` is what was written; none when nothing whole tells.
  Result<std::optional<bool>> Fits(std::string_view content) const;

  /// `content` is about to replace `before`, durably when this returns.
  Status Write(std::string_view content, std::string_view before) const;

 private:
  io::FileSystem& files_;
  const std::filesystem::path path_;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "src/config/config_seal.h"
#include "src/io/io.h"

namespace tidemark {

/// One JSON file of `config/` and the copy of its last content beside it, `<file>.bak`. A broker
/// overwrites its files in place, so that a power cut leaves empty ones: then the copy counts.
/// Thread-compatible.
class ConfigFile {
 public:
  /// What to make of a file's content; an error means that it is damaged.
  using Parse = std::function<Status(std::string_view content)>;

  /// `config/<name>` of the store in `root`. `files` outlives this.
  ConfigFile(io::FileSystem& files, const std::filesystem::path& root, std::string_view name);

  /// Gives the file's content to `parse`; if it is missing, empty or damaged, the copy's; if there
  /// is no copy either, nothing. Returns a sentence for the log when it was not simply the file as
  /// it was saved.
  /// Errors: kDataLoss (both are damaged, or the copy is and the file is missing or empty).
  Result<std::string> Load(const Parse& parse);

  /// Replaces the file; a crash leaves the old content or the new. What was there before becomes
  /// the copy first; if Load found it damaged it becomes `<file>.damaged` instead. The directory is
  /// made when it is missing.
  Status Save(std::string_view content);

  const std::filesystem::path& path() const { return path_; }

 private:
  Result<std::string> ReadIfThere(const std::filesystem::path& path);

  io::FileSystem& files_;
  std::filesystem::path path_;
  std::filesystem::path backup_;
  const ConfigSeal seal_;
  bool damaged_ = false;  ///< The file's content must not become the copy.
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace tidemark::bench {

/// A new folder in `parent`, removed with all that is in it, also when the process is told to end
/// (SIGINT, SIGTERM). One in a process, made before there is another thread.
class Scratch {
 public:
  /// Its path is empty when it could not be made.
  explicit Scratch(const std::filesystem::path& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tidemark::bench

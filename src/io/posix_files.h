// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "src/io/posix_file.h"

namespace tidemark::io {

/// The names and files of this computer's kernel. Files are made 0600, directories 0700.
class PosixFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::filesystem::path& path, Access access) override;
  Result<std::unique_ptr<File>> CreateWhole(const std::filesystem::path& path, std::uint64_t size,
                                            Blocks blocks) override;
  Result<std::vector<DirectoryEntry>> List(const std::filesystem::path& directory) override;
  Result<FileInfo> Stat(const std::filesystem::path& path) override;
  Status CreateDirectory(const std::filesystem::path& path) override;
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status Remove(const std::filesystem::path& path) override;
  Result<SpaceInfo> Space(const std::filesystem::path& path) override;
};

/// An empty file in `directory` that never has a name unless it is given one (O_TMPFILE).
/// Errors: kFailedPrecondition (the file system has no such files).
Result<std::unique_ptr<PosixFile>> CreateUnnamed(const std::filesystem::path& directory);

}  // namespace tidemark::io

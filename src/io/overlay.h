// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "src/base/mutex.h"
#include "src/io/overlay_file.h"

namespace tidemark::io {

/// The names and files of `base` with changes kept in memory. Thread-safe. `base` must not change
/// meanwhile. Names are compared as they are written, after "." and ".." are resolved: the same
/// file by way of a symbolic link is another.
class OverlayFiles final : public FileSystem {
 public:
  OverlayFiles(FileSystem& base, Clock& clock) : base_(base), clock_(clock) {}

  Result<std::unique_ptr<File>> Open(const std::filesystem::path& path, Access access) override;
  Result<std::unique_ptr<File>> CreateWhole(const std::filesystem::path& path, std::uint64_t size,
                                            Blocks blocks) override;
  Result<std::vector<DirectoryEntry>> List(const std::filesystem::path& directory) override;
  Result<FileInfo> Stat(const std::filesystem::path& path) override;
  Status CreateDirectory(const std::filesystem::path& path) override;
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status Remove(const std::filesystem::path& path) override;
  /// That of the base: what is kept here takes none of it.
  Result<SpaceInfo> Space(const std::filesystem::path& path) override;

 private:
  using Node = std::shared_ptr<OverlayNode>;

  /// The node behind a name, made from the base's file when it is met first.
  Result<Node> Find(const std::string& name) REQUIRES(mutex_);
  /// The directory that holds `name`.
  Result<Node> FindParent(const std::string& name) REQUIRES(mutex_);
  /// Where the base has a name without an entry in names_; empty when it has no part in it.
  std::filesystem::path BasePath(const std::string& name) REQUIRES(mutex_);
  /// The entries of a directory: its names, and which are directories.
  Result<std::map<std::string, bool>> Entries(const std::string& name, const OverlayNode& directory)
      REQUIRES(mutex_);
  Status RequireEmpty(const std::string& name, const OverlayNode& directory) REQUIRES(mutex_);
  /// A new file or directory of that name, which is free.
  Result<Node> Create(const std::string& name, bool directory) REQUIRES(mutex_);
  /// Takes out what names_ has below a directory, by the rest of the name.
  std::map<std::string, Node> TakeBelow(const std::string& name) REQUIRES(mutex_);

  FileSystem& base_;
  Clock& clock_;
  Mutex mutex_;
  /// By full name: what was met or changed. Null: removed here. Names that are absent are those of
  /// the nearest directory above that is present, or else of the base.
  std::map<std::string, Node> names_ GUARDED_BY(mutex_);
  std::uint64_t inodes_made_ GUARDED_BY(mutex_) = 0;
};

}  // namespace tidemark::io

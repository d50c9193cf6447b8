// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <memory>

#include "src/base/mutex.h"
#include "tidemark/io.h"

namespace tidemark::io {

/// A file or directory as the overlay shows it: what the base has, and the pages written since.
/// Thread-safe.
class OverlayNode {
 public:
  static constexpr std::uint64_t kPageBytes = 64 << 10;

  /// `base_path` is where `base` has the file; empty for a new one.
  OverlayNode(FileSystem& base, Clock& clock, std::filesystem::path base_path, FileInfo info)
      : base_(base),
        clock_(clock),
        base_path_(std::move(base_path)),
        base_bytes_(base_path_.empty() ? 0 : info.size_bytes),
        directory_(info.directory),
        info_(info) {}

  /// The base's file, for one handle; null for a new file or a directory.
  Result<std::shared_ptr<File>> OpenBase();

  Result<std::size_t> ReadAt(File* base, std::uint64_t offset, ReadBuffer out);
  /// Fewer bytes than given only when the base fails to tell what stands around them.
  Result<std::size_t> WriteAt(File* base, std::uint64_t offset, WriteBuffer data);
  /// Makes the file at least so long, and counts blocks up to there when `allocated`.
  void Extend(std::uint64_t size, bool allocated);

  FileInfo Info();
  /// A name was given, changed or taken; `links` is how many there are now.
  void SetLinks(std::uint64_t links);
  /// Dated now: an entry of this directory changed.
  void Touch();

  bool directory() const { return directory_; }
  const std::filesystem::path& base_path() const { return base_path_; }

 private:
  using Page = std::array<std::byte, kPageBytes>;

  /// Writes inside one page. `zero`: nothing but zeroes.
  Status WritePage(File* base, std::uint64_t offset, WriteBuffer data, bool zero) REQUIRES(mutex_);

  FileSystem& base_;
  Clock& clock_;
  const std::filesystem::path base_path_;
  const std::uint64_t base_bytes_;
  const bool directory_;
  Mutex mutex_;
  FileInfo info_ GUARDED_BY(mutex_);
  /// By page number: what was written. Null: all zero. Absent: the base's bytes, zero behind them.
  std::map<std::uint64_t, std::unique_ptr<Page>> pages_ GUARDED_BY(mutex_);
};

/// A handle of a node.
std::unique_ptr<File> NewOverlayFile(std::shared_ptr<OverlayNode> node, std::shared_ptr<File> base,
                                     std::string path, bool writable);

}  // namespace tidemark::io

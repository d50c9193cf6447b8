// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "tidemark/io.h"

namespace tidemark::io {

/// A file of this computer's kernel. Thread-safe.
class PosixFile final : public File {
 public:
  enum class Kind : std::uint8_t {
    kFile,
    kCachedFile,  ///< Read only as far as it is in the page cache.
    kDirectory,
  };

  /// Takes the descriptor over and closes it in the end.
  PosixFile(int fd, std::string path, Kind kind) : fd_(fd), path_(std::move(path)), kind_(kind) {}
  ~PosixFile() override;

  Result<std::size_t> ReadAt(std::uint64_t offset, ReadBuffer out) override;
  Result<std::size_t> WriteAt(std::uint64_t offset, std::span<const WriteBuffer> data) override;
  Status Sync() override;
  Status Allocate(std::uint64_t offset, std::uint64_t length) override;
  Status SyncFileSystem() override;
  Result<FileInfo> Stat() override;
  Result<bool> TryLock() override;

  /// Everything to the device, times and size too (fsync): for a file about to get its name.
  Status SyncWithMetadata();

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  Kind kind() const { return kind_; }

 private:
  Status AllocateByWriting(std::uint64_t offset, std::uint64_t length);

  const int fd_;
  const std::string path_;
  const Kind kind_;
};

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tidemark/io.h"

namespace tidemark::io {

/// A file descriptor, closed when the last owner lets go. A ring that has the file registered keeps
/// a weak reference: the address of the control block tells a new file from one that is gone.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int fd() const { return fd_; }

 private:
  const int fd_;
};

/// A file of this computer's kernel. Thread-safe.
class PosixFile final : public File {
 public:
  enum class Kind : std::uint8_t {
    kFile,
    kCachedFile,  ///< Read only as far as it is in the page cache.
    kDirectory,
  };

  PosixFile(std::shared_ptr<const Descriptor> descriptor, std::string path, Kind kind)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), kind_(kind) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, ReadBuffer out) override;
  Result<std::size_t> WriteAt(std::uint64_t offset, std::span<const WriteBuffer> data) override;
  Status Sync() override;
  Status Allocate(std::uint64_t offset, std::uint64_t length) override;
  Status StartWriteback(std::uint64_t offset, std::uint64_t length) override;
  Status SyncFileSystem() override;
  Result<FileInfo> Stat() override;
  Result<bool> TryLock() override;

  /// Everything to the device, times and size too (fsync): for a file about to get its name.
  Status SyncWithMetadata();

  const std::shared_ptr<const Descriptor>& descriptor() const { return descriptor_; }
  int fd() const { return descriptor_->fd(); }
  const std::string& path() const { return path_; }
  Kind kind() const { return kind_; }

 private:
  Status AllocateByWriting(std::uint64_t offset, std::uint64_t length);

  const std::shared_ptr<const Descriptor> descriptor_;
  const std::string path_;
  const Kind kind_;
};

}  // namespace tidemark::io

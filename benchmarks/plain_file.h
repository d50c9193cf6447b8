// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "tidemark/status.h"

namespace tidemark::bench {

/// A file as limit legs use it: system calls, and nothing between. Thread-safe but for the
/// destructor. Every error names the call and the file.
class PlainFile {
 public:
  enum class Mode { kRead, kReadDirect, kCreate };

  static Result<std::unique_ptr<PlainFile>> Open(const std::filesystem::path& path, Mode mode);
  ~PlainFile();
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  int descriptor() const { return descriptor_; }
  std::uint64_t Size() const;

  Status Write(std::uint64_t offset, std::span<const std::byte> bytes);
  Status Sync();
  /// All of `out`; what lies behind the file's end stays as it was.
  Status Read(std::uint64_t offset, std::span<std::byte> out);
  /// Blocks that were written before: zeroes on the device from 0 to `bytes`.
  Status WriteZeroes(std::uint64_t bytes);

 private:
  PlainFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  Status Failed(const char* call) const;

  const int descriptor_;
  const std::string path_;
};

/// Takes every file below `directory` out of the page cache, having synced it.
Status Evict(const std::filesystem::path& directory);

/// Page-aligned memory that is all there: every page was touched.
class PlainMemory {
 public:
  explicit PlainMemory(std::size_t bytes);
  ~PlainMemory();
  PlainMemory(const PlainMemory&) = delete;
  PlainMemory& operator=(const PlainMemory&) = delete;
  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<std::byte> span() const { return {data_, size_}; }

 private:
  const std::size_t size_;
  std::byte* const data_;
};

}  // namespace tidemark::bench

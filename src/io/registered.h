// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <liburing.h>

#include <memory>
#include <vector>

#include "src/io/posix_file.h"

namespace tidemark::io {

/// The files and memory that an io_uring knows by number, which spares it looking them up and
/// pinning them for each operation. Nothing is promised: what the kernel refuses goes without.
class RegisteredResources {
 public:
  /// `ring` is started before the first Replace.
  explicit RegisteredResources(io_uring& ring) : ring_(ring) {}

  /// These instead of those of the last call.
  void Replace(std::span<File* const> files, std::span<const ReadBuffer> buffers);

  /// The number of a registered file; -1: it is not.
  int FileIndex(const PosixFile& file) const;
  /// The number of the registered memory that holds the range; -1: none does.
  int BufferIndex(const std::byte* data, std::size_t size) const;

 private:
  enum class Table { kUntried, kReady, kRefused };

  void ReplaceFiles(std::span<File* const> files);
  void ReplaceBuffers(std::span<const ReadBuffer> buffers);

  io_uring& ring_;
  Table file_table_ = Table::kUntried;
  Table buffer_table_ = Table::kUntried;
  /// The kernel keeps a closed file open until it is replaced, while another may get its address
  /// here: what a weak pointer points to is never another file.
  std::vector<std::weak_ptr<const Descriptor>> files_;
  std::vector<ReadBuffer> buffers_;
};

}  // namespace tidemark::io

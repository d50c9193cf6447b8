// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include "tidemark/io.h"

namespace tidemark::io {

/// The kernel's answer in the words of the seam.
inline FileInfo InfoOf(const struct stat& raw) {
  FileInfo info;
  info.directory = S_ISDIR(raw.st_mode);
  info.size_bytes = static_cast<std::uint64_t>(raw.st_size);
  info.allocated_bytes = static_cast<std::uint64_t>(raw.st_blocks) * 512;
  info.modified_ns = raw.st_mtim.tv_sec * 1'000'000'000LL + raw.st_mtim.tv_nsec;
  info.changed_ns = raw.st_ctim.tv_sec * 1'000'000'000LL + raw.st_ctim.tv_nsec;
  info.inode = raw.st_ino;
  info.links = raw.st_nlink;
  return info;
}

}  // namespace tidemark::io

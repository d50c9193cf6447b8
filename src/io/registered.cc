// SPDX-License-Identifier: Apache-2.0
#include "src/io/registered.h"

#include <algorithm>
#include <array>

namespace tidemark::io {
namespace {

constexpr unsigned kTableSize = 64;
constexpr std::size_t kBufferBytesMax = std::size_t{1} << 30;  // The kernel's own limit.

/// The kernel replaced the first `count` places and stopped (a limit was met there), or failed.
template <typename T>
void KeepFirst(std::vector<T>& resources, int count) {
  const auto replaced = static_cast<std::size_t>(std::max(count, 0));
  if (replaced < resources.size()) resources.erase(resources.begin() + replaced, resources.end());
}

}  // namespace

void RegisteredResources::Replace(std::span<File* const> files,
                                  std::span<const ReadBuffer> buffers) {
  ReplaceFiles(files);
  ReplaceBuffers(buffers);
}

void RegisteredResources::ReplaceFiles(std::span<File* const> files) {
  if (files.empty() && files_.empty()) return;
  if (file_table_ == Table::kUntried) {
    file_table_ =
        io_uring_register_files_sparse(&ring_, kTableSize) == 0 ? Table::kReady : Table::kRefused;
  }
  if (file_table_ != Table::kReady) return;
  files_.clear();
  std::array<int, kTableSize> fds;
  fds.fill(-1);
  for (File* file : files) {
    const auto* ours = dynamic_cast<PosixFile*>(file);
    if (ours == nullptr || files_.size() == kTableSize) continue;
    fds[files_.size()] = ours->fd();
    files_.push_back(ours->descriptor());
  }
  KeepFirst(files_, io_uring_register_files_update(&ring_, 0, fds.data(), kTableSize));
}

void RegisteredResources::ReplaceBuffers(std::span<const ReadBuffer> buffers) {
  if (buffers.empty() && buffers_.empty()) return;
  if (buffer_table_ == Table::kUntried) {
    buffer_table_ =
        io_uring_register_buffers_sparse(&ring_, kTableSize) == 0 ? Table::kReady : Table::kRefused;
  }
  if (buffer_table_ != Table::kReady) return;
  buffers_.clear();
  std::array<iovec, kTableSize> pieces{};
  const std::array<__u64, kTableSize> tags{};
  for (const ReadBuffer& buffer : buffers) {
    if (buffer.empty() || buffer.size() > kBufferBytesMax || buffers_.size() == kTableSize) {
      continue;
    }
    pieces[buffers_.size()] = {buffer.data(), buffer.size()};
    buffers_.push_back(buffer);
  }
  KeepFirst(buffers_, io_uring_register_buffers_update_tag(&ring_, 0, pieces.data(), tags.data(),
                                                           kTableSize));
}

int RegisteredResources::FileIndex(const PosixFile& file) const {
  const auto& wanted = file.descriptor();
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (!files_[i].owner_before(wanted) && !wanted.owner_before(files_[i])) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

int RegisteredResources::BufferIndex(const std::byte* data, std::size_t size) const {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const std::byte* first = buffers_[i].data();
    const std::byte* last = first + buffers_[i].size();
    if (data >= first && data < last && size <= static_cast<std::size_t>(last - data)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#include "src/io/overlay_file.h"

#include <algorithm>
#include <cstring>

#include "src/io/io.h"

namespace tidemark::io {
namespace {

bool AllZero(WriteBuffer data) {
  return data.empty() || (data[0] == std::byte{} &&
                          std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0);
}

class OverlayFile final : public File {
 public:
  OverlayFile(std::shared_ptr<OverlayNode> node, std::shared_ptr<File> base, std::string path,
              bool writable)
      : node_(std::move(node)),
        base_(std::move(base)),
        path_(std::move(path)),
        writable_(writable) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, ReadBuffer out) override {
    if (node_->directory()) return FailedPrecondition("{}: is a directory; open a file", path_);
    return node_->ReadAt(base_.get(), offset, out);
  }

  Result<std::size_t> WriteAt(std::uint64_t offset, std::span<const WriteBuffer> data) override {
    TM_RETURN_IF_ERROR(RequireWritable());
    std::size_t taken = 0;
    for (const WriteBuffer& piece : data) {
      if (piece.empty()) continue;
      auto more = node_->WriteAt(base_.get(), offset + taken, piece);
      if (!more.has_value() && taken == 0) return std::move(more).error();
      taken += more.value_or(0);
      if (more.value_or(0) < piece.size()) break;
    }
    return taken;
  }

  Status Sync() override { return {}; }

  Status Allocate(std::uint64_t offset, std::uint64_t length) override {
    TM_RETURN_IF_ERROR(RequireWritable());
    if (length > 0) node_->Extend(offset + length, true);
    return {};
  }

  Status SyncFileSystem() override { return {}; }
  Result<FileInfo> Stat() override { return node_->Info(); }
  Result<bool> TryLock() override { return true; }

 private:
  Status RequireWritable() const {
    if (writable_) return {};
    return FailedPrecondition("{}: not open for writing; open it with that access", path_);
  }

  const std::shared_ptr<OverlayNode> node_;
  const std::shared_ptr<File> base_;
  const std::string path_;
  const bool writable_;
};

}  // namespace

Result<std::shared_ptr<File>> OverlayNode::OpenBase() {
  if (directory_ || base_path_.empty()) return std::shared_ptr<File>();
  TM_ASSIGN_OR_RETURN(auto file, base_.Open(base_path_, Access::kRead));
  return std::shared_ptr<File>(std::move(file));
}

Result<std::size_t> OverlayNode::ReadAt(File* base, std::uint64_t offset, ReadBuffer out) {
  MutexLock lock(mutex_);
  if (offset >= info_.size_bytes) return std::size_t{0};
  out = out.first(std::min<std::uint64_t>(out.size(), info_.size_bytes - offset));
  for (std::size_t done = 0; done < out.size();) {
    const std::uint64_t at = offset + done;
    // Up to the next page that was written, or its end when this is one.
    auto page = pages_.upper_bound(at / kPageBytes);
    const std::uint64_t next = page == pages_.end() ? info_.size_bytes : page->first * kPageBytes;
    std::uint64_t end = std::min<std::uint64_t>(offset + out.size(), next);
    const bool written = page != pages_.begin() && (--page)->first == at / kPageBytes;
    if (written) end = std::min(end, (page->first + 1) * kPageBytes);
    const ReadBuffer part = out.subspan(done, end - at);
    if (written && page->second != nullptr) {
      std::memcpy(part.data(), page->second->data() + at % kPageBytes, part.size());
    } else {
      const std::size_t from_base =
          written || at >= base_bytes_ ? 0 : std::min<std::uint64_t>(part.size(), base_bytes_ - at);
      if (from_base > 0) TM_RETURN_IF_ERROR(ReadExact(*base, at, part.first(from_base)));
      std::fill(part.begin() + static_cast<std::ptrdiff_t>(from_base), part.end(), std::byte{});
    }
    done += part.size();
  }
  return out.size();
}

Result<std::size_t> OverlayNode::WriteAt(File* base, std::uint64_t offset, WriteBuffer data) {
  MutexLock lock(mutex_);
  const bool zero = AllZero(data);
  std::size_t done = 0;
  while (done < data.size()) {
    const std::size_t room = kPageBytes - (offset + done) % kPageBytes;
    const WriteBuffer part = data.subspan(done, std::min(data.size() - done, room));
    Status status = WritePage(base, offset + done, part, zero);
    if (!status.ok()) {
      if (done == 0) return status;
      break;
    }
    done += part.size();
  }
  info_.size_bytes = std::max<std::uint64_t>(info_.size_bytes, offset + done);
  info_.allocated_bytes =
      std::max<std::uint64_t>(info_.allocated_bytes, pages_.size() * kPageBytes);
  info_.modified_ns = info_.changed_ns = clock_.Wall().count();
  return done;
}

Status OverlayNode::WritePage(File* base, std::uint64_t offset, WriteBuffer data, bool zero) {
  const std::uint64_t start = offset - offset % kPageBytes;
  const std::uint64_t number = offset / kPageBytes;
  const auto found = pages_.find(number);
  const bool base_shows = found == pages_.end() && start < base_bytes_;
  if (zero) {
    const bool zero_already = found == pages_.end() ? !base_shows : found->second == nullptr;
    if (zero_already) return {};
    if (data.size() == kPageBytes) {
      pages_[number] = nullptr;
      return {};
    }
  }
  if (found != pages_.end() && found->second != nullptr) {
    std::memcpy(found->second->data() + offset % kPageBytes, data.data(), data.size());
    return {};
  }
  auto page = std::make_unique<Page>();
  if (base_shows && data.size() < kPageBytes) {
    const std::size_t size = std::min(kPageBytes, base_bytes_ - start);
    TM_RETURN_IF_ERROR(ReadExact(*base, start, std::span(*page).first(size)));
  }
  std::memcpy(page->data() + offset % kPageBytes, data.data(), data.size());
  pages_[number] = std::move(page);
  return {};
}

void OverlayNode::Extend(std::uint64_t size, bool allocated) {
  MutexLock lock(mutex_);
  if (allocated) info_.allocated_bytes = std::max(info_.allocated_bytes, size);
  if (size <= info_.size_bytes) return;
  info_.size_bytes = size;
  info_.modified_ns = info_.changed_ns = clock_.Wall().count();
}

FileInfo OverlayNode::Info() {
  MutexLock lock(mutex_);
  return info_;
}

void OverlayNode::SetLinks(std::uint64_t links) {
  MutexLock lock(mutex_);
  info_.links = links;
  info_.changed_ns = clock_.Wall().count();
}

void OverlayNode::Touch() {
  MutexLock lock(mutex_);
  info_.modified_ns = info_.changed_ns = clock_.Wall().count();
}

std::unique_ptr<File> NewOverlayFile(std::shared_ptr<OverlayNode> node, std::shared_ptr<File> base,
                                     std::string path, bool writable) {
  return std::make_unique<OverlayFile>(std::move(node), std::move(base), std::move(path), writable);
}

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/plain_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t kPageBytes = 4096;

Status SystemError(const char* call, const std::string& path) {
  return Status(StatusCode::kUnavailable,
                fmt::format("{} of {}: {}", call, path, std::strerror(errno)));
}

}  // namespace

Result<std::unique_ptr<PlainFile>> PlainFile::Open(const std::filesystem::path& path, Mode mode) {
  int flags = O_RDONLY;
  if (mode == Mode::kReadDirect) flags = O_RDONLY | O_DIRECT;
  if (mode == Mode::kCreate) flags = O_RDWR | O_CREAT;
  int descriptor = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor < 0 && mode == Mode::kReadDirect && errno == EINVAL) {
    descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (descriptor < 0) return SystemError("open", path.string());
  return std::unique_ptr<PlainFile>(new PlainFile(descriptor, path.string()));
}

PlainFile::~PlainFile() {
  close(descriptor_);
}

Status PlainFile::Failed(const char* call) const {
  return SystemError(call, path_);
}

std::uint64_t PlainFile::Size() const {
  struct stat info{};
  return fstat(descriptor_, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

Status PlainFile::Write(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t taken =
        pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (taken <= 0) return Failed("pwrite");
    offset += static_cast<std::uint64_t>(taken);
    bytes = bytes.subspan(static_cast<std::size_t>(taken));
  }
  return {};
}

Status PlainFile::Sync() {
  return fdatasync(descriptor_) == 0 ? Status() : Failed("fdatasync");
}

Status PlainFile::Read(std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0) return Failed("pread");
    if (got == 0) break;
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Status PlainFile::WriteZeroes(std::uint64_t bytes) {
  // In small pieces: the page cache would take a large one as one folio, and count all of it as
  // written whenever a byte of it is.
  const std::vector<std::byte> zeroes(kPageBytes);
  for (std::uint64_t at = 0; at < bytes; at += zeroes.size()) {
    BENCH_TRY(
        Write(at, std::span(zeroes).first(std::min<std::uint64_t>(zeroes.size(), bytes - at))));
  }
  return fsync(descriptor_) == 0 ? Status() : Failed("fsync");
}

Status Evict(const std::filesystem::path& directory) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    auto file = PlainFile::Open(entry.path(), PlainFile::Mode::kRead);
    if (!file.has_value()) return file.error();
    BENCH_TRY((*file)->Sync());
    if (posix_fadvise((*file)->descriptor(), 0, 0, POSIX_FADV_DONTNEED) != 0) {
      return SystemError("posix_fadvise", entry.path().string());
    }
  }
  return {};
}

PlainMemory::PlainMemory(std::size_t bytes)
    : size_((bytes + kPageBytes - 1) / kPageBytes * kPageBytes),
      data_(static_cast<std::byte*>(std::aligned_alloc(kPageBytes, size_))) {
  std::memset(data_, 1, size_);
}

PlainMemory::~PlainMemory() {
  std::free(data_);
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#include "src/io/posix_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "src/io/errno_status.h"
#include "src/io/io.h"
#include "src/io/page_cache.h"
#include "src/io/posix_info.h"

namespace tidemark::io {
namespace {

constexpr std::uint64_t kDirectAlignment = 4096;

constexpr std::array<std::byte, 64 << 10> kZeroes{};

bool Aligned(std::uint64_t offset, WriteBuffer memory) {
  return (offset | memory.size() | reinterpret_cast<std::uintptr_t>(memory.data())) %
             kDirectAlignment ==
         0;
}

/// Some file systems open with O_DIRECT and then refuse each transfer: this one goes on
/// buffered. False: it was not direct.
bool GiveUpDirect(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DIRECT) != 0 && fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0;
}

}  // namespace

PosixFile::~PosixFile() {
  close(fd_);
}

Result<std::size_t> PosixFile::ReadAt(std::uint64_t offset, ReadBuffer out) {
  if (kind_ == Kind::kCachedFile && !InPageCache(fd(), offset, out.size())) {
    return Unavailable("{}: bytes [{}, {}) are not in the page cache", path_, offset,
                       offset + out.size());
  }
  while (true) {
    const ssize_t got = pread(fd(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EINVAL && Aligned(offset, out) && GiveUpDirect(fd())) continue;
    return SystemError(error, "pread", path_, offset, out.size());
  }
}

Result<std::size_t> PosixFile::WriteAt(std::uint64_t offset, std::span<const WriteBuffer> data) {
  std::array<iovec, IOV_MAX> pieces;
  int count = 0;
  std::size_t size = 0;
  for (const WriteBuffer& piece : data) {
    if (piece.empty()) continue;
    if (count == IOV_MAX) break;
    pieces[count].iov_base = const_cast<std::byte*>(piece.data());
    pieces[count].iov_len = piece.size();
    size += piece.size();
    ++count;
  }
  if (count == 0) return std::size_t{0};
  while (true) {
    const ssize_t taken =
        count == 1 ? pwrite(fd(), pieces[0].iov_base, pieces[0].iov_len, static_cast<off_t>(offset))
                   : pwritev(fd(), pieces.data(), count, static_cast<off_t>(offset));
    if (taken > 0) return static_cast<std::size_t>(taken);
    if (taken == 0) {  // No file system should; callers that loop would never end.
      return DataLoss("{}: pwrite of {} bytes at {} took none; check the file system", path_, size,
                      offset);
    }
    const int error = errno;
    if (error == EINTR) continue;
    const bool aligned = std::all_of(
        data.begin(), data.end(), [&](const WriteBuffer& piece) { return Aligned(offset, piece); });
    if (error == EINVAL && aligned && GiveUpDirect(fd())) continue;
    return SystemError(error, "pwrite", path_, offset, size);
  }
}

Status PosixFile::Sync() {
  if (kind_ == Kind::kDirectory) return SyncWithMetadata();
  while (fdatasync(fd()) != 0) {
    if (errno != EINTR) return SystemError(errno, "fdatasync", path_);
  }
  return {};
}

Status PosixFile::SyncWithMetadata() {
  while (fsync(fd()) != 0) {
    if (errno != EINTR) return SystemError(errno, "fsync", path_);
  }
  return {};
}

Status PosixFile::Allocate(std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return {};
  while (fallocate(fd(), 0, static_cast<off_t>(offset), static_cast<off_t>(length)) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EOPNOTSUPP || error == ENOSYS) return AllocateByWriting(offset, length);
    return SystemError(error, "fallocate", path_, offset, length);
  }
  return {};
}

/// Writes zeroes where the range has no data. Where the file system cannot tell holes from data, it
/// calls everything below the file's end data, and only what lies behind is written.
Status PosixFile::AllocateByWriting(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  while (offset < end) {
    off_t data = lseek(fd(), static_cast<off_t>(offset), SEEK_DATA);
    if (data < 0 && errno != ENXIO) return SystemError(errno, "lseek", path_, offset, length);
    const std::uint64_t hole_end = data < 0 ? end : std::min(end, static_cast<std::uint64_t>(data));
    while (offset < hole_end) {
      const WriteBuffer zeroes(kZeroes.data(),
                               std::min<std::uint64_t>(kZeroes.size(), hole_end - offset));
      TM_ASSIGN_OR_RETURN(const std::size_t taken, WriteAt(offset, std::span(&zeroes, 1)));
      offset += taken;
    }
    if (offset >= end) break;
    const off_t hole = lseek(fd(), static_cast<off_t>(offset), SEEK_HOLE);
    if (hole < 0) return SystemError(errno, "lseek", path_, offset, length);
    offset = static_cast<std::uint64_t>(hole);
  }
  return {};
}

Status PosixFile::SyncFileSystem() {
  while (syncfs(fd()) != 0) {
    if (errno != EINTR) return SystemError(errno, "syncfs", path_);
  }
  return {};
}

Result<FileInfo> PosixFile::Stat() {
  struct stat raw;
  if (fstat(fd(), &raw) != 0) return SystemError(errno, "fstat", path_);
  return InfoOf(raw);
}

Result<bool> PosixFile::TryLock() {
  // A lock of the open file description: it meets POSIX locks of other processes (a Java broker's)
  // as one of their kind, excludes a second open in this process too, and does not vanish when
  // somebody here opens and closes the same file.
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0;
  lock.l_len = 1;
  while (fcntl(fd(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR) return SystemError(errno, "fcntl(F_OFD_SETLK)", path_);
  }
  return true;
}

}  // namespace tidemark::io

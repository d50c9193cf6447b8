// SPDX-License-Identifier: Apache-2.0
#include "src/io/posix_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "src/io/errno_status.h"
#include "src/io/io.h"
#include "src/io/posix_info.h"

namespace tidemark::io {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

int OpenRetrying(const std::filesystem::path& path, int flags) {
  while (true) {
    const int fd = open(path.c_str(), flags | O_CLOEXEC, kFileMode);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

std::unique_ptr<PosixFile> Own(int fd, const std::filesystem::path& path,
                               PosixFile::Kind kind = PosixFile::Kind::kFile) {
  return std::make_unique<PosixFile>(fd, path.string(), kind);
}

std::filesystem::path ParentOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

Status SetSize(PosixFile& file, std::uint64_t size) {
  while (ftruncate(file.fd(), static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return SystemError(errno, "ftruncate", file.path());
  }
  return {};
}

/// Gives a new file its size and brings it to the device.
Status MakeWhole(PosixFile& file, std::uint64_t size, Blocks blocks) {
  TM_RETURN_IF_ERROR(blocks == Blocks::kAllocated ? file.Allocate(0, size) : SetSize(file, size));
  return file.SyncWithMetadata();
}

/// Gives an unnamed file its name; 0 or an errno.
int LinkUnnamed(const PosixFile& file, const std::filesystem::path& path) {
  const std::string self = Format("/proc/self/fd/{}", file.fd());
  if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return 0;
  if (errno != ENOENT) return errno;
  // /proc may not be mounted. This way needs a capability, or a recent kernel.
  return linkat(file.fd(), "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH) == 0 ? 0 : errno;
}

/// Where unnamed files do not exist: a crash in here leaves a file that is not whole.
Result<std::unique_ptr<File>> CreateWholeByName(const std::filesystem::path& path,
                                                std::uint64_t size, Blocks blocks) {
  const int fd = OpenRetrying(path, O_RDWR | O_CREAT | O_EXCL);
  if (fd < 0) return SystemError(errno, "open(O_EXCL)", path.native());
  auto file = Own(fd, path);
  if (Status status = MakeWhole(*file, size, blocks); !status.ok()) {
    unlink(path.c_str());
    return status;
  }
  return std::unique_ptr<File>(std::move(file));
}

}  // namespace

Result<std::unique_ptr<PosixFile>> CreateUnnamed(const std::filesystem::path& directory) {
  const int fd = OpenRetrying(directory, O_RDWR | O_TMPFILE);
  if (fd < 0) return SystemError(errno, "open(O_TMPFILE)", directory.native());
  return Own(fd, directory / "(unnamed)");
}

Result<std::unique_ptr<File>> PosixFiles::Open(const std::filesystem::path& path, Access access) {
  int fd = -1;
  auto kind = PosixFile::Kind::kFile;
  switch (access) {
    case Access::kRead: {
      fd = OpenRetrying(path, O_RDONLY);
      struct stat raw;
      if (fd >= 0 && fstat(fd, &raw) == 0 && S_ISDIR(raw.st_mode)) {
        kind = PosixFile::Kind::kDirectory;
      }
      break;
    }
    case Access::kReadDirect:
    case Access::kWriteDirect: {
      const int mode = access == Access::kReadDirect ? O_RDONLY : O_WRONLY;
      fd = OpenRetrying(path, mode | O_DIRECT);
      if (fd < 0 && errno == EINVAL) fd = OpenRetrying(path, mode);
      break;
    }
    case Access::kReadCached:
      fd = OpenRetrying(path, O_RDONLY);
      kind = PosixFile::Kind::kCachedFile;
      break;
    case Access::kReadWrite:
      fd = OpenRetrying(path, O_RDWR);
      break;
    case Access::kCreate:
      fd = OpenRetrying(path, O_RDWR | O_CREAT);
      break;
  }
  if (fd < 0) return SystemError(errno, "open", path.native());
  return std::unique_ptr<File>(Own(fd, path, kind));
}

Result<std::unique_ptr<File>> PosixFiles::CreateWhole(const std::filesystem::path& path,
                                                      std::uint64_t size, Blocks blocks) {
  struct stat raw;
  // Linking would find out as well, but only after a whole file was allocated and synced.
  if (lstat(path.c_str(), &raw) == 0) return SystemError(EEXIST, "create", path.native());
  const int fd = OpenRetrying(ParentOf(path), O_RDWR | O_TMPFILE);
  if (fd < 0) {
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
      return SystemError(errno, "create", path.native());
    }
    return CreateWholeByName(path, size, blocks);
  }
  auto file = Own(fd, path);
  TM_RETURN_IF_ERROR(MakeWhole(*file, size, blocks));
  const int error = LinkUnnamed(*file, path);
  if (error == 0) return std::unique_ptr<File>(std::move(file));
  if (error == EEXIST) return SystemError(EEXIST, "linkat", path.native());
  file.reset();  // Its blocks are needed for the one made now.
  return CreateWholeByName(path, size, blocks);
}

Result<std::vector<DirectoryEntry>> PosixFiles::List(const std::filesystem::path& directory) {
  const int fd = OpenRetrying(directory, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return SystemError(errno, "open", directory.native());
  DIR* stream = fdopendir(fd);
  if (stream == nullptr) {
    const int error = errno;
    close(fd);
    return SystemError(error, "fdopendir", directory.native());
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> closer(stream, closedir);
  std::vector<DirectoryEntry> entries;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(stream);
    if (entry == nullptr) {
      if (errno != 0) return SystemError(errno, "readdir", directory.native());
      break;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool is_directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK) {
      struct stat raw;
      is_directory = fstatat(fd, entry->d_name, &raw, 0) == 0 && S_ISDIR(raw.st_mode);
    }
    entries.push_back({std::string(name), is_directory});
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<FileInfo> PosixFiles::Stat(const std::filesystem::path& path) {
  struct stat raw;
  if (stat(path.c_str(), &raw) != 0) return SystemError(errno, "stat", path.native());
  return InfoOf(raw);
}

Status PosixFiles::CreateDirectory(const std::filesystem::path& path) {
  if (mkdir(path.c_str(), kDirectoryMode) == 0) return {};
  const int error = errno;
  struct stat raw;
  if (error == EEXIST && stat(path.c_str(), &raw) == 0 && S_ISDIR(raw.st_mode)) return {};
  return SystemError(error, "mkdir", path.native());
}

Status PosixFiles::Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return {};
  return SystemError(errno, Format("rename to {}", to.native()), from.native());
}

Status PosixFiles::Remove(const std::filesystem::path& path) {
  if (remove(path.c_str()) == 0) return {};
  return SystemError(errno, "remove", path.native());
}

Result<SpaceInfo> PosixFiles::Space(const std::filesystem::path& path) {
  struct statvfs raw;
  while (statvfs(path.c_str(), &raw) != 0) {
    if (errno != EINTR) return SystemError(errno, "statvfs", path.native());
  }
  SpaceInfo space;
  space.total_bytes = std::uint64_t{raw.f_blocks} * raw.f_frsize;
  space.free_bytes = std::uint64_t{raw.f_bfree} * raw.f_frsize;
  space.available_bytes = std::uint64_t{raw.f_bavail} * raw.f_frsize;
  return space;
}

}  // namespace tidemark::io

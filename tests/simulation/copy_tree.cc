// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "tests/simulation/machine_core.h"
#include "tests/simulation/simulated_machine.h"

// Between a simulated machine and a real directory, so that other programs can look at an image.

namespace tidemark::simulation {
namespace {

namespace fs = std::filesystem;

Status Failed(const fs::path& path, int error) {
  return DataLoss("{}: {}", path.string(), std::generic_category().message(error));
}

Inode MakeDirectories(Disk& disk, const fs::path& path, std::int64_t time_ns) {
  Inode at = kRoot;
  fs::path walked;
  for (const fs::path& part : path) {
    if (part == "/" || part.empty() || part == ".") continue;
    walked /= part;
    const Inode below = disk.now().Lookup(walked.native());
    at = below != 0 ? below : disk.CreateDirectory(at, part.native(), time_ns);
  }
  return at;
}

Status ReadInto(Disk& disk, Inode inode, const fs::path& real, std::int64_t time_ns) {
  const int file = ::open(real.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Failed(real, errno);
  const off_t size = ::lseek(file, 0, SEEK_END);
  std::vector<std::byte> buffer(1 << 16);
  Status status;
  off_t data = 0;
  // Holes are skipped: files of a store are often a gigabyte of nothing.
  while (status.ok() && (data = ::lseek(file, data, SEEK_DATA)) >= 0) {
    off_t hole = ::lseek(file, data, SEEK_HOLE);
    while (data < hole) {
      const auto wanted =
          std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(hole - data));
      const ssize_t got = ::pread(file, buffer.data(), wanted, data);
      if (got <= 0) {
        status = Failed(real, got < 0 ? errno : EIO);
        break;
      }
      disk.Write(inode, static_cast<std::uint64_t>(data),
                 std::span(buffer).first(static_cast<std::size_t>(got)), 0, true, time_ns);
      data += got;
    }
  }
  ::close(file);
  disk.Allocate(inode, 0, 0, static_cast<std::uint64_t>(size), time_ns);
  return status;
}

Status WriteOut(const Tree& tree, const Node& directory, const fs::path& real) {
  std::error_code error;
  fs::create_directories(real, error);
  if (error) return Failed(real, error.value());
  for (const auto& [name, inode] : *directory.entries) {
    const Node& node = *tree.Find(inode);
    const fs::path target = real / name;
    if (node.entries != nullptr) {
      TM_RETURN_IF_ERROR(WriteOut(tree, node, target));
      continue;
    }
    std::ofstream out(target, std::ios::binary | std::ios::trunc);
    node.content->ForEachPage([&](std::uint64_t index, const PagePtr& page) {
      const std::uint64_t offset = index * kPageBytes;
      const std::uint64_t count =
          std::min<std::uint64_t>(kPageBytes, node.content->size() - offset);
      if (page->Hash() == 0) return;
      out.seekp(static_cast<std::streamoff>(offset));
      out.write(reinterpret_cast<const char*>(page->bytes.data()),
                static_cast<std::streamsize>(count));
    });
    out.close();
    if (!out) return Failed(target, EIO);
    fs::resize_file(target, node.content->size(), error);
    if (error) return Failed(target, error.value());
  }
  return {};
}

}  // namespace

Status SimulatedMachine::CopyFrom(const fs::path& real, const fs::path& to) {
  Disk disk = core_->disk();
  const std::int64_t now = core_->clock().PeekWall().count();
  MakeDirectories(disk, to, now);
  std::error_code error;
  fs::recursive_directory_iterator walk(real, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const fs::path target = to / fs::relative(walk->path(), real, error);
    if (error) break;
    if (walk->is_directory(error)) {
      MakeDirectories(disk, target, now);
    } else if (walk->is_regular_file(error)) {
      const Inode old = disk.now().Lookup(target.native());
      if (old != 0)
        return FailedPrecondition("{}: exists on the simulated machine", target.string());
      const Inode directory = MakeDirectories(disk, target.parent_path(), now);
      const Inode inode = disk.CreateFile(directory, target.filename().native(), now);
      TM_RETURN_IF_ERROR(ReadInto(disk, inode, walk->path(), now));
    }
  }
  if (error) return Failed(real, error.value());
  disk.MakeAllDurable();
  core_->ReplaceDisk(std::move(disk));
  return {};
}

Status SimulatedMachine::CopyTo(const fs::path& from, const fs::path& real) const {
  const Disk disk = core_->disk();
  const Inode inode = disk.now().Lookup(from.native());
  if (inode == 0 || disk.now().Find(inode)->entries == nullptr) {
    return NotFound("{}: no such directory on the simulated machine", from.string());
  }
  return WriteOut(disk.now(), *disk.now().Find(inode), real);
}

}  // namespace tidemark::simulation

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "src/base/check.h"
#include "src/consumequeue/unit.h"
#include "src/io/io.h"
#include "tests/support/catch.h"

namespace tidemark::test {

/// What a Disk was asked for, and what it refuses.
struct DiskWatch {
  std::atomic<std::int64_t> open{0};
  std::atomic<std::int64_t> open_max{0};
  std::atomic<std::int64_t> opened{0};
  std::atomic<std::int64_t> lists{0};
  std::atomic<std::int64_t> syncs{0};  ///< Of files and directories.
  std::atomic<std::int64_t> file_system_syncs{0};
  std::atomic<bool> fail_writes{false};
  std::atomic<bool> fail_syncs{false};
};

class WatchedFile final : public io::File {
 public:
  WatchedFile(std::unique_ptr<io::File> file, DiskWatch& watch)
      : file_(std::move(file)), watch_(watch) {
    ++watch_.opened;
    const std::int64_t open = ++watch_.open;
    std::int64_t most = watch_.open_max.load();
    while (open > most && !watch_.open_max.compare_exchange_weak(most, open)) {
    }
  }
  ~WatchedFile() override { --watch_.open; }

  Result<std::size_t> ReadAt(std::uint64_t offset, io::ReadBuffer out) override {
    return file_->ReadAt(offset, out);
  }
  Result<std::size_t> WriteAt(std::uint64_t offset,
                              std::span<const io::WriteBuffer> data) override {
    if (watch_.fail_writes) return Status(StatusCode::kResourceExhausted, "test: disk full");
    return file_->WriteAt(offset, data);
  }
  Status Sync() override {
    if (watch_.fail_syncs) return Status(StatusCode::kDataLoss, "test: sync failed");
    ++watch_.syncs;
    return {};
  }
  Status Allocate(std::uint64_t offset, std::uint64_t length) override {
    return file_->Allocate(offset, length);
  }
  Status SyncFileSystem() override {
    if (watch_.fail_syncs) return Status(StatusCode::kDataLoss, "test: syncfs failed");
    ++watch_.file_system_syncs;
    return {};
  }
  Result<io::FileInfo> Stat() override { return file_->Stat(); }
  Result<bool> TryLock() override { return file_->TryLock(); }

 private:
  const std::unique_ptr<io::File> file_;
  DiskWatch& watch_;
};

/// A new directory of this computer that goes with everything in it, and its files, watched. Syncs
/// are counted and not done: no test here cuts the power, and thousands would take minutes. So
/// would removing thousands of files from a real disk: it lies in memory where that is possible.
class Disk final : public io::FileSystem {
 public:
  Disk() {
    const std::filesystem::path memory = "/dev/shm";
    const std::filesystem::path parent =
        std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    std::string name = (parent / "tm-queues-XXXXXX").string();
    TM_CHECK(mkdtemp(name.data()) != nullptr, "mkdtemp {}", name);
    path_ = name;
    machine_ = *io::ThisMachine(io::Path::kPread, path_);
  }
  ~Disk() override { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  DiskWatch watch;

  Result<std::unique_ptr<io::File>> Open(const std::filesystem::path& path,
                                         io::Access access) override {
    return Watched(files().Open(path, access));
  }
  Result<std::unique_ptr<io::File>> CreateWhole(const std::filesystem::path& path,
                                                std::uint64_t size, io::Blocks blocks) override {
    if (blocks != io::Blocks::kSparse) return Watched(files().CreateWhole(path, size, blocks));
    if (std::filesystem::exists(path)) {
      return Status(StatusCode::kFailedPrecondition, path.string() + " exists");
    }
    auto made = Open(path, io::Access::kCreate);
    if (made.has_value()) std::filesystem::resize_file(path, size);
    return made;
  }
  Result<std::vector<io::DirectoryEntry>> List(const std::filesystem::path& directory) override {
    ++watch.lists;
    return files().List(directory);
  }
  Result<io::FileInfo> Stat(const std::filesystem::path& path) override {
    return files().Stat(path);
  }
  Status CreateDirectory(const std::filesystem::path& path) override {
    return files().CreateDirectory(path);
  }
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return files().Rename(from, to);
  }
  Status Remove(const std::filesystem::path& path) override { return files().Remove(path); }
  Result<io::SpaceInfo> Space(const std::filesystem::path& path) override {
    return files().Space(path);
  }

 private:
  io::FileSystem& files() { return machine_->files(); }
  Result<std::unique_ptr<io::File>> Watched(Result<std::unique_ptr<io::File>> opened) {
    if (!opened.has_value()) return opened;
    return std::unique_ptr<io::File>(std::make_unique<WatchedFile>(*std::move(opened), watch));
  }

  std::filesystem::path path_;
  std::shared_ptr<io::Machine> machine_;
};

/// Unit n of a queue whose records have 100 bytes and lie back to back from `log_start` on.
inline Unit TestUnit(std::int64_t n, std::int64_t log_start = 0) {
  return {LogOffset{log_start + n * 100}, 100, n * 7};
}

inline std::string FileBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void MakeFile(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

/// "00 0f" and so on; spaces are passed over.
inline std::string FromHex(const std::string& hex) {
  std::string bytes;
  std::string pair;
  for (const char digit : hex) {
    if (digit == ' ') continue;
    pair += digit;
    if (pair.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return bytes;
}

}  // namespace tidemark::test

namespace Catch {
template <>
struct StringMaker<tidemark::Unit> {
  static std::string convert(const tidemark::Unit& unit) {
    return tidemark::Format("({}, {}, {})", ToInt(unit.log_offset), unit.size, unit.tags_code);
  }
};
template <>
struct StringMaker<tidemark::QueueOffset> {
  static std::string convert(tidemark::QueueOffset offset) {
    return tidemark::Format("{}", ToInt(offset));
  }
};
}  // namespace Catch

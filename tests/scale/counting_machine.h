// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/io.h"

namespace tidemark::test {

/// This computer, counting what is opened and read. Thread-safe.
class CountingMachine final : public io::Machine {
 public:
  explicit CountingMachine(std::shared_ptr<io::Machine> base)
      : base_(std::move(base)), files_(base_->files(), counts_) {}

  io::FileSystem& files() override { return files_; }
  io::Clock& clock() override { return base_->clock(); }
  /// The base's rings take any File when they are those of Path::kPread.
  Result<std::unique_ptr<io::Ring>> NewRing(io::RingUse use, std::size_t depth) override {
    return base_->NewRing(use, depth);
  }
  std::int64_t ProcessId() const override { return base_->ProcessId(); }
  std::string Describe() const override { return base_->Describe(); }
  bool PrefersWrittenBlocks() const override { return base_->PrefersWrittenBlocks(); }

  std::uint64_t opened() const { return counts_.opened; }
  std::uint64_t queue_files_opened() const { return counts_.queue_files_opened; }
  std::uint64_t bytes_read() const { return counts_.bytes_read; }

 private:
  struct Counts {
    std::atomic<std::uint64_t> opened{0};
    std::atomic<std::uint64_t> queue_files_opened{0};
    std::atomic<std::uint64_t> bytes_read{0};
  };

  class CountingFile final : public io::File {
   public:
    CountingFile(std::unique_ptr<io::File> base, Counts& counts)
        : base_(std::move(base)), counts_(counts) {}
    Result<std::size_t> ReadAt(std::uint64_t offset, io::ReadBuffer out) override {
      auto got = base_->ReadAt(offset, out);
      if (got.has_value()) counts_.bytes_read += *got;
      return got;
    }
    Result<std::size_t> WriteAt(std::uint64_t offset,
                                std::span<const io::WriteBuffer> data) override {
      return base_->WriteAt(offset, data);
    }
    Status Sync() override { return base_->Sync(); }
    Status Allocate(std::uint64_t offset, std::uint64_t length) override {
      return base_->Allocate(offset, length);
    }
    Status SyncFileSystem() override { return base_->SyncFileSystem(); }
    Result<io::FileInfo> Stat() override { return base_->Stat(); }
    Result<bool> TryLock() override { return base_->TryLock(); }

   private:
    const std::unique_ptr<io::File> base_;
    Counts& counts_;
  };

  class CountingFiles final : public io::FileSystem {
   public:
    CountingFiles(io::FileSystem& base, Counts& counts) : base_(base), counts_(counts) {}
    Result<std::unique_ptr<io::File>> Open(const std::filesystem::path& path,
                                           io::Access access) override {
      ++counts_.opened;
      if (path.string().find("/consumequeue/") != std::string::npos) ++counts_.queue_files_opened;
      return Wrap(base_.Open(path, access));
    }
    Result<std::unique_ptr<io::File>> CreateWhole(const std::filesystem::path& path,
                                                  std::uint64_t size, io::Blocks blocks) override {
      return Wrap(base_.CreateWhole(path, size, blocks));
    }
    Result<std::vector<io::DirectoryEntry>> List(const std::filesystem::path& path) override {
      return base_.List(path);
    }
    Result<io::FileInfo> Stat(const std::filesystem::path& path) override {
      return base_.Stat(path);
    }
    Status CreateDirectory(const std::filesystem::path& path) override {
      return base_.CreateDirectory(path);
    }
    Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
      return base_.Rename(from, to);
    }
    Status Remove(const std::filesystem::path& path) override { return base_.Remove(path); }
    Result<io::SpaceInfo> Space(const std::filesystem::path& path) override {
      return base_.Space(path);
    }

   private:
    Result<std::unique_ptr<io::File>> Wrap(Result<std::unique_ptr<io::File>> file) {
      if (!file.has_value()) return file;
      return std::unique_ptr<io::File>(std::make_unique<CountingFile>(*std::move(file), counts_));
    }
    io::FileSystem& base_;
    Counts& counts_;
  };

  const std::shared_ptr<io::Machine> base_;
  Counts counts_;
  CountingFiles files_;
};

}  // namespace tidemark::test

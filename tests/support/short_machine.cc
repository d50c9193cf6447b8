// SPDX-License-Identifier: Apache-2.0
#include "tests/support/short_machine.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>

#include "src/base/mutex.h"
#include "src/io/io.h"

namespace tidemark::test {
namespace {

constexpr std::size_t kDirectBytes = 4096;

/// Thread-safe.
class Scissors {
 public:
  explicit Scissors(std::uint64_t seed) : random_(seed) {}

  /// How much of a transfer of `size` takes place: mostly all of it.
  std::size_t Cut(std::size_t size, bool direct) {
    const std::size_t unit = direct ? kDirectBytes : 1;
    MutexLock lock(mutex_);
    if (size <= unit || random_() % 3 != 0) return size;
    return (1 + random_() % (size / unit)) * unit;
  }

 private:
  Mutex mutex_;
  std::mt19937_64 random_ GUARDED_BY(mutex_);
};

class ShortFile final : public io::File {
 public:
  ShortFile(std::unique_ptr<io::File> base, bool direct, std::shared_ptr<Scissors> scissors)
      : base_(std::move(base)), direct_(direct), scissors_(std::move(scissors)) {}

  io::File* base() const { return base_.get(); }
  std::size_t Cut(std::size_t size) { return scissors_->Cut(size, direct_); }

  Result<std::size_t> ReadAt(std::uint64_t offset, io::ReadBuffer out) override {
    return base_->ReadAt(offset, out.first(Cut(out.size())));
  }
  Result<std::size_t> WriteAt(std::uint64_t offset,
                              std::span<const io::WriteBuffer> data) override {
    std::size_t size = 0;
    for (const io::WriteBuffer& piece : data) size += piece.size();
    std::size_t left = Cut(size);
    std::vector<io::WriteBuffer> cut;
    for (const io::WriteBuffer& piece : data) {
      cut.push_back(piece.first(std::min(left, piece.size())));
      left -= cut.back().size();
    }
    return base_->WriteAt(offset, cut);
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
  const bool direct_;
  const std::shared_ptr<Scissors> scissors_;
};

class ShortFiles final : public io::FileSystem {
 public:
  ShortFiles(io::FileSystem& base, std::shared_ptr<Scissors> scissors)
      : base_(base), scissors_(std::move(scissors)) {}

  Result<std::unique_ptr<io::File>> Open(const std::filesystem::path& path,
                                         io::Access access) override {
    const bool direct = access == io::Access::kReadDirect || access == io::Access::kWriteDirect;
    return Wrap(base_.Open(path, access), direct);
  }
  Result<std::unique_ptr<io::File>> CreateWhole(const std::filesystem::path& path,
                                                std::uint64_t size, io::Blocks blocks) override {
    return Wrap(base_.CreateWhole(path, size, blocks), false);
  }
  Result<std::vector<io::DirectoryEntry>> List(const std::filesystem::path& directory) override {
    return base_.List(directory);
  }
  Result<io::FileInfo> Stat(const std::filesystem::path& path) override { return base_.Stat(path); }
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
  Result<std::unique_ptr<io::File>> Wrap(Result<std::unique_ptr<io::File>> file, bool direct) {
    if (!file.has_value()) return file;
    return std::unique_ptr<io::File>(
        std::make_unique<ShortFile>(*std::move(file), direct, scissors_));
  }

  io::FileSystem& base_;
  const std::shared_ptr<Scissors> scissors_;
};

class ShortRing final : public io::Ring {
 public:
  explicit ShortRing(std::unique_ptr<io::Ring> base) : base_(std::move(base)) {}

  std::size_t Depth() const override { return base_->Depth(); }

  Status Submit(std::span<const io::Operation> operations) override {
    std::vector<io::Operation> passed;
    std::vector<io::Completion> cancelled;
    bool torn = false;
    for (io::Operation operation : operations) {
      const bool linked = operation.link;
      if (torn) {
        cancelled.push_back({operation.tag, Status(StatusCode::kUnavailable, "cut short"), 0});
      } else {
        auto& file = static_cast<ShortFile&>(*operation.file);
        operation.file = file.base();
        const std::size_t size = operation.size;
        if (operation.kind != io::Operation::Kind::kSync) operation.size = file.Cut(size);
        // The kernel takes the part for the whole: what hangs on it must not even start.
        torn = operation.size < size;
        operation.link = linked && !torn;
        passed.push_back(operation);
      }
      torn = torn && linked;
    }
    TM_RETURN_IF_ERROR(base_->Submit(passed));
    cancelled_.insert(cancelled_.end(), cancelled.begin(), cancelled.end());
    return {};
  }

  Result<std::size_t> Reap(std::span<io::Completion> out, std::size_t wait_for) override {
    std::size_t count = 0;
    for (; count < out.size() && !cancelled_.empty(); ++count) {
      out[count] = std::move(cancelled_.front());
      cancelled_.pop_front();
    }
    TM_ASSIGN_OR_RETURN(const std::size_t more,
                        base_->Reap(out.subspan(count), wait_for - std::min(count, wait_for)));
    return count + more;
  }

 private:
  const std::unique_ptr<io::Ring> base_;
  std::deque<io::Completion> cancelled_;
};

class CuttingMachine final : public io::Machine {
 public:
  CuttingMachine(std::shared_ptr<io::Machine> base, std::uint64_t seed)
      : base_(std::move(base)), files_(base_->files(), std::make_shared<Scissors>(seed)) {}

  io::FileSystem& files() override { return files_; }
  io::Clock& clock() override { return base_->clock(); }
  Result<std::unique_ptr<io::Ring>> NewRing(io::RingUse use, std::size_t depth) override {
    TM_ASSIGN_OR_RETURN(auto ring, base_->NewRing(use, depth));
    return std::unique_ptr<io::Ring>(std::make_unique<ShortRing>(std::move(ring)));
  }
  std::int64_t ProcessId() const override { return base_->ProcessId(); }
  std::string Describe() const override { return "cut short: " + base_->Describe(); }
  bool PrefersWrittenBlocks() const override { return true; }

 private:
  const std::shared_ptr<io::Machine> base_;
  ShortFiles files_;
};

std::uint64_t Seed() {
  const char* given = std::getenv("TIDEMARK_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("TIDEMARK_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace

std::shared_ptr<io::Machine> ShortMachine(std::shared_ptr<io::Machine> base, std::uint64_t seed) {
  return std::make_shared<CuttingMachine>(std::move(base), seed);
}

std::shared_ptr<io::Machine> MachineUnderTest() {
  const char* named = std::getenv("TIDEMARK_MACHINE");
  if (named == nullptr) return nullptr;
  std::string_view name = named;
  const bool cut = name.starts_with("short-");
  if (cut) name.remove_prefix(6);
  const bool io_uring = name == "io_uring";
  if (!io_uring && name != "pread") {
    std::fprintf(stderr, "TIDEMARK_MACHINE=%s is no machine\n", named);
    std::exit(1);
  }
  auto machine = io::ThisMachine(io_uring ? io::Path::kIoUring : io::Path::kPread, ".");
  if (!machine.has_value()) {
    std::printf("%s\n", machine.error().message().c_str());
    std::fflush(stdout);
    std::_Exit(77);
  }
  static const std::uint64_t seed = cut ? Seed() : 0;
  return cut ? ShortMachine(*std::move(machine), seed) : *std::move(machine);
}

}  // namespace tidemark::test

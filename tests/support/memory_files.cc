// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_files.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "src/io/io.h"

namespace tidemark::test {
namespace {

constexpr std::size_t kSectorBytes = 512;

using std::filesystem::path;

}  // namespace

struct MemoryMachine::Disk {
  struct Node {
    std::string now;
    std::string durable;
    std::set<std::size_t> dirty;  ///< Sectors that differ, perhaps.
    std::uint64_t inode = 0;
  };
  /// A change of names that no sync has covered yet.
  struct Change {
    path directory;
    std::string name;
    std::shared_ptr<Node> node;  ///< Null: removed.
    std::string from;            ///< Renamed from; "" otherwise.
  };

  mutable Mutex mutex;
  std::map<std::string, std::shared_ptr<Node>> names GUARDED_BY(mutex);
  std::map<std::string, std::shared_ptr<Node>> durable_names GUARDED_BY(mutex);
  std::vector<Change> changes GUARDED_BY(mutex);
  std::set<std::string> directories GUARDED_BY(mutex){"", "/", "."};
  std::uint64_t inodes GUARDED_BY(mutex) = 0;
  std::chrono::nanoseconds wall GUARDED_BY(mutex){std::chrono::hours(24 * 365 * 50)};
  std::int64_t operations GUARDED_BY(mutex) = 0;
  std::int64_t fail_at GUARDED_BY(mutex) = 0;
  Fault fault GUARDED_BY(mutex) = Fault::kOnce;

  /// Counts an operation.
  Status Count(const path& name) REQUIRES(mutex) {
    ++operations;
    const bool fails =
        fail_at > 0 && (fault == Fault::kOnce ? operations == fail_at : operations >= fail_at);
    return fails ? DataLoss("{}: injected at operation {}", name.string(), operations) : Status();
  }
  static void Perform(std::map<std::string, std::shared_ptr<Node>>& where, const Change& change) {
    if (!change.from.empty()) where.erase((change.directory / change.from).string());
    const std::string name = (change.directory / change.name).string();
    if (change.node == nullptr) {
      where.erase(name);
    } else {
      where[name] = change.node;
    }
  }
  void ChangeName(Change change) REQUIRES(mutex) {
    Perform(names, change);
    changes.push_back(std::move(change));
  }
  void Write(Node& node, std::uint64_t offset, std::string_view bytes) REQUIRES(mutex) {
    if (node.now.size() < offset + bytes.size()) node.now.resize(offset + bytes.size(), '\0');
    std::memcpy(node.now.data() + offset, bytes.data(), bytes.size());
    for (std::size_t s = offset / kSectorBytes; s * kSectorBytes < offset + bytes.size(); ++s) {
      node.dirty.insert(s);
    }
  }
};

class MemoryMachine::MemoryFile final : public io::File {
 public:
  MemoryFile(std::shared_ptr<Disk> disk, path name, std::shared_ptr<Disk::Node> node)
      : disk_(std::move(disk)), name_(std::move(name)), node_(std::move(node)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, io::ReadBuffer out) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(name_));
    if (offset >= node_->now.size()) return std::size_t{0};
    const std::size_t size = std::min<std::size_t>(out.size(), node_->now.size() - offset);
    std::memcpy(out.data(), node_->now.data() + offset, size);
    return size;
  }
  Result<std::size_t> WriteAt(std::uint64_t offset,
                              std::span<const io::WriteBuffer> data) override {
    MutexLock lock(disk_->mutex);
    const Status status = disk_->Count(name_);
    std::string bytes;
    for (const auto& part : data) {
      bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    if (!status.ok()) bytes.resize(bytes.size() / 2);
    disk_->Write(*node_, offset, bytes);
    if (!status.ok()) return status;
    return bytes.size();
  }
  Status Sync() override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(name_));
    if (node_ != nullptr) {
      node_->durable = node_->now;
      node_->dirty.clear();
      return {};
    }
    auto& changes = disk_->changes;
    for (const auto& change : changes) {
      if (change.directory == name_) Disk::Perform(disk_->durable_names, change);
    }
    std::erase_if(changes, [&](const auto& change) { return change.directory == name_; });
    return {};
  }
  Status Allocate(std::uint64_t offset, std::uint64_t length) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(name_));
    if (node_->now.size() < offset + length) node_->now.resize(offset + length, '\0');
    return {};
  }
  Status SyncFileSystem() override {
    return Status(StatusCode::kUnavailable, "not in this machine");
  }
  Result<io::FileInfo> Stat() override {
    MutexLock lock(disk_->mutex);
    io::FileInfo info;
    info.directory = node_ == nullptr;
    if (node_ != nullptr) {
      info.size_bytes = info.allocated_bytes = node_->now.size();
      info.inode = node_->inode;
    }
    info.links = 1;
    return info;
  }
  Result<bool> TryLock() override { return true; }

 private:
  std::shared_ptr<Disk> disk_;
  path name_;
  std::shared_ptr<Disk::Node> node_;  ///< Null: a directory.
};

class MemoryMachine::Files final : public io::FileSystem {
 public:
  explicit Files(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  Result<std::unique_ptr<io::File>> Open(const path& name, io::Access access) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(name));
    if (disk_->directories.contains(name.string())) return Handle(name, nullptr);
    const auto found = disk_->names.find(name.string());
    if (found != disk_->names.end()) return Handle(name, found->second);
    if (access != io::Access::kCreate) return NotFound("{}", name.string());
    return Handle(name, Create(name));
  }
  Result<std::unique_ptr<io::File>> CreateWhole(const path& name, std::uint64_t size,
                                                io::Blocks) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(name));
    if (disk_->names.contains(name.string()) || disk_->directories.contains(name.string())) {
      return FailedPrecondition("{} exists", name.string());
    }
    const auto node = Create(name);
    node->now.resize(size, '\0');
    node->durable = node->now;
    return Handle(name, node);
  }
  Result<std::vector<io::DirectoryEntry>> List(const path& directory) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(directory));
    if (!disk_->directories.contains(directory.string())) {
      return NotFound("{}", directory.string());
    }
    std::vector<io::DirectoryEntry> entries;
    for (const auto& [name, node] : disk_->names) {
      if (path(name).parent_path() == directory) {
        entries.push_back({path(name).filename().string(), false});
      }
    }
    for (const std::string& name : disk_->directories) {
      if (name.size() > 1 && path(name).parent_path() == directory) {
        entries.push_back({path(name).filename().string(), true});
      }
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
  }
  Result<io::FileInfo> Stat(const path& name) override {
    MutexLock lock(disk_->mutex);
    io::FileInfo info;
    if (disk_->directories.contains(name.string())) {
      info.directory = true;
      return info;
    }
    const auto found = disk_->names.find(name.string());
    if (found == disk_->names.end()) return NotFound("{}", name.string());
    info.size_bytes = info.allocated_bytes = found->second->now.size();
    info.inode = found->second->inode;
    info.links = 1;
    return info;
  }
  Status CreateDirectory(const path& name) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(name));
    if (!disk_->directories.contains(name.parent_path().string())) {
      return NotFound("{}", name.parent_path().string());
    }
    disk_->directories.insert(name.string());
    return {};
  }
  Status Rename(const path& from, const path& to) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(from));
    const auto found = disk_->names.find(from.string());
    if (found == disk_->names.end()) return NotFound("{}", from.string());
    disk_->ChangeName(
        {to.parent_path(), to.filename().string(), found->second, from.filename().string()});
    return {};
  }
  Status Remove(const path& name) override {
    MutexLock lock(disk_->mutex);
    TM_RETURN_IF_ERROR(disk_->Count(name));
    if (!disk_->names.contains(name.string())) return NotFound("{}", name.string());
    disk_->ChangeName({name.parent_path(), name.filename().string(), nullptr, ""});
    return {};
  }
  Result<io::SpaceInfo> Space(const path&) override { return io::SpaceInfo{}; }

 private:
  std::unique_ptr<io::File> Handle(const path& name, std::shared_ptr<Disk::Node> node) {
    return std::make_unique<MemoryFile>(disk_, name, std::move(node));
  }
  std::shared_ptr<Disk::Node> Create(const path& name) REQUIRES(disk_->mutex) {
    const auto node = std::make_shared<Disk::Node>();
    node->inode = ++disk_->inodes;
    disk_->ChangeName({name.parent_path(), name.filename().string(), node, ""});
    return node;
  }

  std::shared_ptr<Disk> disk_;
};

class MemoryMachine::WallClock final : public io::Clock {
 public:
  explicit WallClock(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}
  std::chrono::nanoseconds Wall() override {
    MutexLock lock(disk_->mutex);
    return disk_->wall;
  }
  std::chrono::nanoseconds Monotonic() override { return Wall(); }

 private:
  std::shared_ptr<Disk> disk_;
};

MemoryMachine::MemoryMachine()
    : disk_(std::make_shared<Disk>()),
      files_(std::make_unique<Files>(disk_)),
      clock_(std::make_unique<WallClock>(disk_)) {}

MemoryMachine::~MemoryMachine() = default;

io::FileSystem& MemoryMachine::files() {
  return *files_;
}
io::Clock& MemoryMachine::clock() {
  return *clock_;
}

Result<std::unique_ptr<io::Ring>> MemoryMachine::NewRing(io::RingUse, std::size_t depth) {
  return io::NewInlineRing(depth);
}

void MemoryMachine::SetWall(std::chrono::nanoseconds wall) {
  MutexLock lock(disk_->mutex);
  disk_->wall = wall;
}

void MemoryMachine::AdvanceWall(std::chrono::nanoseconds by) {
  MutexLock lock(disk_->mutex);
  disk_->wall += by;
}

void MemoryMachine::FailAt(std::int64_t nth, Fault fault) {
  MutexLock lock(disk_->mutex);
  disk_->fail_at = nth == 0 ? 0 : disk_->operations + nth;
  disk_->fault = fault;
}

std::int64_t MemoryMachine::operations() const {
  MutexLock lock(disk_->mutex);
  return disk_->operations;
}

std::unique_ptr<MemoryMachine> MemoryMachine::AfterKill() const {
  auto next = std::make_unique<MemoryMachine>();
  MutexLock lock(disk_->mutex);
  MutexLock next_lock(next->disk_->mutex);
  next->disk_->wall = disk_->wall;
  next->disk_->directories = disk_->directories;
  // Every name gets a node of its own: the dead process's handles must not reach the next one's.
  std::map<const Disk::Node*, std::shared_ptr<Disk::Node>> copies;
  const auto copy = [&](const std::shared_ptr<Disk::Node>& node) {
    if (node == nullptr) return node;
    auto& made = copies[node.get()];
    if (made == nullptr) made = std::make_shared<Disk::Node>(*node);
    return made;
  };
  for (const auto& [name, node] : disk_->names) next->disk_->names[name] = copy(node);
  for (const auto& [name, node] : disk_->durable_names) {
    next->disk_->durable_names[name] = copy(node);
  }
  for (Disk::Change change : disk_->changes) {
    change.node = copy(change.node);
    next->disk_->changes.push_back(std::move(change));
  }
  return next;
}

std::unique_ptr<MemoryMachine> MemoryMachine::AfterPowerCut(std::uint64_t seed) const {
  std::mt19937_64 random(seed);
  const auto coin = [&] { return random() % 2 == 0; };
  auto next = AfterKill();
  Disk& disk = *next->disk_;
  MutexLock lock(disk.mutex);
  for (const auto& change : disk.changes) {
    if (coin()) Disk::Perform(disk.durable_names, change);
  }
  disk.changes.clear();
  disk.names = disk.durable_names;
  for (auto& [name, node] : disk.names) {
    std::string image = node->durable;
    if (node->now.size() > image.size() && coin()) image.resize(node->now.size(), '\0');
    for (const std::size_t sector : node->dirty) {
      const std::size_t start = sector * kSectorBytes;
      if (start >= image.size() || !coin()) continue;
      const std::size_t size = std::min(kSectorBytes, image.size() - start);
      std::memcpy(image.data() + start, node->now.data() + start,
                  std::min(size, node->now.size() - start));
    }
    node->now = node->durable = image;
    node->dirty.clear();
  }
  return next;
}

void MemoryMachine::Add(const path& name, std::string_view content) {
  MutexLock lock(disk_->mutex);
  for (path up = name.parent_path(); !up.empty() && up != up.parent_path(); up = up.parent_path()) {
    disk_->directories.insert(up.string());
  }
  const auto node = std::make_shared<Disk::Node>();
  node->now = node->durable = std::string(content);
  node->inode = ++disk_->inodes;
  disk_->names[name.string()] = disk_->durable_names[name.string()] = node;
}

std::string MemoryMachine::Content(const path& name) const {
  MutexLock lock(disk_->mutex);
  const auto found = disk_->names.find(name.string());
  return found == disk_->names.end() ? "" : found->second->now;
}

std::vector<std::string> MemoryMachine::Names() const {
  MutexLock lock(disk_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, node] : disk_->names) names.push_back(name);
  return names;
}

}  // namespace tidemark::test

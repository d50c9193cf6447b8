// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/machine_core.h"

#include <fnmatch.h>
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "src/base/check.h"

namespace tidemark::simulation {
namespace {

bool Matches(const std::string& pattern, std::string_view path) {
  return pattern == "*" || fnmatch(pattern.c_str(), std::string(path).c_str(), 0) == 0;
}

Status NoSuchFile(std::string_view path) {
  return NotFound("{}: no such file or directory", path);
}

bool CanWrite(io::Access access) {
  return access == io::Access::kReadWrite || access == io::Access::kCreate ||
         access == io::Access::kWriteDirect;
}

Status RequireAligned(std::string_view path, std::uint64_t offset, io::WriteBuffer memory) {
  const auto at = reinterpret_cast<std::uintptr_t>(memory.data());
  if ((offset | memory.size() | at) % kPageBytes == 0) return {};
  return FailedPrecondition("{}: {} bytes at {} past the page cache, memory at {:x}: not aligned",
                            path, memory.size(), offset, at);
}

}  // namespace

MachineCore::MachineCore(const MachineOptions& options, Disk disk)
    : clock_(options.wall, options.monotonic, options.tick),
      options_(options),
      random_(Mix(options.seed)),
      disk_(std::move(disk)),
      capacity_(options.capacity_bytes),
      read_only_(options.read_only) {
  // Files that a dead process held open without a name go with it.
  std::vector<Inode> nameless;
  for (const Node& node : disk_.now().nodes()) {
    if (node.parent == 0) nameless.push_back(node.inode);
  }
  for (const Inode inode : nameless) disk_.Forget(inode);
}

// --- The front of every call ---

Status MachineCore::PowerIsOff() const {
  return Unavailable("power is off");
}

std::uint64_t MachineCore::FindStall(Call call, std::string_view path) const {
  for (const auto& [id, rule] : stalls_) {
    if (Has(rule.calls, call) && Matches(rule.pattern, path)) return id;
  }
  return 0;
}

Status MachineCore::Count() {
  if (off_) return PowerIsOff();
  if (operations_ + 1 == stop_at_) {
    CutPower();
    return PowerIsOff();
  }
  ++operations_;
  return {};
}

MachineCore::Verdict MachineCore::Judge(Call call, std::string_view path) {
  Verdict verdict;
  for (ArmedFault& armed : faults_) {
    if (!Has(armed.fault.calls, call) || !Matches(armed.fault.pattern, path)) continue;
    ++armed.seen;
    const bool now = armed.seen >= armed.fault.first &&
                     (armed.fault.count == 0 || armed.seen < armed.fault.first + armed.fault.count);
    if (!now) continue;
    if (armed.fault.error.ok()) {
      verdict.bytes_max = std::min(verdict.bytes_max, armed.fault.bytes_max);
    } else if (verdict.status.ok()) {
      verdict.status = Prefix(path, armed.fault.error);
    }
  }
  return verdict;
}

MachineCore::Verdict MachineCore::Begin(Call call, std::string_view path, bool changes) {
  while (!off_) {
    const std::uint64_t stall = FindStall(call, path);
    if (stall == 0) break;
    ++stalls_.at(stall).waiting;
    changed_.Wait(mutex_);
    if (const auto still = stalls_.find(stall); still != stalls_.end()) --still->second.waiting;
  }
  if (off_) return {PowerIsOff()};
  clock_.Tick();
  Drift();
  if (off_) return {PowerIsOff()};
  if (changes) {
    if (Status counted = Count(); !counted.ok()) return {std::move(counted)};
  }
  return faults_.empty() ? Verdict{} : Judge(call, path);
}

void MachineCore::Note(std::string_view what, std::string_view path, std::uint64_t a,
                       std::uint64_t b, const Status& outcome) {
  trace_hash_ = Mix(trace_hash_ ^ XXH3_64bits(path.data(), path.size())) ^
                Mix(XXH3_64bits(what.data(), what.size()) ^ Mix(a) ^ Mix(~b)) ^
                static_cast<std::uint64_t>(outcome.code());
  if (!options_.keep_trace) return;
  trace_.push_back(Format("{:5} {} {} {} {}{}{}", operations_, what, path, a, b,
                          outcome.ok() ? "" : ": ", outcome.ok() ? "" : outcome.ToString()));
}

// --- Names ---

Result<MachineCore::Place> MachineCore::FindPlace(const std::string& path) const {
  std::string_view left = path;
  while (left.size() > 1 && left.back() == '/') left.remove_suffix(1);
  const std::size_t slash = left.rfind('/');
  const std::string_view directory =
      slash == std::string_view::npos ? std::string_view() : left.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? left : left.substr(slash + 1);
  const Inode parent = disk_.now().Lookup(directory);
  if (parent == 0 || disk_.now().Find(parent)->entries == nullptr) return NoSuchFile(path);
  if (name.empty() || name == "." || name == "..") {
    return FailedPrecondition("{}: not a name to make or take away", path);
  }
  return Place{parent, std::string(name), disk_.now().Lookup(path)};
}

Status MachineCore::Writable(std::string_view path) const {
  return read_only_ ? FailedPrecondition("{}: read-only file system", path) : Status();
}

Result<Handle> MachineCore::NewHandle(const std::string& path, Inode inode, io::Access access) {
  if (descriptors_ >= options_.descriptors_max) {
    return ResourceExhausted("{}: too many open files: {} (raise the limit of descriptors)", path,
                             descriptors_);
  }
  ++descriptors_;
  ++open_[inode];
  return Handle{++last_id_, inode, path, access, disk_.now().Find(inode)->entries != nullptr};
}

Result<Handle> MachineCore::Open(const std::string& path, io::Access access) {
  MutexLock lock(mutex_);
  const bool exists = disk_.now().Lookup(path) != 0;
  const bool creates = access == io::Access::kCreate && !exists;
  Verdict verdict = Begin(creates ? Call::kCreate : Call::kOpen, path, creates);
  Note("open", path, static_cast<std::uint64_t>(access), exists, verdict.status);
  TM_RETURN_IF_ERROR(verdict.status);
  Inode inode = disk_.now().Lookup(path);
  const bool writes = CanWrite(access);
  if (inode == 0 && access != io::Access::kCreate) return NoSuchFile(path);
  if (writes) TM_RETURN_IF_ERROR(Writable(path));
  if (inode != 0 && disk_.now().Find(inode)->entries != nullptr && access != io::Access::kRead) {
    return FailedPrecondition("{}: is a directory", path);
  }
  if (descriptors_ >= options_.descriptors_max) return NewHandle(path, inode, access);
  if (inode == 0) {
    TM_ASSIGN_OR_RETURN(const Place place, FindPlace(path));
    inode = disk_.CreateFile(place.directory, place.name, clock_.PeekWall().count());
  }
  return NewHandle(path, inode, access);
}

Result<Handle> MachineCore::CreateWhole(const std::string& path, std::uint64_t size,
                                        io::Blocks blocks) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kCreate, path, true);
  Note("create whole", path, size, static_cast<std::uint64_t>(blocks), verdict.status);
  TM_RETURN_IF_ERROR(verdict.status);
  TM_RETURN_IF_ERROR(Writable(path));
  TM_ASSIGN_OR_RETURN(const Place place, FindPlace(path));
  if (place.inode != 0) return FailedPrecondition("{}: exists", path);
  const bool allocated = blocks == io::Blocks::kAllocated;
  if (allocated && size > FreeBytes()) {
    return ResourceExhausted("{}: no space for {} bytes, {} are free", path, size, FreeBytes());
  }
  if (descriptors_ >= options_.descriptors_max) return NewHandle(path, 0, io::Access::kReadWrite);
  const Inode inode =
      disk_.CreateWhole(place.directory, place.name, size, allocated, clock_.PeekWall().count());
  return NewHandle(path, inode, io::Access::kReadWrite);
}

Result<std::vector<io::DirectoryEntry>> MachineCore::List(const std::string& path) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kLook, path, false);
  TM_RETURN_IF_ERROR(verdict.status);
  const Inode inode = disk_.now().Lookup(path);
  const Node* node = inode == 0 ? nullptr : disk_.now().Find(inode);
  if (node == nullptr || node->entries == nullptr) return NoSuchFile(path);
  std::vector<io::DirectoryEntry> entries;
  for (const auto& [name, child] : *node->entries) {
    entries.push_back({name, disk_.now().Find(child)->entries != nullptr});
  }
  return entries;
}

io::FileInfo MachineCore::InfoOf(Inode inode) const {
  const Node& node = *disk_.now().Find(inode);
  io::FileInfo info;
  info.directory = node.entries != nullptr;
  if (node.content != nullptr) {
    info.size_bytes = node.content->size();
    info.allocated_bytes = node.content->allocated_bytes();
  }
  info.modified_ns = node.modified_ns;
  info.changed_ns = node.changed_ns;
  info.inode = inode;
  info.links = node.parent == 0 ? 0 : 1;
  return info;
}

Result<io::FileInfo> MachineCore::Stat(const std::string& path) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kLook, path, false);
  TM_RETURN_IF_ERROR(verdict.status);
  const Inode inode = disk_.now().Lookup(path);
  if (inode == 0) return NoSuchFile(path);
  return InfoOf(inode);
}

Status MachineCore::CreateDirectory(const std::string& path) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kCreate, path, true);
  Note("create directory", path, 0, 0, verdict.status);
  TM_RETURN_IF_ERROR(verdict.status);
  if (const Inode inode = disk_.now().Lookup(path); inode != 0) {
    if (disk_.now().Find(inode)->entries != nullptr) return {};
    return FailedPrecondition("{}: exists and is no directory", path);
  }
  TM_RETURN_IF_ERROR(Writable(path));
  TM_ASSIGN_OR_RETURN(const Place place, FindPlace(path));
  disk_.CreateDirectory(place.directory, place.name, clock_.PeekWall().count());
  return {};
}

Status MachineCore::Rename(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kRename, from, true);
  Note("rename", from, XXH3_64bits(to.data(), to.size()), 0, verdict.status);
  TM_RETURN_IF_ERROR(verdict.status);
  TM_RETURN_IF_ERROR(Writable(from));
  TM_ASSIGN_OR_RETURN(const Place source, FindPlace(from));
  TM_ASSIGN_OR_RETURN(const Place target, FindPlace(to));
  if (source.inode == 0) return NoSuchFile(from);
  if (source.inode == target.inode) return {};
  if (target.inode != 0 && (disk_.now().Find(target.inode)->entries != nullptr ||
                            disk_.now().Find(source.inode)->entries != nullptr)) {
    return FailedPrecondition("{}: exists, and only files replace files", to);
  }
  disk_.Rename(source.inode, target.directory, target.name, clock_.PeekWall().count());
  if (target.inode != 0) ForgetIfUnused(target.inode);
  return {};
}

Status MachineCore::Remove(const std::string& path) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kRemove, path, true);
  Note("remove", path, 0, 0, verdict.status);
  TM_RETURN_IF_ERROR(verdict.status);
  TM_RETURN_IF_ERROR(Writable(path));
  TM_ASSIGN_OR_RETURN(const Place place, FindPlace(path));
  if (place.inode == 0) return NoSuchFile(path);
  const Node& node = *disk_.now().Find(place.inode);
  if (node.entries != nullptr && !node.entries->empty()) {
    return FailedPrecondition("{}: directory not empty", path);
  }
  disk_.Remove(place.inode, clock_.PeekWall().count());
  ForgetIfUnused(place.inode);
  return {};
}

void MachineCore::ForgetIfUnused(Inode inode) {
  const Node* node = disk_.now().Find(inode);
  if (node != nullptr && node->parent == 0 && !open_.contains(inode)) disk_.Forget(inode);
}

std::uint64_t MachineCore::FreeBytes() const {
  if (capacity_ == std::numeric_limits<std::uint64_t>::max()) return capacity_;
  const std::uint64_t used = disk_.now().AllocatedBytes();
  return capacity_ > used ? capacity_ - used : 0;
}

Result<io::SpaceInfo> MachineCore::Space(const std::string& path) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kLook, path, false);
  TM_RETURN_IF_ERROR(verdict.status);
  if (disk_.now().Lookup(path) == 0) return NoSuchFile(path);
  constexpr std::uint64_t kRoomy = std::uint64_t{1} << 40;
  const std::uint64_t total = std::min(capacity_, kRoomy);
  const std::uint64_t used = std::min(disk_.now().AllocatedBytes(), total);
  return io::SpaceInfo{total, total - used, total - used};
}

// --- Open files ---

Result<std::size_t> MachineCore::ReadNow(const Handle& handle, std::uint64_t offset,
                                         io::ReadBuffer out, const Verdict& verdict) {
  TM_RETURN_IF_ERROR(verdict.status);
  if (handle.directory) return FailedPrecondition("{}: is a directory", handle.path);
  if (handle.access == io::Access::kReadDirect) {
    TM_RETURN_IF_ERROR(RequireAligned(handle.path, offset, out));
  }
  if (handle.access == io::Access::kReadCached && !random_.Chance(options_.cached_reads)) {
    return Unavailable("{}: not in the page cache (simulated)", handle.path);
  }
  const Content& content = *disk_.now().Find(handle.inode)->content;
  if (offset >= content.size()) return std::size_t{0};
  std::size_t count = std::min<std::uint64_t>(out.size(), content.size() - offset);
  count = std::min(count, verdict.bytes_max);
  if (count > 1 && random_.Chance(options_.short_reads)) {
    count = 1 + static_cast<std::size_t>(random_.Below(count - 1));
  }
  content.Read(offset, out.first(count));
  return count;
}

Result<std::size_t> MachineCore::ReadAt(const Handle& handle, std::uint64_t offset,
                                        io::ReadBuffer out) {
  MutexLock lock(mutex_);
  const Verdict verdict = Begin(Call::kRead, handle.path, false);
  auto count = ReadNow(handle, offset, out, verdict);
  Note("read", handle.path, offset, count.value_or(0), count.error());
  return count;
}

std::size_t MachineCore::Fitting(Inode inode, std::uint64_t offset, std::size_t wanted) const {
  if (capacity_ == std::numeric_limits<std::uint64_t>::max() || wanted == 0) return wanted;
  const Content& content = *disk_.now().Find(inode)->content;
  const std::uint64_t first = offset / kPageBytes;
  const std::uint64_t end = (offset + wanted + kPageBytes - 1) / kPageBytes;
  std::uint64_t free_pages = FreeBytes() / kPageBytes;
  if (content.Unallocated(first, end) <= free_pages) return wanted;
  std::uint64_t page = first;
  while (content.IsAllocated(page) || free_pages-- > 0) ++page;
  return page == first ? 0 : static_cast<std::size_t>(page * kPageBytes - offset);
}

Result<std::size_t> MachineCore::WriteNow(const Handle& handle, std::uint64_t offset,
                                          std::span<const std::byte> data, const Verdict& verdict,
                                          std::uint64_t operation, bool settled) {
  TM_RETURN_IF_ERROR(verdict.status);
  TM_RETURN_IF_ERROR(Writable(handle.path));
  if (handle.directory || !CanWrite(handle.access)) {
    return FailedPrecondition("{}: not open for writing", handle.path);
  }
  std::size_t count = std::min(data.size(), verdict.bytes_max);
  if (count > 1 && random_.Chance(options_.short_writes)) {
    count = 1 + static_cast<std::size_t>(random_.Below(count - 1));
  }
  const std::size_t fitting = Fitting(handle.inode, offset, count);
  if (fitting == 0 && count > 0) {
    return ResourceExhausted("{}: no space left to write {} bytes at {}", handle.path, count,
                             offset);
  }
  disk_.Write(handle.inode, offset, data.first(fitting), operation, settled,
              clock_.PeekWall().count());
  if (in_flight_ == 0) disk_.Compact();
  return fitting;
}

Result<std::size_t> MachineCore::WriteAt(const Handle& handle, std::uint64_t offset,
                                         std::span<const io::WriteBuffer> data) {
  MutexLock lock(mutex_);
  const Verdict verdict = Begin(Call::kWrite, handle.path, true);
  for (const io::WriteBuffer& part : data) {
    if (handle.access != io::Access::kWriteDirect) break;
    TM_RETURN_IF_ERROR(RequireAligned(handle.path, offset, part));
  }
  std::vector<std::byte> joined;
  std::span<const std::byte> bytes;
  if (data.size() == 1) {
    bytes = data[0];
  } else {
    for (const io::WriteBuffer& part : data) joined.insert(joined.end(), part.begin(), part.end());
    bytes = joined;
  }
  auto count = WriteNow(handle, offset, bytes, verdict, disk_.NewOperation(), true);
  Note("write", handle.path, offset, count.value_or(0), count.error());
  return count;
}

Status MachineCore::SyncNow(const Handle& handle, const Verdict& verdict, Coverage coverage) {
  if (off_) return PowerIsOff();
  if (!verdict.status.ok()) {
    disk_.FailSync(handle.inode, coverage, random_);
  } else {
    disk_.Sync(handle.inode, coverage);
  }
  return verdict.status;
}

Status MachineCore::Sync(const Handle& handle) {
  MutexLock lock(mutex_);
  const Moment submitted = disk_.moment();
  const Verdict verdict = Begin(Call::kSync, handle.path, true);
  Status done = SyncNow(handle, verdict, Coverage{submitted, {}});
  Note("sync", handle.path, 0, 0, done);
  return done;
}

Status MachineCore::SyncFileSystem(const Handle& handle) {
  MutexLock lock(mutex_);
  const Moment submitted = disk_.moment();
  const Verdict verdict = Begin(Call::kSync, handle.path, true);
  if (!off_) {
    if (verdict.status.ok()) {
      disk_.SyncEverything({submitted, {}});
    } else {
      disk_.FailSync(0, {submitted, {}}, random_);
    }
  }
  Note("sync all", handle.path, 0, 0, verdict.status);
  return verdict.status;
}

Status MachineCore::Allocate(const Handle& handle, std::uint64_t offset, std::uint64_t length) {
  MutexLock lock(mutex_);
  Verdict verdict = Begin(Call::kAllocate, handle.path, true);
  Note("allocate", handle.path, offset, length, verdict.status);
  TM_RETURN_IF_ERROR(verdict.status);
  TM_RETURN_IF_ERROR(Writable(handle.path));
  if (handle.directory || !CanWrite(handle.access)) {
    return FailedPrecondition("{}: not open for writing", handle.path);
  }
  const std::uint64_t first = offset / kPageBytes;
  const std::uint64_t end = (offset + length + kPageBytes - 1) / kPageBytes;
  const std::uint64_t missing =
      disk_.now().Find(handle.inode)->content->Unallocated(first, end) * kPageBytes;
  if (missing > FreeBytes()) {
    return ResourceExhausted("{}: no space for {} bytes more, {} are free", handle.path, missing,
                             FreeBytes());
  }
  disk_.Allocate(handle.inode, first, end, offset + length, clock_.PeekWall().count());
  return {};
}

Status MachineCore::Check(const Handle& handle) {
  MutexLock lock(mutex_);
  return Begin(Call::kLook, handle.path, false).status;
}

Result<io::FileInfo> MachineCore::StatOpen(const Handle& handle) {
  MutexLock lock(mutex_);
  const Verdict verdict = Begin(Call::kLook, handle.path, false);
  TM_RETURN_IF_ERROR(verdict.status);
  return InfoOf(handle.inode);
}

Result<bool> MachineCore::TryLock(const Handle& handle) {
  MutexLock lock(mutex_);
  const Verdict verdict = Begin(Call::kOpen, handle.path, false);
  TM_RETURN_IF_ERROR(verdict.status);
  const auto [at, fresh] = locks_.try_emplace(handle.inode, handle.id);
  return fresh || at->second == handle.id;
}

void MachineCore::Close(const Handle& handle) {
  MutexLock lock(mutex_);
  --descriptors_;
  const auto locked = locks_.find(handle.inode);
  if (locked != locks_.end() && locked->second == handle.id) locks_.erase(locked);
  const auto open = open_.find(handle.inode);
  if (--open->second > 0) return;
  open_.erase(open);
  if (!off_) ForgetIfUnused(handle.inode);
}

// --- Trouble ---

void MachineCore::Inject(Fault fault) {
  MutexLock lock(mutex_);
  faults_.push_back({std::move(fault)});
}

void MachineCore::ClearFaults() {
  MutexLock lock(mutex_);
  faults_.clear();
}

std::uint64_t MachineCore::AddStall(Call calls, std::string pattern) {
  MutexLock lock(mutex_);
  stalls_.emplace(++last_id_, StallRule{calls, std::move(pattern)});
  return last_id_;
}

void MachineCore::RemoveStall(std::uint64_t id) {
  MutexLock lock(mutex_);
  stalls_.erase(id);
  changed_.NotifyAll();
}

std::size_t MachineCore::Stalled(std::uint64_t id) const {
  MutexLock lock(mutex_);
  const auto found = stalls_.find(id);
  return found == stalls_.end() ? 0 : found->second.waiting;
}

void MachineCore::SetCapacity(std::uint64_t bytes) {
  MutexLock lock(mutex_);
  capacity_ = bytes;
}

void MachineCore::SetReadOnly(bool read_only) {
  MutexLock lock(mutex_);
  read_only_ = read_only;
}

Status MachineCore::FlipBits(const std::string& path, std::uint64_t offset, std::byte bits) {
  MutexLock lock(mutex_);
  const Inode inode = disk_.now().Lookup(path);
  const Node* node = inode == 0 ? nullptr : disk_.now().Find(inode);
  if (node == nullptr || node->content == nullptr || offset >= node->content->size()) {
    return NotFound("{}: no file with a byte {}", path, offset);
  }
  disk_.FlipBits(inode, offset, bits);
  return {};
}

// --- Power ---

std::uint64_t MachineCore::operations() const {
  MutexLock lock(mutex_);
  return operations_;
}

void MachineCore::PowerOffAt(std::uint64_t number) {
  MutexLock lock(mutex_);
  stop_at_ = number;
}

void MachineCore::CutPower() {
  if (off_) return;
  // Buffers may be gone when somebody asks for images: their bytes are taken now.
  struck_ = Chains();
  off_ = true;
  changed_.NotifyAll();
}

void MachineCore::PowerOff() {
  MutexLock lock(mutex_);
  CutPower();
}

bool MachineCore::power_is_off() const {
  MutexLock lock(mutex_);
  return off_;
}

Disk MachineCore::disk() const {
  MutexLock lock(mutex_);
  return disk_;
}

void MachineCore::ReplaceDisk(Disk disk) {
  MutexLock lock(mutex_);
  TM_CHECK(open_.empty(), "{} files are open", open_.size());
  disk_ = std::move(disk);
}

std::uint64_t MachineCore::trace_hash() const {
  MutexLock lock(mutex_);
  return trace_hash_;
}

std::vector<std::string> MachineCore::Trace() const {
  MutexLock lock(mutex_);
  return trace_;
}

}  // namespace tidemark::simulation

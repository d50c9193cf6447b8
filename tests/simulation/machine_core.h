// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/mutex.h"
#include "src/base/status.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/random.h"
#include "tests/simulation/simulated_machine.h"

namespace tidemark::simulation {

/// Who an open file is.
struct Handle {
  std::uint64_t id = 0;
  Inode inode = 0;
  std::string path;
  io::Access access = io::Access::kRead;
  bool directory = false;
};

/// A write or sync that a ring has not performed, with its bytes.
struct InFlight {
  bool sync = false;
  Inode inode = 0;
  std::uint64_t offset = 0;
  std::vector<std::byte> data;
  std::uint64_t operation = 0;
  Moment submitted = 0;
  std::vector<std::uint64_t> ahead;  // operations of its chain that have succeeded
};
/// Linked operations, in their order.
using Chain = std::vector<InFlight>;

/// All state of a simulated machine behind one mutex; files and rings are thin handles on it.
/// Thread-safe.
class MachineCore {
 public:
  MachineCore(const MachineOptions& options, Disk disk);

  VirtualClock& clock() { return clock_; }

  // --- io::FileSystem ---
  Result<Handle> Open(const std::string& path, io::Access access);
  Result<Handle> CreateWhole(const std::string& path, std::uint64_t size, io::Blocks blocks);
  Result<std::vector<io::DirectoryEntry>> List(const std::string& path);
  Result<io::FileInfo> Stat(const std::string& path);
  Status CreateDirectory(const std::string& path);
  Status Rename(const std::string& from, const std::string& to);
  Status Remove(const std::string& path);
  Result<io::SpaceInfo> Space(const std::string& path);

  // --- io::File ---
  Result<std::size_t> ReadAt(const Handle& handle, std::uint64_t offset, io::ReadBuffer out);
  Result<std::size_t> WriteAt(const Handle& handle, std::uint64_t offset,
                              std::span<const io::WriteBuffer> data);
  Status Sync(const Handle& handle);
  Status SyncFileSystem(const Handle& handle);
  Status Allocate(const Handle& handle, std::uint64_t offset, std::uint64_t length);
  Status Check(const Handle& handle);
  Result<io::FileInfo> StatOpen(const Handle& handle);
  Result<bool> TryLock(const Handle& handle);
  void Close(const Handle& handle);

  // --- io::Ring ---
  Result<std::uint64_t> OpenRing(std::size_t depth);
  Status Submit(std::uint64_t ring, std::span<const io::Operation> operations,
                std::span<const Handle* const> handles);
  Result<std::size_t> Reap(std::uint64_t ring, std::span<io::Completion> out, std::size_t wait_for);
  void CloseRing(std::uint64_t ring);

  // --- Trouble ---
  void Inject(Fault fault);
  void ClearFaults();
  std::uint64_t AddStall(Call calls, std::string pattern);
  void RemoveStall(std::uint64_t id);
  std::size_t Stalled(std::uint64_t id) const;
  void SetCapacity(std::uint64_t bytes);
  void SetReadOnly(bool read_only);
  Status FlipBits(const std::string& path, std::uint64_t offset, std::byte bits);

  // --- Crashes ---
  std::uint64_t operations() const;
  void PowerOffAt(std::uint64_t number);
  void PowerOff();
  bool power_is_off() const;
  /// The disk when power goes: what is in flight has taken effect as far as no sync must have
  /// succeeded before, and is pending.
  Disk AtPowerCut() const;
  /// What is in flight, and the disk without it.
  std::pair<Disk, std::vector<Chain>> AtKill() const;

  Disk disk() const;
  void ReplaceDisk(Disk disk);
  std::uint64_t trace_hash() const;
  std::vector<std::string> Trace() const;

 private:
  struct RingOperation {
    io::Operation operation;
    Handle handle;
    std::uint64_t id = 0;
    std::uint64_t chain = 0;
    Moment submitted = 0;
    std::vector<std::uint64_t> ahead;  // operations of its chain that have succeeded
  };
  struct RingDone {
    io::Completion completion;
    std::uint64_t id = 0;
    std::uint64_t chain = 0;
  };
  struct RingState {
    std::size_t depth = 0;
    std::vector<RingOperation> in_flight;  // in the order of submission
    std::vector<RingDone> done;            // in the order of completion
  };
  struct StallRule {
    Call calls;
    std::string pattern;
    std::size_t waiting = 0;
  };
  struct ArmedFault {
    Fault fault;
    std::uint64_t seen = 0;
  };
  struct Verdict {
    Status status;
    std::size_t bytes_max = std::numeric_limits<std::size_t>::max();
  };
  struct Place {
    Inode directory = 0;
    std::string name;
    Inode inode = 0;  // 0: no such name
  };

  /// The front of every call: stalls, power, rings' progress, the count, faults.
  Verdict Begin(Call call, std::string_view path, bool changes) REQUIRES(mutex_);
  Verdict Judge(Call call, std::string_view path) REQUIRES(mutex_);
  Status Count() REQUIRES(mutex_);
  /// 0: nothing holds this call.
  std::uint64_t FindStall(Call call, std::string_view path) const REQUIRES(mutex_);
  Status PowerIsOff() const REQUIRES(mutex_);
  void CutPower() REQUIRES(mutex_);
  void Note(std::string_view what, std::string_view path, std::uint64_t a, std::uint64_t b,
            const Status& outcome) REQUIRES(mutex_);

  Result<Place> FindPlace(const std::string& path) const REQUIRES(mutex_);
  Result<Handle> NewHandle(const std::string& path, Inode inode, io::Access access)
      REQUIRES(mutex_);
  Status Writable(std::string_view path) const REQUIRES(mutex_);
  io::FileInfo InfoOf(Inode inode) const REQUIRES(mutex_);
  void ForgetIfUnused(Inode inode) REQUIRES(mutex_);
  std::uint64_t FreeBytes() const REQUIRES(mutex_);
  /// How many of `wanted` bytes at `offset` fit into what is free.
  std::size_t Fitting(Inode inode, std::uint64_t offset, std::size_t wanted) const REQUIRES(mutex_);

  Result<std::size_t> ReadNow(const Handle& handle, std::uint64_t offset, io::ReadBuffer out,
                              const Verdict& verdict) REQUIRES(mutex_);
  Result<std::size_t> WriteNow(const Handle& handle, std::uint64_t offset,
                               std::span<const std::byte> data, const Verdict& verdict,
                               std::uint64_t operation, bool settled) REQUIRES(mutex_);
  Status SyncNow(const Handle& handle, const Verdict& verdict, Coverage coverage) REQUIRES(mutex_);

  bool Ready(const RingState& ring, std::size_t at) const REQUIRES(mutex_);
  void Drift() REQUIRES(mutex_);
  void Perform(RingState& ring, std::size_t at) REQUIRES(mutex_);
  void Finish(RingState& ring, std::size_t at, io::Completion completion) REQUIRES(mutex_);
  std::vector<Chain> Chains() const REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  VirtualClock clock_;
  const MachineOptions options_;
  Random random_ GUARDED_BY(mutex_);
  Disk disk_ GUARDED_BY(mutex_);

  std::uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  std::map<Inode, std::size_t> open_ GUARDED_BY(mutex_);
  std::map<Inode, std::uint64_t> locks_ GUARDED_BY(mutex_);
  std::size_t descriptors_ GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, RingState> rings_ GUARDED_BY(mutex_);
  std::size_t in_flight_ GUARDED_BY(mutex_) = 0;

  std::uint64_t capacity_ GUARDED_BY(mutex_);
  bool read_only_ GUARDED_BY(mutex_);
  std::vector<ArmedFault> faults_ GUARDED_BY(mutex_);
  std::map<std::uint64_t, StallRule> stalls_ GUARDED_BY(mutex_);

  std::uint64_t operations_ GUARDED_BY(mutex_) = 0;
  std::uint64_t stop_at_ GUARDED_BY(mutex_) = 0;
  bool off_ GUARDED_BY(mutex_) = false;
  std::vector<Chain> struck_ GUARDED_BY(mutex_);  // what was in flight when power went

  std::uint64_t trace_hash_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> trace_ GUARDED_BY(mutex_);
};

}  // namespace tidemark::simulation

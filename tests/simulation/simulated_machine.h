// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "tests/simulation/image.h"
#include "tests/simulation/virtual_clock.h"
#include "tidemark/io.h"

namespace tidemark::simulation {

class MachineCore;

/// Kinds of calls, to be combined with `|`.
enum class Call : std::uint32_t {
  kOpen = 1 << 0,
  kRead = 1 << 1,
  kWrite = 1 << 2,
  kSync = 1 << 3,  ///< Of files and directories, and of the whole file system.
  kAllocate = 1 << 4,
  kCreate = 1 << 5,  ///< CreateWhole, CreateDirectory, Open that makes a file.
  kRename = 1 << 6,
  kRemove = 1 << 7,
  kLook = 1 << 8,  ///< List, Stat.
};
constexpr Call operator|(Call a, Call b) {
  return static_cast<Call>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool Has(Call set, Call one) {
  return (static_cast<std::uint32_t>(set) & static_cast<std::uint32_t>(one)) != 0;
}

struct MachineOptions {
  std::uint64_t seed = 1;
  double short_reads = 0;     ///< Probability that a read returns less than asked.
  double short_writes = 0;    ///< Probability that a write takes less than given.
  double cached_reads = 0.5;  ///< Probability that kReadCached finds all that it asks for.
  /// Probability that, at each call, an operation in flight on a ring takes effect. With 0 each
  /// waits until somebody reaps.
  double ring_progress = 0.4;
  bool rings = true;  ///< False: NewRing gives rings that perform at Submit, through File.
  std::uint64_t capacity_bytes = std::numeric_limits<std::uint64_t>::max();
  std::size_t descriptors_max = std::numeric_limits<std::size_t>::max();
  bool read_only = false;
  bool keep_trace = false;  ///< For Trace(); the hash of the trace is always kept.
  std::chrono::nanoseconds wall{1'760'000'000'000'000'000};
  std::chrono::nanoseconds monotonic{1'000'000'000};
  std::chrono::nanoseconds tick{1'000};
};

/// Calls that go wrong.
struct Fault {
  Call calls = Call::kWrite;
  std::string pattern = "*";  ///< Of paths as they were opened; `*` matches slashes too.
  std::uint64_t first = 1;    ///< Counted over the calls that match.
  std::uint64_t count = 1;    ///< How many in a row; 0: all from `first` on.
  Status error = {StatusCode::kDataLoss, "input/output error (simulated)"};
  /// For reads and writes: when `error` is ok, so many bytes are moved at most.
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();
};

/// Calls that match wait until this goes away, or power does. Thread-safe.
class Stall {
 public:
  Stall(std::shared_ptr<MachineCore> core, std::uint64_t id) : core_(std::move(core)), id_(id) {}
  Stall(Stall&&) = default;
  Stall& operator=(Stall&&) = delete;
  ~Stall() { Release(); }

  void Release();
  /// How many threads wait now.
  std::size_t Waiting() const;

 private:
  std::shared_ptr<MachineCore> core_;
  const std::uint64_t id_;
};

/// A computer in memory that fails, stalls, loses power and loses processes, as a seed decides.
/// Production code runs on it unchanged. With one thread two runs of a seed are equal.
///
/// Its rules:
/// - A write is durable once a sync was submitted after its completion was seen (or is linked
///   behind it) and succeeded. Until then each of its sectors of 512 bytes, and a file's size, are
///   kept or lost each on its own; a sector that had no durable block may come back as garbage.
/// - Names are durable once their directory is synced; until then each create, rename and removal
///   is kept or lost on its own.
/// - Operations of a ring take effect somewhere between Submit and Reap, in any order; buffers are
///   looked at when they do.
/// - A failed sync takes what it covered for clean: later syncs succeed without writing it.
///
/// Thread-safe. Files and rings may outlive it.
class SimulatedMachine final : public io::Machine {
 public:
  explicit SimulatedMachine(MachineOptions options = {});
  /// A machine whose disk is as given.
  SimulatedMachine(MachineOptions options, Disk disk);
  ~SimulatedMachine() override;

  io::FileSystem& files() override;
  VirtualClock& clock() override;
  Result<std::unique_ptr<io::Ring>> NewRing(io::RingUse use, std::size_t depth) override;
  std::int64_t ProcessId() const override { return 1; }
  std::string Describe() const override;
  bool PrefersWrittenBlocks() const override { return true; }

  // --- Trouble ---
  void Inject(Fault fault);
  void ClearFaults();
  [[nodiscard]] Stall StallOn(Call calls, std::string pattern);
  void SetCapacity(std::uint64_t bytes);
  void SetReadOnly(bool read_only);
  /// Flips bits of one byte where it is stored. Errors: kNotFound.
  Status FlipBits(const std::filesystem::path& path, std::uint64_t offset, std::byte bits);

  // --- Crashes ---
  /// How many state-changing operations there were: writes, syncs, creates, renames, removals,
  /// allocations, submissions to rings, and each of their writes and syncs when it takes effect.
  std::uint64_t operations() const;
  /// Operation `number` (from 1) is the first that does not happen: from then on every call fails
  /// with kUnavailable and changes nothing.
  void PowerOffAt(std::uint64_t number);
  void PowerOff();
  bool power_is_off() const;

  /// Everything that a power cut now (or when power went) may leave.
  void ForEachPowerCut(const ImageLimits& limits,
                       const std::function<bool(const Image&)>& each) const;
  /// What the death of the process now may leave: the page cache stays, and operations in flight
  /// have taken effect or not. Choices read "x2,0": how far each chain of linked operations came.
  void ForEachKill(const ImageLimits& limits, const std::function<bool(const Image&)>& each) const;
  /// One image by its `choice`. Errors: kInvalidArgument.
  Result<Image> Choose(std::string_view choice) const;

  /// A fresh machine that starts with this image, with the same options but other random numbers
  /// (the same for the same image), no faults, and a clock a few seconds on.
  std::unique_ptr<SimulatedMachine> Boot(const Image& image) const;

  // --- Looking ---
  /// As the process sees it: names, sizes, bytes.
  std::uint64_t Hash() const;
  Disk disk() const;
  std::uint64_t trace_hash() const;
  std::vector<std::string> Trace() const;

  // --- Real directories ---
  /// Copies a real directory's files to `to` here, at once durable. Errors: as std::filesystem.
  Status CopyFrom(const std::filesystem::path& real, const std::filesystem::path& to);
  /// Copies what is below `from` here into a real directory, which is made when absent.
  Status CopyTo(const std::filesystem::path& from, const std::filesystem::path& real) const;

 private:
  const MachineOptions options_;
  const std::shared_ptr<MachineCore> core_;
  const std::unique_ptr<io::FileSystem> files_;
};

}  // namespace tidemark::simulation

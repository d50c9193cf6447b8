// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "tidemark/io.h"

namespace tidemark::test {

/// A computer whose disk is memory: loses power, is killed, and fails where a test says.
///
/// Every call of the seam but Stat and Describe counts as one operation. What was written is kept
/// in 512-byte sectors until a Sync, names until their directory is synced. Directories themselves
/// are durable at once. Thread-safe.
class MemoryMachine final : public io::Machine {
 public:
  MemoryMachine();
  ~MemoryMachine() override;

  io::FileSystem& files() override;
  io::Clock& clock() override;
  Result<std::unique_ptr<io::Ring>> NewRing(io::RingUse use, std::size_t depth) override;
  std::int64_t ProcessId() const override { return 1; }
  std::string Describe() const override { return "memory"; }

  /// The wall clock stands still between calls of these.
  void SetWall(std::chrono::nanoseconds wall);
  void AdvanceWall(std::chrono::nanoseconds by);

  enum class Fault {
    kOnce,    ///< One operation fails; a write may have taken half.
    kForGood  ///< It and all later ones fail, as for a process that is about to be killed.
  };
  /// The `nth` operation from now fails, counted from 1; 0: none does.
  void FailAt(std::int64_t nth, Fault fault);
  std::int64_t operations() const;

  /// What the next process finds.
  std::unique_ptr<MemoryMachine> AfterKill() const;
  /// What is found after a power cut: of what was not synced each sector and name is new or old.
  std::unique_ptr<MemoryMachine> AfterPowerCut(std::uint64_t seed) const;

  /// A durable file with this content, its directories made.
  void Add(const std::filesystem::path& path, std::string_view content);
  /// "" when there is none.
  std::string Content(const std::filesystem::path& path) const;
  /// Full paths, sorted.
  std::vector<std::string> Names() const;

 private:
  struct Disk;
  class MemoryFile;
  class Files;
  class WallClock;

  std::shared_ptr<Disk> disk_;
  std::unique_ptr<Files> files_;
  std::unique_ptr<WallClock> clock_;
};

}  // namespace tidemark::test

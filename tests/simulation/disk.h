// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/simulation/random.h"
#include "tests/simulation/tree.h"

namespace tidemark::simulation {

/// Counts what happens on a disk; orders completions and syncs.
using Moment = std::uint64_t;

/// Something that was done and that a power cut may still take back. A write of pages is one atom
/// for each of its sectors; every other kind is one atom.
struct Change {
  enum class Kind : std::uint8_t { kPage, kSize, kBlocks, kName };

  Kind kind = Kind::kPage;
  SectorMask sectors = 0;       ///< kPage: which of the page's sectors.
  bool abandoned = false;       ///< A sync failed on it: no later sync writes it.
  std::uint64_t operation = 0;  ///< The same for all changes of one call.
  Moment settled = 0;           ///< When its completion was seen; 0: it was not.
  Inode inode = 0;              ///< What is changed; kName: what is named.
  std::uint64_t index = 0;      ///< kPage: which page; kSize: the size; kBlocks: first page.
  std::uint64_t end = 0;        ///< kPage: behind the last byte; kBlocks: behind the last page.
  std::int64_t time_ns = 0;     ///< Of the change, for the inode's times.
  PagePtr page;                 ///< kPage: the whole page right after the write.
  Inode directory = 0;          ///< kName: where; 0: the name is taken away.
  Inode from = 0;               ///< kName: the directory that loses it, if any.
  std::shared_ptr<const std::string> name;
};

/// Which changes a sync covers: those whose completion was seen by `until`, and those of
/// operations that are linked ahead of it.
struct Coverage {
  Moment until = 0;
  std::span<const std::uint64_t> linked;
};

/// Files as a running process sees them, as the device has them, and the changes between the two,
/// in the order in which they took effect. A value: copies are cheap and independent.
/// Callers check names and kinds first. Thread-compatible.
class Disk {
 public:
  Disk() = default;
  /// Everything durable.
  explicit Disk(Tree tree);

  const Tree& now() const { return now_; }
  const Tree& durable() const { return durable_; }
  const std::vector<Change>& pending() const { return pending_; }
  Moment moment() const { return moment_; }

  std::uint64_t NewOperation() { return ++operations_; }

  // --- Names ---
  Inode CreateFile(Inode directory, std::string_view name, std::int64_t time_ns);
  Inode CreateDirectory(Inode directory, std::string_view name, std::int64_t time_ns);
  /// A file of zeros whose content is durable at once; its name is not.
  Inode CreateWhole(Inode directory, std::string_view name, std::uint64_t size, bool blocks,
                    std::int64_t time_ns);
  void Rename(Inode inode, Inode directory, std::string_view name, std::int64_t time_ns);
  /// The node stays until Forget.
  void Remove(Inode inode, std::int64_t time_ns);
  /// Nobody can reach this nameless node any more.
  void Forget(Inode inode);

  // --- Content ---
  /// `settled`: the caller learns of the completion right away; otherwise Settle says when.
  void Write(Inode inode, std::uint64_t offset, std::span<const std::byte> bytes,
             std::uint64_t operation, bool settled, std::int64_t time_ns);
  void Allocate(Inode inode, std::uint64_t first_page, std::uint64_t end_page, std::uint64_t size,
                std::int64_t time_ns);
  void Settle(std::uint64_t operation);
  void SettleAll();
  /// Flips bits of one byte, on the device and in memory, as rot does.
  void FlipBits(Inode inode, std::uint64_t offset, std::byte bits);

  // --- Durability ---
  /// A file's bytes, size and blocks; a directory's entries.
  void Sync(Inode inode, Coverage coverage);
  void SyncEverything(Coverage coverage);
  /// The sync fails and takes everything that it covers for clean. Each sector of it is still in
  /// memory and perhaps on the device, or gone from both.
  void FailSync(Inode inode, Coverage coverage, Random& random);
  /// Everything, without a trace: for preparing a machine.
  void MakeAllDurable();
  /// Bounds what a long run without syncs holds. Not while a sync is in flight: it would no longer
  /// cover writes that are merged with later ones.
  void Compact();

 private:
  Inode NewInode();
  Change& Push(Change::Kind kind, Inode inode, std::uint64_t operation, std::int64_t time_ns);
  void PushName(Inode inode, Inode from, Inode directory, std::string_view name,
                std::int64_t time_ns);
  void Commit(std::vector<bool> covered);
  std::vector<bool> Covered(Inode inode, const Coverage& coverage) const;

  Tree now_;
  Tree durable_;
  std::vector<Change> pending_;
  Moment moment_ = 0;
  std::uint64_t operations_ = 0;
  Inode last_inode_ = kRoot;
  std::size_t merge_at_ = 4096;
};

/// Does one change to a tree: `sectors` of its page, or all of it.
void Apply(const Change& change, SectorMask sectors, Tree& tree);

}  // namespace tidemark::simulation

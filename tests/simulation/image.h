// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "src/base/status.h"
#include "tests/simulation/disk.h"

namespace tidemark::simulation {

/// What a crash leaves for the next start.
struct Image {
  Disk disk;
  std::uint64_t hash = 0;  ///< Of the names, sizes and bytes that the next start finds.
  /// Which of all possible images this is: see Atoms and SimulatedMachine.
  std::string choice;
  bool killed = false;  ///< The process died, the machine did not.
};

/// How many of the possible images are made. Up to `all_subsets_up_to` atoms: every subset. More:
/// every prefix, each alone kept, each alone lost, pairs, tears, seeded subsets.
struct ImageLimits {
  std::size_t all_subsets_up_to = 6;
  std::size_t pairs_up_to = 12;     ///< Pairs kept and pairs lost, when there are so few atoms.
  std::size_t tears_per_write = 8;  ///< Places at which one write is torn.
  std::size_t singles = 64;         ///< Atoms, or prefixes, that are tried one by one.
  std::size_t seeded_subsets = 32;
  std::size_t images = 2000;
  bool garbage = true;  ///< Sectors that never had a durable block may hold anything.

  /// What a long run uses.
  static ImageLimits Thorough() { return {12, 64, 1u << 20, 1u << 20, 1024, 1u << 20, true}; }
};

/// Everything that a power cut may keep or take back on one disk, and the images that result.
/// A choice reads "k0-3,7;g5": atoms kept, and lost ones that leave garbage; the rest is lost.
/// Thread-compatible; refers to nothing outside.
class Atoms {
 public:
  enum class Fate : std::uint8_t { kLost, kKept, kGarbage };

  /// `seed` decides what garbage looks like.
  Atoms(const Disk& disk, std::uint64_t seed);

  std::size_t size() const { return atoms_.size(); }

  /// Calls `each` with every distinct image within `limits` until it returns false.
  void ForEachImage(const ImageLimits& limits, const std::function<bool(const Image&)>& each);

  /// Errors: kInvalidArgument (no choice of this disk).
  Result<Image> Choose(std::string_view choice);

  Tree Build(const std::vector<Fate>& fates);

 private:
  struct Atom {
    std::size_t change;
    SectorMask sector;  // one bit; 0 when the change is one atom
    bool fresh;         // may be garbage when lost
  };
  friend class ImageWalk;

  static Image Finish(Tree tree, std::uint64_t hash, const std::vector<Fate>& fates);
  const PagePtr& Garbage(Inode inode, std::uint64_t page);
  PagePtr BlendOnce(const PagePtr& base, const PagePtr& fresh, SectorMask mask);

  const Disk disk_;
  const std::uint64_t seed_;
  std::vector<Atom> atoms_;
  std::vector<PagePtr> stale_;
  std::map<std::pair<Inode, std::uint64_t>, PagePtr> garbage_;
  struct Blended {
    PagePtr base;  // kept, so that its address means the same page as long as the entry lives
    PagePtr page;
  };
  struct BlendHash {
    std::size_t operator()(const std::tuple<const Page*, const Page*, SectorMask>& key) const;
  };
  std::unordered_map<std::tuple<const Page*, const Page*, SectorMask>, Blended, BlendHash> blends_;
};

/// "0-3,7" for the numbers at which `wanted` holds.
std::string FormatRuns(const std::vector<Atoms::Fate>& fates, Atoms::Fate wanted);

}  // namespace tidemark::simulation

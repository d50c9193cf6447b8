// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_set>

#include "tests/simulation/image.h"

namespace tidemark::simulation {

/// Goes through the images of one disk in an order that meets the plain ones first.
class ImageWalk {
 public:
  ImageWalk(Atoms& atoms, const ImageLimits& limits, const std::function<bool(const Image&)>& each)
      : atoms_(atoms), limits_(limits), each_(each), random_(Mix(atoms.seed_) + atoms.size()) {
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      const std::uint64_t operation = atoms.disk_.pending()[atoms.atoms_[i].change].operation;
      // Changes of one call lie together, except where calls overlap: then they are two groups.
      if (i == 0 || operation != last_operation_) groups_.push_back({i, i});
      last_operation_ = operation;
      groups_.back().end = i + 1;
    }
  }

  void Run() {
    std::vector<Group> single;
    for (std::size_t i = 0; i < atoms_.size(); ++i) single.push_back({i, i + 1});
    if (single.size() <= limits_.all_subsets_up_to) {
      AllSubsets(single);
      return;
    }
    Emit(All(Fate::kLost));
    Emit(All(Fate::kKept));
    // Whole calls first, then their sectors.
    Families(groups_);
    if (groups_.size() <= limits_.all_subsets_up_to) AllSubsets(groups_);
    Tears();
    if (groups_.size() != single.size()) Families(single);
    SeededSubsets();
  }

 private:
  using Fate = Atoms::Fate;
  using Fates = std::vector<Fate>;
  struct Group {
    std::size_t first;
    std::size_t end;
  };

  Fates All(Fate fate) const { return Fates(atoms_.size(), fate); }

  static void Set(Fates& fates, Group group, Fate fate) {
    std::fill(fates.begin() + static_cast<std::ptrdiff_t>(group.first),
              fates.begin() + static_cast<std::ptrdiff_t>(group.end), fate);
  }

  void AllSubsets(const std::vector<Group>& units) {
    for (std::uint64_t subset = 0; subset < std::uint64_t{1} << units.size() && !done_; ++subset) {
      Fates fates = All(Fate::kLost);
      for (std::size_t i = 0; i < units.size(); ++i) {
        if ((subset >> i & 1) != 0) Set(fates, units[i], Fate::kKept);
      }
      Emit(fates);
    }
  }

  void Families(const std::vector<Group>& units) {
    const std::size_t stride =
        (units.size() + limits_.singles - 1) / std::max<std::size_t>(limits_.singles, 1);
    // The newest calls are the likeliest to be half done: count from the end.
    for (std::size_t k = 0; k < units.size() && !done_; k += std::max<std::size_t>(stride, 1)) {
      const std::size_t i = units.size() - 1 - k;
      Fates prefix = All(Fate::kLost);
      Set(prefix, {0, units[i].first}, Fate::kKept);
      Emit(prefix);
      Fates kept = All(Fate::kLost);
      Set(kept, units[i], Fate::kKept);
      Emit(kept);
      Fates lost = All(Fate::kKept);
      Set(lost, units[i], Fate::kLost);
      Emit(lost);
    }
    if (units.size() > limits_.pairs_up_to) return;
    for (std::size_t i = 0; i < units.size(); ++i) {
      for (std::size_t k = i + 1; k < units.size() && !done_; ++k) {
        Fates kept = All(Fate::kLost);
        Set(kept, units[i], Fate::kKept);
        Set(kept, units[k], Fate::kKept);
        Emit(kept);
        Fates lost = All(Fate::kKept);
        Set(lost, units[i], Fate::kLost);
        Set(lost, units[k], Fate::kLost);
        Emit(lost);
      }
    }
  }

  /// One call cut in two: its front or its back is there, and what followed it is, or is not.
  void Tears() {
    for (std::size_t g = groups_.size(); g-- > 0;) {
      const Group group = groups_[g];
      const std::size_t cuts = group.end - group.first - 1;
      const std::size_t stride =
          std::max<std::size_t>(1, (cuts + limits_.tears_per_write - 1) /
                                       std::max<std::size_t>(limits_.tears_per_write, 1));
      for (std::size_t cut = 1; cut <= cuts && !done_; cut += stride) {
        for (const Fate behind : {Fate::kLost, Fate::kKept}) {
          Fates front = All(behind);
          Set(front, {0, group.first + cut}, Fate::kKept);
          Set(front, {group.first + cut, group.end}, Fate::kLost);
          Emit(front);
          Fates back = All(behind);
          Set(back, {0, group.end}, Fate::kKept);
          Set(back, {group.first, group.first + cut}, Fate::kLost);
          // A file's size is a change of its own: a torn tail shows only when the size is there.
          Emit(back);
          back[group.first] = Fate::kKept;
          Emit(back);
        }
      }
    }
  }

  void SeededSubsets() {
    for (std::size_t i = 0; i < limits_.seeded_subsets && !done_; ++i) {
      // From nearly nothing to nearly everything, by sectors and by whole calls.
      const std::uint64_t density = 1 + random_.Below(15);
      Fates fates = All(Fate::kLost);
      if (i % 2 == 0) {
        for (Fate& fate : fates) fate = random_.Below(16) < density ? Fate::kKept : Fate::kLost;
      } else {
        for (const Group group : groups_) {
          if (random_.Below(16) < density) Set(fates, group, Fate::kKept);
        }
      }
      Emit(fates);
    }
  }

  void Emit(const Fates& fates) {
    EmitOne(fates);
    if (!limits_.garbage || done_) return;
    Fates garbage = fates;
    Fates mixed = fates;
    std::size_t fresh = 0;
    for (std::size_t i = 0; i < fates.size(); ++i) {
      if (fates[i] != Fate::kLost || !atoms_.atoms_[i].fresh) continue;
      ++fresh;
      garbage[i] = Fate::kGarbage;
      if (random_.Below(2) == 0) mixed[i] = Fate::kGarbage;
    }
    if (fresh > 0) EmitOne(garbage);
    if (fresh > 1) EmitOne(mixed);
  }

  void EmitOne(const Fates& fates) {
    if (done_) return;
    Tree tree = atoms_.Build(fates);
    const std::uint64_t hash = tree.Hash();
    if (!seen_.insert(hash).second) return;
    done_ = !each_(Atoms::Finish(std::move(tree), hash, fates)) || seen_.size() >= limits_.images;
  }

  Atoms& atoms_;
  const ImageLimits& limits_;
  const std::function<bool(const Image&)>& each_;
  Random random_;
  std::uint64_t last_operation_ = 0;
  std::vector<Group> groups_;
  std::unordered_set<std::uint64_t> seen_;
  bool done_ = false;
};

void Atoms::ForEachImage(const ImageLimits& limits, const std::function<bool(const Image&)>& each) {
  ImageWalk(*this, limits, each).Run();
}

}  // namespace tidemark::simulation

// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/image.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>

namespace tidemark::simulation {

Atoms::Atoms(const Disk& disk, std::uint64_t seed) : disk_(disk), seed_(seed) {
  std::map<std::pair<Inode, std::uint64_t>, SectorMask> seen;
  for (std::size_t i = 0; i < disk_.pending().size(); ++i) {
    const Change& change = disk_.pending()[i];
    if (change.kind != Change::Kind::kPage) {
      atoms_.push_back({i, 0, false});
      continue;
    }
    const Node* stored = disk_.durable().Find(change.inode);
    const bool fresh = stored != nullptr && !stored->content->IsAllocated(change.index);
    SectorMask& before = seen[{change.inode, change.index}];
    for (unsigned sector = 0; sector < kSectorsPerPage; ++sector) {
      const auto bit = static_cast<SectorMask>(1u << sector);
      if ((change.sectors & bit) == 0) continue;
      atoms_.push_back({i, bit, fresh && (before & bit) == 0});
      before |= bit;
    }
  }
  // Blocks of a file system come with what they held before: often a good record of another place.
  for (const Node& node : disk_.durable().nodes()) {
    if (node.content == nullptr || stale_.size() >= 32) continue;
    std::size_t taken = 0;
    node.content->ForEachPage([&](std::uint64_t, const PagePtr& page) {
      if (taken++ < 4 && page->Hash() != 0) stale_.push_back(page);
    });
  }
}

const PagePtr& Atoms::Garbage(Inode inode, std::uint64_t page) {
  PagePtr& garbage = garbage_[{inode, page}];
  if (garbage != nullptr) return garbage;
  Random random(Mix(seed_) ^ Mix(inode) ^ Mix(~page));
  auto made = std::make_shared<Page>(nullptr);
  for (std::size_t sector = 0; sector < kSectorsPerPage; ++sector) {
    std::byte* to = made->bytes.data() + sector * kSectorBytes;
    if (!stale_.empty() && random.Below(2) == 0) {
      const PagePtr& from = stale_[random.Below(stale_.size())];
      std::memcpy(to, from->bytes.data() + random.Below(kSectorsPerPage) * kSectorBytes,
                  kSectorBytes);
    } else {
      for (std::size_t i = 0; i < kSectorBytes; i += 8) {
        const std::uint64_t noise = random.Next();
        std::memcpy(to + i, &noise, 8);
      }
    }
  }
  garbage = std::move(made);
  return garbage;
}

std::size_t Atoms::BlendHash::operator()(
    const std::tuple<const Page*, const Page*, SectorMask>& key) const {
  const auto [base, fresh, mask] = key;
  return Mix(reinterpret_cast<std::uintptr_t>(base) ^
             Mix(reinterpret_cast<std::uintptr_t>(fresh) ^ mask));
}

PagePtr Atoms::BlendOnce(const PagePtr& base, const PagePtr& fresh, SectorMask mask) {
  if (mask == kAllSectors) return fresh;
  // The walk makes the same few pages again and again; made once, they are hashed once.
  if (blends_.size() > 4096) blends_.clear();
  Blended& blended = blends_[{base.get(), fresh.get(), mask}];
  if (blended.page == nullptr) blended = {base, Blend(base, fresh, mask)};
  return blended.page;
}

Tree Atoms::Build(const std::vector<Fate>& fates) {
  Tree tree = disk_.durable();
  std::set<Inode> touched;
  for (std::size_t i = 0; i < atoms_.size();) {
    const std::size_t number = atoms_[i].change;
    const Change& change = disk_.pending()[number];
    SectorMask kept = 0;
    SectorMask garbage = 0;
    bool whole = false;
    for (; i < atoms_.size() && atoms_[i].change == number; ++i) {
      if (fates[i] == Fate::kKept) {
        kept |= atoms_[i].sector;
        whole = true;
      } else if (fates[i] == Fate::kGarbage) {
        garbage |= atoms_[i].sector;
      }
    }
    if (!whole && garbage == 0) continue;
    if (change.kind != Change::Kind::kPage) {
      Apply(change, 0, tree);
      if (change.kind == Change::Kind::kSize) touched.insert(change.inode);
      continue;
    }
    if (tree.Find(change.inode) == nullptr) continue;
    Content& content = tree.Mutable(change.inode);
    PagePtr page = content.PageAt(change.index);
    if (kept != 0) page = BlendOnce(page, change.page, kept);
    if (garbage != 0) page = BlendOnce(page, Garbage(change.inode, change.index), garbage);
    content.SetPage(change.index, std::move(page));
    content.Allocate(change.index, change.index + 1);
    touched.insert(change.inode);
    // The inode's times go to the device with the data or at their own leisure.
    if ((Mix(seed_ ^ number) & 1) != 0) {
      Node* node = tree.Find(change.inode);
      node->modified_ns = node->changed_ns = change.time_ns;
    }
  }
  for (const Inode inode : touched) {
    Content& content = tree.Mutable(inode);
    content.SetSize(content.size());
  }
  return tree;
}

Image Atoms::Finish(Tree tree, std::uint64_t hash, const std::vector<Fate>& fates) {
  Image image;
  image.hash = hash;
  image.choice = "k" + FormatRuns(fates, Fate::kKept) + ";g" + FormatRuns(fates, Fate::kGarbage);
  tree.EraseUnreachable();
  image.disk = Disk(std::move(tree));
  return image;
}

std::string FormatRuns(const std::vector<Atoms::Fate>& fates, Atoms::Fate wanted) {
  std::string runs;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    if (fates[i] != wanted) continue;
    const std::size_t first = i;
    while (i + 1 < fates.size() && fates[i + 1] == wanted) ++i;
    if (!runs.empty()) runs += ',';
    runs += std::to_string(first);
    if (i > first) runs += "-" + std::to_string(i);
  }
  return runs;
}

Result<Image> Atoms::Choose(std::string_view choice) {
  std::vector<Fate> fates(atoms_.size(), Fate::kLost);
  const auto wrong = [&] {
    return InvalidArgument("\"{}\" chooses no image of {} atoms", choice, atoms_.size());
  };
  const std::size_t semicolon = choice.find(";g");
  if (!choice.starts_with('k') || semicolon == std::string_view::npos) return wrong();
  const auto mark = [&](std::string_view runs, Fate fate) {
    while (!runs.empty()) {
      std::size_t first = 0;
      const auto [dash, bad] = std::from_chars(runs.begin(), runs.end(), first);
      if (bad != std::errc()) return false;
      std::size_t last = first;
      const char* behind = dash;
      if (dash != runs.end() && *dash == '-') {
        const auto [end, worse] = std::from_chars(dash + 1, runs.end(), last);
        if (worse != std::errc()) return false;
        behind = end;
      }
      if (last < first || last >= fates.size()) return false;
      for (std::size_t i = first; i <= last; ++i) fates[i] = fate;
      runs.remove_prefix(static_cast<std::size_t>(behind - runs.begin()));
      if (!runs.empty()) {
        if (runs.front() != ',') return false;
        runs.remove_prefix(1);
      }
    }
    return true;
  };
  if (!mark(choice.substr(1, semicolon - 1), Fate::kKept)) return wrong();
  if (!mark(choice.substr(semicolon + 2), Fate::kGarbage)) return wrong();
  Tree tree = Build(fates);
  const std::uint64_t hash = tree.Hash();
  return Finish(std::move(tree), hash, fates);
}

}  // namespace tidemark::simulation

// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/disk.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "src/base/check.h"

namespace tidemark::simulation {

void Apply(const Change& change, SectorMask sectors, Tree& tree) {
  if (tree.Find(change.inode) == nullptr) return;
  switch (change.kind) {
    case Change::Kind::kPage: {
      if (sectors == 0) return;
      Content& content = tree.Mutable(change.inode);
      content.SetPage(change.index, Blend(content.PageAt(change.index), change.page, sectors));
      content.Allocate(change.index, change.index + 1);
      return;
    }
    case Change::Kind::kSize: {
      Content& content = tree.Mutable(change.inode);
      if (change.index > content.size()) content.SetSize(change.index);
      return;
    }
    case Change::Kind::kBlocks:
      tree.Mutable(change.inode).Allocate(change.index, change.end);
      return;
    case Change::Kind::kName:
      if (change.directory == 0) {
        tree.Unplace(change.inode);
      } else {
        tree.Place(change.inode, change.directory, *change.name);
      }
  }
}

Disk::Disk(Tree tree) : now_(tree), durable_(std::move(tree)) {
  for (const Node& node : now_.nodes()) last_inode_ = std::max(last_inode_, node.inode);
}

Inode Disk::NewInode() {
  return ++last_inode_;
}

Change& Disk::Push(Change::Kind kind, Inode inode, std::uint64_t operation, std::int64_t time_ns) {
  Change& change = pending_.emplace_back();
  change.kind = kind;
  change.inode = inode;
  change.operation = operation;
  change.settled = ++moment_;
  change.time_ns = time_ns;
  return change;
}

void Disk::PushName(Inode inode, Inode from, Inode directory, std::string_view name,
                    std::int64_t time_ns) {
  Change& change = Push(Change::Kind::kName, inode, NewOperation(), time_ns);
  change.from = from;
  change.directory = directory;
  change.name = std::make_shared<std::string>(name);
  Apply(change, 0, now_);
  if (Node* node = now_.Find(inode); node != nullptr) node->changed_ns = time_ns;
}

Inode Disk::CreateFile(Inode directory, std::string_view name, std::int64_t time_ns) {
  return CreateWhole(directory, name, 0, false, time_ns);
}

Inode Disk::CreateWhole(Inode directory, std::string_view name, std::uint64_t size, bool blocks,
                        std::int64_t time_ns) {
  const Inode inode = NewInode();
  for (Tree* tree : {&now_, &durable_}) {
    Node& node = tree->Add(inode, false);
    node.content->SetSize(size);
    if (blocks) node.content->Allocate(0, (size + kPageBytes - 1) / kPageBytes);
    node.modified_ns = node.changed_ns = time_ns;
  }
  PushName(inode, 0, directory, name, time_ns);
  return inode;
}

Inode Disk::CreateDirectory(Inode directory, std::string_view name, std::int64_t time_ns) {
  const Inode inode = NewInode();
  for (Tree* tree : {&now_, &durable_}) {
    Node& node = tree->Add(inode, true);
    node.modified_ns = node.changed_ns = time_ns;
  }
  PushName(inode, 0, directory, name, time_ns);
  return inode;
}

void Disk::Rename(Inode inode, Inode directory, std::string_view name, std::int64_t time_ns) {
  PushName(inode, now_.Find(inode)->parent, directory, name, time_ns);
}

void Disk::Remove(Inode inode, std::int64_t time_ns) {
  PushName(inode, now_.Find(inode)->parent, 0, "", time_ns);
}

void Disk::Forget(Inode inode) {
  const Node* node = now_.Find(inode);
  TM_CHECK(node != nullptr && node->parent == 0, "inode {} has a name", inode);
  now_.Erase(inode);
  // The device may still show it under a name, or under one again when a change of it is lost.
  const Node* stored = durable_.Find(inode);
  const bool named = std::any_of(pending_.begin(), pending_.end(), [&](const Change& change) {
    return change.kind == Change::Kind::kName && change.inode == inode;
  });
  if (stored == nullptr || stored->parent != 0 || named) return;
  durable_.Erase(inode);
  std::erase_if(pending_, [&](const Change& change) { return change.inode == inode; });
}

void Disk::Write(Inode inode, std::uint64_t offset, std::span<const std::byte> bytes,
                 std::uint64_t operation, bool settled, std::int64_t time_ns) {
  if (bytes.empty()) return;
  const std::uint64_t end = offset + bytes.size();
  const std::size_t pushed = pending_.size();
  Content& content = now_.Mutable(inode);
  if (end > content.size()) {
    content.SetSize(end);
    Push(Change::Kind::kSize, inode, operation, time_ns).index = end;
  }
  while (!bytes.empty()) {
    const std::uint64_t index = offset / kPageBytes;
    const std::size_t within = offset % kPageBytes;
    const std::size_t count = std::min(bytes.size(), kPageBytes - within);
    auto page = std::make_shared<Page>(content.PageAt(index).get());
    std::memcpy(page->bytes.data() + within, bytes.data(), count);
    content.SetPage(index, page);
    content.Allocate(index, index + 1);
    Change& change = Push(Change::Kind::kPage, inode, operation, time_ns);
    change.index = index;
    change.end = offset + count;
    change.page = std::move(page);
    const std::size_t first = within / kSectorBytes;
    const std::size_t last = (within + count - 1) / kSectorBytes;
    for (std::size_t i = first; i <= last; ++i) change.sectors |= static_cast<SectorMask>(1u << i);
    offset += count;
    bytes = bytes.subspan(count);
  }
  if (!settled) {
    for (std::size_t i = pushed; i < pending_.size(); ++i) pending_[i].settled = 0;
  }
  Node* node = now_.Find(inode);
  node->modified_ns = node->changed_ns = time_ns;
}

void Disk::Allocate(Inode inode, std::uint64_t first_page, std::uint64_t end_page,
                    std::uint64_t size, std::int64_t time_ns) {
  const std::uint64_t operation = NewOperation();
  Content& content = now_.Mutable(inode);
  if (content.Unallocated(first_page, end_page) > 0) {
    content.Allocate(first_page, end_page);
    Change& change = Push(Change::Kind::kBlocks, inode, operation, time_ns);
    change.index = first_page;
    change.end = end_page;
  }
  if (size > content.size()) {
    content.SetSize(size);
    Push(Change::Kind::kSize, inode, operation, time_ns).index = size;
  }
}

void Disk::Settle(std::uint64_t operation) {
  ++moment_;
  for (Change& change : pending_) {
    if (change.operation == operation && change.settled == 0) change.settled = moment_;
  }
}

void Disk::SettleAll() {
  ++moment_;
  for (Change& change : pending_) {
    if (change.settled == 0) change.settled = moment_;
  }
}

void Disk::FlipBits(Inode inode, std::uint64_t offset, std::byte bits) {
  for (Tree* tree : {&now_, &durable_}) {
    if (tree->Find(inode) == nullptr) continue;
    Content& content = tree->Mutable(inode);
    if (offset >= content.size()) continue;
    auto page = std::make_shared<Page>(content.PageAt(offset / kPageBytes).get());
    page->bytes[offset % kPageBytes] ^= bits;
    content.SetPage(offset / kPageBytes, std::move(page));
  }
}

std::vector<bool> Disk::Covered(Inode inode, const Coverage& coverage) const {
  std::vector<bool> covered(pending_.size());
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const Change& change = pending_[i];
    const bool seen = change.settled != 0 && change.settled <= coverage.until;
    const bool linked = std::find(coverage.linked.begin(), coverage.linked.end(),
                                  change.operation) != coverage.linked.end();
    if (change.abandoned || (!seen && !linked)) continue;
    if (change.kind == Change::Kind::kName) {
      covered[i] = inode == 0 || change.directory == inode || change.from == inode;
    } else {
      covered[i] = inode == 0 || change.inode == inode;
    }
  }
  // A durable change of a name implies what happened before to the same node or the same name.
  std::set<Inode> nodes;
  std::set<std::pair<Inode, std::string_view>> names;
  for (std::size_t i = pending_.size(); i-- > 0;) {
    const Change& change = pending_[i];
    if (change.kind != Change::Kind::kName) continue;
    const std::pair<Inode, std::string_view> name(change.directory, *change.name);
    if (!covered[i] && !nodes.contains(change.inode) && !names.contains(name)) continue;
    covered[i] = true;
    nodes.insert(change.inode);
    if (change.directory != 0) names.insert(name);
  }
  return covered;
}

void Disk::Commit(std::vector<bool> covered) {
  // Older versions of a sector that is now durable are history, seen or not.
  std::map<std::pair<Inode, std::uint64_t>, SectorMask> replaced;
  std::set<Inode> nameless;
  for (std::size_t i = pending_.size(); i-- > 0;) {
    Change& change = pending_[i];
    if (change.kind == Change::Kind::kPage) {
      SectorMask& newer = replaced[{change.inode, change.index}];
      if (covered[i]) {
        newer |= change.sectors;
      } else {
        change.sectors &= static_cast<SectorMask>(~newer);
        if (change.sectors == 0) covered[i] = true;
      }
    }
  }
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (!covered[i]) continue;
    const Change& change = pending_[i];
    Inode loser = 0;
    if (change.kind == Change::Kind::kName) {
      const Node* directory = durable_.Find(change.directory);
      if (directory != nullptr) {
        const auto found = directory->entries->find(*change.name);
        if (found != directory->entries->end()) loser = found->second;
      }
    }
    Apply(change, change.sectors, durable_);
    if (change.kind == Change::Kind::kPage && change.sectors != 0) {
      // Another write, whose completion nobody saw, may have grown the file first.
      Content& content = durable_.Mutable(change.inode);
      if (content.size() < change.end) content.SetSize(change.end);
    }
    if (change.kind == Change::Kind::kSize) {
      // fdatasync writes the times only along with a new size.
      Node* node = durable_.Find(change.inode);
      node->modified_ns = node->changed_ns = change.time_ns;
    }
    if (change.kind == Change::Kind::kName && change.directory == 0) loser = change.inode;
    if (loser != 0) nameless.insert(loser);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const Change& change = pending_[i];
    const bool past = change.kind == Change::Kind::kSize &&
                      durable_.Find(change.inode) != nullptr &&
                      durable_.Find(change.inode)->content->size() >= change.index;
    if (covered[i] || past) continue;
    if (kept != i) pending_[kept] = std::move(pending_[i]);
    ++kept;
  }
  pending_.resize(kept);
  for (const Inode inode : nameless) {
    if (now_.Find(inode) != nullptr) continue;  // somebody has it open
    const bool named = std::any_of(pending_.begin(), pending_.end(), [&](const Change& change) {
      return change.kind == Change::Kind::kName && change.inode == inode;
    });
    if (named || durable_.Find(inode) == nullptr || durable_.Find(inode)->parent != 0) continue;
    durable_.Erase(inode);
    std::erase_if(pending_, [&](const Change& change) { return change.inode == inode; });
  }
}

void Disk::Sync(Inode inode, Coverage coverage) {
  ++moment_;
  if (!pending_.empty()) Commit(Covered(inode, coverage));
}

void Disk::SyncEverything(Coverage coverage) {
  Sync(0, coverage);
}

void Disk::FailSync(Inode inode, Coverage coverage, Random& random) {
  ++moment_;
  const std::vector<bool> covered = Covered(inode, coverage);
  std::map<std::pair<Inode, std::uint64_t>, SectorMask> newer;
  for (std::size_t i = pending_.size(); i-- > 0;) {
    Change& change = pending_[i];
    SectorMask* mask =
        change.kind == Change::Kind::kPage ? &newer[{change.inode, change.index}] : nullptr;
    const SectorMask later = mask == nullptr ? SectorMask{0} : *mask;
    if (mask != nullptr) *mask |= change.sectors;
    if (!covered[i]) continue;
    // The journal keeps a file's size; only its data is given up.
    if (change.kind == Change::Kind::kSize || change.kind == Change::Kind::kBlocks) continue;
    change.abandoned = true;
    if (mask == nullptr || now_.Find(change.inode) == nullptr) continue;
    // Some of the newest versions are dropped from memory too: reads find the device's bytes.
    SectorMask dropped = 0;
    for (unsigned sector = 0; sector < kSectorsPerPage; ++sector) {
      const auto bit = static_cast<SectorMask>(1u << sector);
      const bool newest = (change.sectors & bit) != 0 && (later & bit) == 0;
      if (newest && random.Below(3) == 0) dropped |= bit;
    }
    if (dropped == 0) continue;
    Content& content = now_.Mutable(change.inode);
    const Node* stored = durable_.Find(change.inode);
    content.SetPage(change.index, Blend(content.PageAt(change.index),
                                        stored->content->PageAt(change.index), dropped));
    for (std::size_t k = 0; k <= i; ++k) {
      Change& version = pending_[k];
      if (version.kind == Change::Kind::kPage && version.inode == change.inode &&
          version.index == change.index) {
        version.sectors &= static_cast<SectorMask>(~dropped);
      }
    }
  }
  std::erase_if(pending_, [](const Change& change) {
    return change.kind == Change::Kind::kPage && change.sectors == 0;
  });
}

void Disk::MakeAllDurable() {
  durable_ = now_;
  pending_.clear();
}

void Disk::Compact() {
  if (pending_.size() <= merge_at_) return;
  // Of many unsynced versions of a page, or of a size, the newest eight stay apart; older ones
  // become one, which only makes some in-between states of very long runs unreachable.
  constexpr std::size_t kVersions = 8;
  constexpr std::uint64_t kSize = ~std::uint64_t{0};
  std::map<std::pair<Inode, std::uint64_t>, std::vector<std::size_t>> versions;
  std::vector<bool> merged(pending_.size());
  for (std::size_t i = pending_.size(); i-- > 0;) {
    Change& change = pending_[i];
    const bool size = change.kind == Change::Kind::kSize;
    const bool page = change.kind == Change::Kind::kPage;
    if ((!size && !page) || change.settled == 0 || change.abandoned) continue;
    auto& newer = versions[{change.inode, size ? kSize : change.index}];
    if (newer.size() < kVersions) {
      newer.push_back(i);
      continue;
    }
    if (page) {
      Change& into = pending_[newer.back()];
      into.sectors |= change.sectors;
      into.end = std::max(into.end, change.end);
    }
    merged[i] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (merged[i]) continue;
    if (kept != i) pending_[kept] = std::move(pending_[i]);
    ++kept;
  }
  pending_.resize(kept);
  merge_at_ = std::max<std::size_t>(4096, kept * 2);
}

}  // namespace tidemark::simulation

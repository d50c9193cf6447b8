// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/tree.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "src/base/check.h"
#include "tests/simulation/random.h"

namespace tidemark::simulation {
namespace {

bool Before(const Node& node, Inode inode) {
  return node.inode < inode;
}

}  // namespace

Tree::Tree() {
  Add(kRoot, true).parent = kRoot;
}

const Node* Tree::Find(Inode inode) const {
  const auto found = std::lower_bound(nodes_.begin(), nodes_.end(), inode, Before);
  return found != nodes_.end() && found->inode == inode ? &*found : nullptr;
}

Node* Tree::Find(Inode inode) {
  return const_cast<Node*>(std::as_const(*this).Find(inode));
}

Node& Tree::Add(Inode inode, bool directory) {
  const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), inode, Before);
  TM_CHECK(at == nodes_.end() || at->inode != inode, "inode {} exists", inode);
  Node& node = *nodes_.insert(at, Node{});
  node.inode = inode;
  if (directory) {
    node.entries = std::make_shared<Entries>();
  } else {
    node.content = std::make_shared<Content>();
  }
  return node;
}

void Tree::Erase(Inode inode) {
  const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), inode, Before);
  if (at != nodes_.end() && at->inode == inode) nodes_.erase(at);
}

Content& Tree::Mutable(Inode inode) {
  Node* node = Find(inode);
  TM_CHECK(node != nullptr && node->content != nullptr, "inode {} is no file", inode);
  if (node->content.use_count() > 1) node->content = std::make_shared<Content>(*node->content);
  return *node->content;
}

Entries& Tree::MutableEntries(Node& node) {
  if (node.entries.use_count() > 1) node.entries = std::make_shared<Entries>(*node.entries);
  return *node.entries;
}

Inode Tree::Lookup(std::string_view path) const {
  const Node* node = Find(kRoot);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (name.empty() || name == ".") continue;
    if (node->entries == nullptr) return 0;
    if (name == "..") {
      node = Find(node->parent);
      continue;
    }
    const auto found = node->entries->find(name);
    if (found == node->entries->end()) return 0;
    node = Find(found->second);
  }
  return node->inode;
}

void Tree::Place(Inode inode, Inode directory, std::string_view name) {
  if (Node* parent = Find(directory); parent == nullptr || parent->entries == nullptr) return;
  Unplace(inode);
  Entries& entries = MutableEntries(*Find(directory));
  const auto [at, fresh] = entries.try_emplace(std::string(name), inode);
  if (!fresh) {
    Find(at->second)->parent = 0;
    at->second = inode;
  }
  Find(inode)->parent = directory;
}

void Tree::Unplace(Inode inode) {
  Node* node = Find(inode);
  TM_CHECK(node != nullptr, "inode {} is unknown", inode);
  Node* parent = node->parent == 0 ? nullptr : Find(node->parent);
  node->parent = 0;
  if (parent != nullptr) {
    std::erase_if(MutableEntries(*parent),
                  [&](const auto& entry) { return entry.second == inode; });
  }
}

std::uint64_t Tree::HashOf(const Node& directory) const {
  std::uint64_t hash = Mix(directory.entries->size());
  for (const auto& [name, inode] : *directory.entries) {
    const Node& child = *Find(inode);
    const std::uint64_t below =
        child.entries != nullptr ? Mix(HashOf(child)) : child.content->Hash();
    hash += Mix(below ^ XXH3_64bits(name.data(), name.size()));
  }
  return hash;
}

std::uint64_t Tree::Hash() const {
  return HashOf(*Find(kRoot));
}

void Tree::EraseUnreachable() {
  std::vector<bool> reached(nodes_.size());
  std::vector<const Node*> open = {Find(kRoot)};
  std::size_t count = 0;
  const auto reach = [&](const Node* node) {
    reached[static_cast<std::size_t>(node - nodes_.data())] = true;
    ++count;
  };
  reach(open.front());
  while (!open.empty()) {
    const Node& directory = *open.back();
    open.pop_back();
    for (const auto& [name, inode] : *directory.entries) {
      const Node* child = Find(inode);
      reach(child);
      if (child->entries != nullptr) open.push_back(child);
    }
  }
  if (count == nodes_.size()) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!reached[i]) continue;
    if (kept != i) nodes_[kept] = std::move(nodes_[i]);
    ++kept;
  }
  nodes_.resize(kept);
}

std::uint64_t Tree::AllocatedBytes() const {
  std::uint64_t bytes = 0;
  for (const Node& node : nodes_) {
    if (node.content != nullptr) bytes += node.content->allocated_bytes();
  }
  return bytes;
}

}  // namespace tidemark::simulation

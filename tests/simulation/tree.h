// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/content.h"

namespace tidemark::simulation {

/// The number of a file or directory; 0 is none.
using Inode = std::uint64_t;
inline constexpr Inode kRoot = 2;

using Entries = std::map<std::string, Inode, std::less<>>;

/// A file or a directory. What it points to is shared between trees until one of them changes it.
struct Node {
  Inode inode = 0;
  Inode parent = 0;                  ///< The directory that names it; 0: it has no name.
  std::shared_ptr<Content> content;  ///< Of a file.
  std::shared_ptr<Entries> entries;  ///< Of a directory.
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
};

/// Files and directories below a root. Copies share everything until they change it.
/// A node without a name, or below a directory without one, stays until it is erased.
/// Thread-compatible.
class Tree {
 public:
  Tree();  ///< An empty root.

  const Node* Find(Inode inode) const;
  Node* Find(Inode inode);
  Node& Add(Inode inode, bool directory);
  void Erase(Inode inode);

  /// For changing: a private copy when it was shared. `inode` must be a file here.
  Content& Mutable(Inode inode);

  /// The node at a path, 0 when there is none. "", "." and "/" are the root.
  Inode Lookup(std::string_view path) const;

  /// Gives `inode` this name and no other; who had the name loses it. Nothing happens when the
  /// directory is not in the tree.
  void Place(Inode inode, Inode directory, std::string_view name);
  /// Takes its name away.
  void Unplace(Inode inode);

  /// Everything under a name: paths, sizes, bytes. Not times, inodes or blocks.
  std::uint64_t Hash() const;

  void EraseUnreachable();
  std::uint64_t AllocatedBytes() const;
  const std::vector<Node>& nodes() const { return nodes_; }

 private:
  Entries& MutableEntries(Node& node);
  std::uint64_t HashOf(const Node& directory) const;

  std::vector<Node> nodes_;  // sorted by inode
};

}  // namespace tidemark::simulation

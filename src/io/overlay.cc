// SPDX-License-Identifier: Apache-2.0
#include "src/io/overlay.h"

#include <utility>

#include "src/io/io.h"

namespace tidemark::io {
namespace {

/// Above what file systems number their files with.
constexpr std::uint64_t kFirstInode = std::uint64_t{1} << 63;

std::string NameOf(const std::filesystem::path& path) {
  std::string name = path.lexically_normal().string();
  if (name.empty()) return ".";
  if (name.size() > 1 && name.back() == '/') name.pop_back();
  return name;
}

/// "." for the first of a relative name, itself for a root.
std::string ParentOf(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : name.substr(0, slash);
}

/// What the names below a directory start with.
std::string PrefixOf(const std::string& directory) {
  if (directory == ".") return "";
  return directory == "/" ? directory : directory + "/";
}

Status Missing(const std::string& name) {
  return NotFound("{}: no such file or directory; check the path", name);
}

}  // namespace

std::filesystem::path OverlayFiles::BasePath(const std::string& name) {
  for (std::string above = name; ParentOf(above) != above;) {
    above = ParentOf(above);
    const auto found = names_.find(above);
    if (found == names_.end()) continue;
    if (found->second == nullptr || !found->second->directory()) return {};
    if (found->second->base_path().empty()) return {};
    return found->second->base_path() / name.substr(PrefixOf(above).size());
  }
  return name;
}

Result<OverlayFiles::Node> OverlayFiles::Find(const std::string& name) {
  if (const auto found = names_.find(name); found != names_.end()) {
    if (found->second == nullptr) return Missing(name);
    return found->second;
  }
  const std::filesystem::path base_path = BasePath(name);
  if (base_path.empty()) return Missing(name);
  TM_ASSIGN_OR_RETURN(const FileInfo info, base_.Stat(base_path));
  auto node = std::make_shared<OverlayNode>(base_, clock_, base_path, info);
  names_.emplace(name, node);
  return node;
}

Result<OverlayFiles::Node> OverlayFiles::FindParent(const std::string& name) {
  const std::string parent = ParentOf(name);
  TM_ASSIGN_OR_RETURN(Node node, Find(parent));
  if (!node->directory()) return NotFound("{}: not a directory; check the path", parent);
  return node;
}

Result<std::map<std::string, bool>> OverlayFiles::Entries(const std::string& name,
                                                          const OverlayNode& directory) {
  std::map<std::string, bool> entries;
  if (!directory.base_path().empty()) {
    TM_ASSIGN_OR_RETURN(const auto listed, base_.List(directory.base_path()));
    for (const DirectoryEntry& entry : listed) entries[entry.name] = entry.directory;
  }
  const std::string prefix = PrefixOf(name);
  for (auto at = names_.lower_bound(prefix); at != names_.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string rest = at->first.substr(prefix.size());
    if (rest.empty() || rest == "." || rest.find('/') != std::string::npos) continue;
    if (at->second == nullptr) {
      entries.erase(rest);
    } else {
      entries[rest] = at->second->directory();
    }
  }
  return entries;
}

Status OverlayFiles::RequireEmpty(const std::string& name, const OverlayNode& directory) {
  TM_ASSIGN_OR_RETURN(const auto entries, Entries(name, directory));
  if (entries.empty()) return {};
  return FailedPrecondition("{}: the directory is not empty; empty it first", name);
}

Result<OverlayFiles::Node> OverlayFiles::Create(const std::string& name, bool directory) {
  TM_ASSIGN_OR_RETURN(const Node parent, FindParent(name));
  FileInfo info;
  info.directory = directory;
  info.modified_ns = info.changed_ns = clock_.Wall().count();
  info.inode = kFirstInode + inodes_made_++;
  info.links = directory ? 2 : 1;
  auto node = std::make_shared<OverlayNode>(base_, clock_, std::filesystem::path(), info);
  names_[name] = node;
  parent->Touch();
  return node;
}

std::map<std::string, OverlayFiles::Node> OverlayFiles::TakeBelow(const std::string& name) {
  const std::string prefix = PrefixOf(name);
  std::map<std::string, Node> taken;
  auto at = names_.lower_bound(prefix);
  while (at != names_.end() && at->first.starts_with(prefix)) {
    taken.emplace(at->first.substr(prefix.size()), std::move(at->second));
    at = names_.erase(at);
  }
  return taken;
}

Result<std::unique_ptr<File>> OverlayFiles::Open(const std::filesystem::path& path, Access access) {
  const std::string name = NameOf(path);
  const bool writable =
      access == Access::kReadWrite || access == Access::kCreate || access == Access::kWriteDirect;
  MutexLock lock(mutex_);
  Result<Node> node = Find(name);
  if (!node.has_value() && access == Access::kCreate &&
      node.error().code() == StatusCode::kNotFound) {
    node = Create(name, false);
  }
  if (!node.has_value()) return std::move(node).error();
  if ((*node)->directory() && access != Access::kRead) {
    return FailedPrecondition("{}: a directory stands where a file should", name);
  }
  TM_ASSIGN_OR_RETURN(auto base, (*node)->OpenBase());
  return NewOverlayFile(*std::move(node), std::move(base), name, writable);
}

Result<std::unique_ptr<File>> OverlayFiles::CreateWhole(const std::filesystem::path& path,
                                                        std::uint64_t size, Blocks blocks) {
  const std::string name = NameOf(path);
  MutexLock lock(mutex_);
  if (Find(name).has_value()) {
    return FailedPrecondition("{}: the name is taken: remove or rename that file", name);
  }
  TM_ASSIGN_OR_RETURN(Node node, Create(name, false));
  node->Extend(size, blocks == Blocks::kAllocated);
  return NewOverlayFile(std::move(node), nullptr, name, true);
}

Result<std::vector<DirectoryEntry>> OverlayFiles::List(const std::filesystem::path& directory) {
  const std::string name = NameOf(directory);
  MutexLock lock(mutex_);
  TM_ASSIGN_OR_RETURN(const Node node, Find(name));
  if (!node->directory()) return NotFound("{}: not a directory; check the path", name);
  TM_ASSIGN_OR_RETURN(const auto entries, Entries(name, *node));
  std::vector<DirectoryEntry> list;
  for (const auto& [entry, is_directory] : entries) list.push_back({entry, is_directory});
  return list;
}

Result<FileInfo> OverlayFiles::Stat(const std::filesystem::path& path) {
  MutexLock lock(mutex_);
  TM_ASSIGN_OR_RETURN(const Node node, Find(NameOf(path)));
  return node->Info();
}

Status OverlayFiles::CreateDirectory(const std::filesystem::path& path) {
  const std::string name = NameOf(path);
  MutexLock lock(mutex_);
  const Result<Node> node = Find(name);
  if (!node.has_value()) {
    if (node.error().code() != StatusCode::kNotFound) return node.error();
    return Create(name, true).error();
  }
  if ((*node)->directory()) return {};
  return FailedPrecondition("{}: the name is taken: remove or rename that file", name);
}

Status OverlayFiles::Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::string source_name = NameOf(from), target_name = NameOf(to);
  MutexLock lock(mutex_);
  TM_ASSIGN_OR_RETURN(const Node source_parent, FindParent(source_name));
  TM_ASSIGN_OR_RETURN(const Node target_parent, FindParent(target_name));
  TM_ASSIGN_OR_RETURN(const Node source, Find(source_name));
  if (source_name == target_name) return {};
  if (source->directory() && target_name.starts_with(PrefixOf(source_name))) {
    return InvalidArgument("{}: rename to {}, which is inside of it", source_name, target_name);
  }
  Result<Node> target = Find(target_name);
  if (!target.has_value() && target.error().code() != StatusCode::kNotFound) {
    return std::move(target).error();
  }
  if (target.has_value()) {
    if ((*target)->directory() && !source->directory()) {
      return FailedPrecondition("{}: rename to {}, which is a directory", source_name, target_name);
    }
    if ((*target)->directory()) TM_RETURN_IF_ERROR(RequireEmpty(target_name, **target));
    if (source->directory() && !(*target)->directory()) {
      return NotFound("{}: rename to {}, which is not a directory", source_name, target_name);
    }
    const std::uint64_t links = (*target)->Info().links;
    (*target)->SetLinks((*target)->directory() || links == 0 ? 0 : links - 1);
  }
  if (source->directory()) {
    TakeBelow(target_name);
    auto below = TakeBelow(source_name);
    for (auto& [rest, node] : below) names_[PrefixOf(target_name) + rest] = std::move(node);
  }
  names_[source_name] = nullptr;
  names_[target_name] = source;
  source->SetLinks(source->Info().links);
  source_parent->Touch();
  target_parent->Touch();
  return {};
}

Status OverlayFiles::Remove(const std::filesystem::path& path) {
  const std::string name = NameOf(path);
  MutexLock lock(mutex_);
  TM_ASSIGN_OR_RETURN(const Node node, Find(name));
  TM_ASSIGN_OR_RETURN(const Node parent, FindParent(name));
  if (node->directory()) {
    TM_RETURN_IF_ERROR(RequireEmpty(name, *node));
    TakeBelow(name);
  }
  const std::uint64_t links = node->Info().links;
  node->SetLinks(node->directory() || links == 0 ? 0 : links - 1);
  names_[name] = nullptr;
  parent->Touch();
  return {};
}

Result<SpaceInfo> OverlayFiles::Space(const std::filesystem::path& path) {
  MutexLock lock(mutex_);
  for (std::string name = NameOf(path);; name = ParentOf(name)) {
    TM_ASSIGN_OR_RETURN(const Node node, Find(name));
    if (!node->base_path().empty()) return base_.Space(node->base_path());
  }
}

}  // namespace tidemark::io

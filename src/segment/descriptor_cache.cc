// SPDX-License-Identifier: Apache-2.0
#include "src/segment/descriptor_cache.h"

#include "src/base/check.h"

namespace tidemark {

DescriptorCache::DescriptorCache(io::FileSystem& files, std::size_t open_max)
    : files_(files), open_max_(open_max) {
  TM_CHECK(open_max > 0, "a cache of no descriptors");
}

Result<std::shared_ptr<io::File>> DescriptorCache::Open(
    Key key, absl::FunctionRef<std::filesystem::path()> path) {
  {
    MutexLock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      return found->second->file;
    }
  }
  TM_ASSIGN_OR_RETURN(std::shared_ptr<io::File> file, files_.Open(path(), io::Access::kReadWrite));
  return Insert(key, std::move(file));
}

void DescriptorCache::Put(Key key, std::shared_ptr<io::File> file) {
  Insert(key, std::move(file));
}

std::shared_ptr<io::File> DescriptorCache::Insert(Key key, std::shared_ptr<io::File> file) {
  // Closing a file may wait for the disk: it happens when `evicted` dies, behind the lock.
  Recent evicted;
  MutexLock lock(mutex_);
  const auto [at, fresh] = by_key_.try_emplace(key);
  if (!fresh) return at->second->file;  // another thread opened it meanwhile
  recent_.push_front({key, std::move(file)});
  at->second = recent_.begin();
  std::shared_ptr<io::File> kept = recent_.front().file;
  while (recent_.size() > open_max_) {
    by_key_.erase(recent_.back().key);
    evicted.splice(evicted.begin(), recent_, std::prev(recent_.end()));
  }
  return kept;
}

void DescriptorCache::Drop(Key key) {
  Recent dropped;
  MutexLock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  dropped.splice(dropped.begin(), recent_, found->second);
  by_key_.erase(found);
}

std::size_t DescriptorCache::size() const {
  MutexLock lock(mutex_);
  return recent_.size();
}

}  // namespace tidemark

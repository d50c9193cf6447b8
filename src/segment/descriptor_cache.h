// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "src/base/mutex.h"
#include "src/io/io.h"

namespace tidemark {

/// Keeps the most recently used files open, at most so many: 50,000 queues live within the
/// descriptors a process is given. A handle that was given out stays open while it is held.
/// Thread-safe.
class DescriptorCache {
 public:
  /// Names a file without its path: who owns it, and which of the owner's files it is.
  struct Key {
    std::uint64_t owner = 0;
    std::int64_t base = 0;
    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H state, const Key& key) {
      return H::combine(std::move(state), key.owner, key.base);
    }
  };

  static constexpr std::size_t kOpenMax = 4096;

  explicit DescriptorCache(io::FileSystem& files, std::size_t open_max = kOpenMax);

  /// A number for `Key::owner` that was never given out before.
  std::uint64_t NewOwner() { return owners_.fetch_add(1, std::memory_order_relaxed) + 1; }

  /// The file, for reading and writing; `path` is asked for only when it is not open.
  Result<std::shared_ptr<io::File>> Open(Key key, absl::FunctionRef<std::filesystem::path()> path);
  /// Adds a file that the caller has just made.
  void Put(Key key, std::shared_ptr<io::File> file);
  /// Forgets a file, before or after its name goes.
  void Drop(Key key);

  /// How many files the cache keeps open.
  std::size_t size() const;

 private:
  struct Entry {
    Key key;
    std::shared_ptr<io::File> file;
  };
  using Recent = std::list<Entry>;  // most recently used first

  std::shared_ptr<io::File> Insert(Key key, std::shared_ptr<io::File> file);

  io::FileSystem& files_;
  const std::size_t open_max_;
  std::atomic<std::uint64_t> owners_{0};
  mutable Mutex mutex_;
  Recent recent_ GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, Recent::iterator> by_key_ GUARDED_BY(mutex_);
};

}  // namespace tidemark

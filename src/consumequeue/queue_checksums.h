// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "src/base/mutex.h"
#include "src/io/io.h"
#include "tidemark/types.h"

namespace tidemark {

/// XXH3 of each finished queue file, one that will not be written any more: a flipped tags code
/// would make a filter pass over a message that it was to take, and nothing else would tell.
///
/// File `tidemark/queue-checksums`, little-endian: 0 u8[8] "TMQSUM01"; 8 u64 n; n x (u16 length,
/// topic, i32 queue, i64 first byte of the file in its queue, u64 XXH3 of the file); u64 XXH3 of
/// all before. It may be deleted: then nothing is compared.
///
/// Thread-safe.
class QueueChecksums {
 public:
  /// An empty path: nothing is kept.
  QueueChecksums(io::FileSystem& files, std::filesystem::path path)
      : files_(files), path_(std::move(path)) {}

  /// Reads the file. A damaged one counts as none; false then.
  Result<bool> Load();
  /// Forgets everything, durably: somebody else may have written queues.
  Status Reset();
  /// Writes the file, if something changed; durable when this returns.
  Status Save();

  enum class State : std::uint8_t {
    kUnknown,    ///< There is no checksum.
    kUnchecked,  ///< There is one that the file was not compared with yet.
    kSound,      ///< The file agreed, or was written by this process.
  };
  State StateOf(TopicQueue queue, std::int64_t base) const;

  /// The file holds `bytes`, which this process wrote.
  void Put(TopicQueue queue, std::int64_t base, Bytes bytes);
  /// Whether `bytes`, read from the file, are what it was finished with. Then it counts as sound.
  bool Agrees(TopicQueue queue, std::int64_t base, Bytes bytes);
  /// Files of the queue in [from, to) are gone, or will be written again.
  void Drop(TopicQueue queue, std::int64_t from, std::int64_t to);

 private:
  struct Key {
    std::string topic;
    std::int32_t queue = 0;
    std::int64_t base = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Entry {
    std::uint64_t hash = 0;
    bool sound = false;
  };
  using Entries = std::map<Key, Entry>;

  std::string Encode() const REQUIRES(mutex_);
  static std::optional<Entries> Decode(std::string_view bytes);

  io::FileSystem& files_;
  const std::filesystem::path path_;
  mutable Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);
  bool changed_ GUARDED_BY(mutex_) = false;
};

}  // namespace tidemark

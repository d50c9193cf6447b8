// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "src/base/mutex.h"
#include "src/io/io.h"
#include "tidemark/store.h"

namespace tidemark {

/// How far each group has consumed each queue: config/consumerOffset.json. Changes are kept in
/// memory and saved by checkpoints, never ahead of the durable log. Thread-safe.
class GroupProgress {
 public:
  /// "topic@group" -> queue -> next offset.
  using Table = std::map<std::string, std::map<std::int32_t, std::int64_t>, std::less<>>;

  /// The table at one moment, to be saved once the log is durable as far as it was then.
  struct Image {
    std::uint64_t version = 0;
    std::optional<Table> table;  ///< None: nothing changed since the last save.
  };

  GroupProgress(io::FileSystem& files, const std::filesystem::path& root)
      : files_(files), root_(root) {}

  /// Reads the file. Offsets above a queue's end, as `bounds_of` knows it, become the end.
  Status Load(const std::function<std::optional<QueueBounds>(TopicQueue)>& bounds_of);

  /// Errors: kNotFound.
  Result<QueueOffset> Committed(std::string_view group, TopicQueue queue);
  /// Errors: kInvalidArgument (a group's name).
  Status Commit(std::string_view group, TopicQueue queue, QueueOffset offset);
  Status ForgetTopic(std::string_view topic);

  bool changed() const { return version_.load() != saved_version_.load(); }
  Image TakeImage();
  /// Replaces the file with `image`. The log must be durable up to where it was at TakeImage.
  Status Save(const Image& image);

 private:
  io::FileSystem& files_;
  const std::filesystem::path& root_;
  Mutex mutex_;
  Table table_ GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint64_t> saved_version_{0};
};

}  // namespace tidemark

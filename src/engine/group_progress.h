// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/config/config_file.h"
#include "src/config/consumer_offsets.h"
#include "tidemark/store.h"

namespace tidemark {

/// How far each group has consumed each queue: `config/consumerOffset.json`. Changes are kept in
/// memory and saved by checkpoints, never ahead of the durable log. Thread-safe.
class GroupProgress {
 public:
  /// The file's content as of one moment, to be saved once the log is durable as far as it was
  /// then.
  struct Image {
    std::uint64_t version = 0;
    std::optional<std::string> content;  ///< None: nothing changed since the last save.
  };
  using BoundsOf = std::function<std::optional<QueueBounds>(TopicQueue)>;

  GroupProgress(io::FileSystem& files, const std::filesystem::path& root)
      : file_(files, root, "consumerOffset.json") {}

  /// Reads the file. An offset above its queue's end, as a log that was cut leaves it, becomes the
  /// end. Returns what is worth telling. Errors: kDataLoss (the file and its copy are damaged).
  Result<std::vector<std::string>> Load(const BoundsOf& bounds_of);

  /// Errors: kNotFound.
  Result<QueueOffset> Committed(std::string_view group, TopicQueue queue);
  /// Errors: kInvalidArgument (a group's name).
  Status Commit(std::string_view group, TopicQueue queue, QueueOffset offset);
  void ForgetTopic(std::string_view topic);

  bool changed() const { return version_.load() != saved_version_.load(); }
  Image TakeImage(WallTime now);
  /// Replaces the file with `image`. The log must be durable up to where it was at TakeImage.
  Status Save(const Image& image);

 private:
  Mutex mutex_;
  ConsumerOffsets offsets_ GUARDED_BY(mutex_);
  Mutex file_mutex_;
  ConfigFile file_ GUARDED_BY(file_mutex_);
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint64_t> saved_version_{0};
};

}  // namespace tidemark

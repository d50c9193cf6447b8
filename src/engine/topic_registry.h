// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "src/base/mutex.h"
#include "src/config/config_file.h"
#include "src/config/topics.h"
#include "src/consumequeue/queue_table.h"

namespace tidemark {

/// `config/topics.json`: what a broker that takes the directory over must know of each topic to
/// serve it. Topics that were appended to without being configured are added with as many queues as
/// they have. Thread-safe.
class TopicRegistry {
 public:
  TopicRegistry(io::FileSystem& files, const std::filesystem::path& root)
      : file_(files, root, "topics.json") {}

  /// Returns what is worth telling, or nothing. Errors: kDataLoss (the file and its copy are
  /// damaged).
  Result<std::string> Load();

  /// Adds what `queues` has and the file has not; saves if there was something.
  Status Update(const QueueTable& queues, WallTime now);
  /// The topic was deleted; its queues are hidden already.
  void Forget(std::string_view topic);

 private:
  /// Whether a topic that was forgotten has messages again.
  bool AnyCameAgain(const QueueTable& queues) REQUIRES(mutex_);

  Mutex mutex_;
  ConfigFile file_ GUARDED_BY(mutex_);
  TopicTable table_ GUARDED_BY(mutex_);
  bool changed_ GUARDED_BY(mutex_) = false;
  std::set<std::string, std::less<>> forgotten_ GUARDED_BY(mutex_);  ///< Until they come again.
  std::size_t queues_seen_ GUARDED_BY(mutex_) = 0;
};

}  // namespace tidemark

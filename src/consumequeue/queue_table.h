// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/functional/function_ref.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/mutex.h"
#include "src/consumequeue/consume_queue.h"
#include "src/consumequeue/queue_map.h"
#include "src/segment/block.h"
#include "src/segment/descriptor_cache.h"
#include "tidemark/types.h"

namespace tidemark {

struct QueueTableOptions {
  std::filesystem::path root;                    ///< <store>/consumequeue
  std::int64_t queue_file_bytes = 300'000 * 20;  ///< Rounded up to a multiple of 20, as Java does.
  std::size_t descriptors_max = DescriptorCache::kOpenMax;
  std::filesystem::path checksums = {};  ///< The file of QueueChecksums; empty: none are kept.
};

/// All queues of a store. Thread-safe, where the keeper's and recovery's calls follow the rules of
/// ConsumeQueue.
///
/// Lifetime: a queue that was found stays valid until FreeRemoved, whatever is deleted meanwhile.
class QueueTable {
 public:
  QueueTable(io::FileSystem& files, QueueTableOptions options, MemoryBudget& memory);
  ~QueueTable();

  /// The queue, or null. Takes no lock.
  ConsumeQueue* Find(TopicQueue name) const { return map_.Find(name); }

  /// The queue, made empty when it is not there. Touches no file.
  /// Errors: kInvalidArgument (a number below 0, or a topic that cannot be a directory's name).
  Result<ConsumeQueue*> GetOrCreate(TopicQueue name);

  /// Calls `visit` for each queue, sorted by topic and number.
  void ForEach(absl::FunctionRef<void(ConsumeQueue&)> visit) const;
  /// The same for the queues of one topic.
  void ForEachOf(std::string_view topic, absl::FunctionRef<void(ConsumeQueue&)> visit) const;
  std::size_t size() const;

  // --- The keeper ---

  /// Whether there are units that are not in synced files. Any thread.
  bool dirty() const { return !dirty_.empty(); }

  /// Step 2 of a checkpoint: units of records below `durable` of all queues go to files that are
  /// synced, and leave memory. Returns the first error, having tried every queue: what is not
  /// settled then stays in memory for the next call, and the checkpoint must not advance.
  Status BringUpAll(LogOffset durable);

  /// The topic is deleted as of `floor`: ConsumeQueue::HideBefore of its queues.
  Status HideBefore(std::string_view topic, LogOffset floor);

  /// Forgets a topic's queues and removes their files, durably. After an error it can be repeated.
  Status Remove(std::string_view topic);
  /// Frees the queues that were removed. Nobody may still use a queue found before its removal.
  void FreeRemoved();

  // --- Recovery ---

  struct Loaded {
    std::int64_t queues = 0;
    /// The highest end of a record that a queue's last unit points to: Java's maxPhysicOffset.
    std::optional<LogOffset> log_end;
  };
  using Progress = absl::FunctionRef<void(std::int64_t done, std::int64_t total)>;

  /// Finds all queues on disk and where each ends. Changes no file. The table is empty.
  /// Errors: as QueueDirectory::Bounds.
  Result<Loaded> LoadFromDirectory(Progress progress);

  /// Forgets all queues and removes their files, durably: they are to be rebuilt from the log.
  Status RemoveAll();

  QueueChecksums& checksums() { return checksums_; }
  const QueueStorage& storage() const { return storage_; }
  DescriptorCache& descriptors() { return descriptors_; }

 private:
  struct Topic {
    explicit Topic(std::string_view topic_name) : name(topic_name) {}
    const std::string name;
    std::map<std::int32_t, std::unique_ptr<ConsumeQueue>> queues;
  };

  Status RemoveFiles(const std::string& topic);

  DescriptorCache descriptors_;
  QueueChecksums checksums_;
  const QueueStorage storage_;
  MemoryBudget& memory_;
  DirtyQueues dirty_;
  QueueMap map_;  // changed under mutex_, read without
  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<Topic>, std::less<>> topics_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Topic>> removed_ GUARDED_BY(mutex_);
};

/// The numbers of the queues of one topic that have a directory; other names are passed over, as
/// Java does. Empty when the topic has none.
Result<std::vector<std::int32_t>> ListQueues(io::FileSystem& files,
                                             const std::filesystem::path& topic_directory);
/// The topics that have a directory below `root`.
Result<std::vector<std::string>> ListTopics(io::FileSystem& files,
                                            const std::filesystem::path& root);

}  // namespace tidemark

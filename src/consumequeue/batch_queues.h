// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/functional/function_ref.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "src/base/mutex.h"
#include "src/consumequeue/batch_queue_files.h"
#include "src/segment/descriptor_cache.h"
#include "tidemark/store.h"

namespace tidemark {

/// One queue of a BatchCQ topic: what its files hold. Thread-safe; changes come from one thread at
/// a time.
class BatchQueue {
 public:
  BatchQueue(const QueueStorage& storage, std::string topic, std::int32_t queue)
      : topic_(std::move(topic)), queue_(queue), files_(storage, topic_, queue) {}

  const std::string& topic() const { return topic_; }
  std::int32_t queue() const { return queue_; }

  QueueBounds Bounds();
  /// As BatchQueueFiles, where the contracts are.
  Result<std::optional<BatchUnit>> Find(QueueOffset offset);
  Result<QueueOffset> OffsetAt(WallTime time, Store::Boundary boundary);
  std::optional<LogOffset> last_log_offset();
  Status CorrectMin(LogOffset log_min);
  Status DeleteBefore(LogOffset log_min);
  Status RemoveAll();

  Status Recover();
  Status TruncateFrom(LogOffset log_end);
  /// Adds the unit of a record unless it is there. Durable after Sync. Errors: kDataLoss (units in
  /// front of it are missing; not when `may_begin` and there is none yet).
  Status Redo(const BatchUnit& unit, bool may_begin);
  Status Sync();

 private:
  const std::string topic_;
  const std::int32_t queue_;
  Mutex mutex_;
  BatchQueueFiles files_ GUARDED_BY(mutex_);
};

/// All queues of the topics whose `queue.type` is BatchCQ, in `<store>/batchconsumequeue`. Only
/// recovery adds to them: such topics are not appended to. Thread-safe, as BatchQueue.
class BatchQueueTable {
 public:
  BatchQueueTable(io::FileSystem& files, const std::filesystem::path& store,
                  std::int64_t file_bytes);

  /// Before anything else: `topics` are those that the configuration calls BatchCQ. Topics that
  /// have a directory here are, too.
  /// Errors: kFailedPrecondition (one has a directory of the other kind).
  Status SetTopics(std::set<std::string, std::less<>> topics);
  const std::set<std::string, std::less<>>& topics() const { return topics_; }
  /// Whether the topic is BatchCQ, deleted or not. Takes no lock.
  bool Has(std::string_view topic) const { return topics_.find(topic) != topics_.end(); }

  /// Before anybody appends: these were BatchCQ topics, and their records are still in the log.
  void NoteDeleted(std::set<std::string, std::less<>> topics) { deleted_ = std::move(topics); }
  /// Whether an append to the topic would give its records two kinds of offsets. Takes no lock.
  bool RefusesAppends(std::string_view topic) const {
    return Has(topic) || deleted_.find(topic) != deleted_.end();
  }

  /// The queue, or null.
  std::shared_ptr<BatchQueue> Find(TopicQueue name);
  /// In order of topic and number, those of one topic if it is not empty; stops at an error.
  Status ForEach(std::string_view topic, absl::FunctionRef<Status(BatchQueue&)> visit);
  Status ForEach(absl::FunctionRef<Status(BatchQueue&)> visit) { return ForEach({}, visit); }

  /// The queues of the topic and their files go, durably.
  Status Remove(std::string_view topic);
  /// All queues and files go, durably.
  Status RemoveAll();

  /// Finds the queues on disk and their ends. Changes nothing.
  Status Load();
  Result<std::shared_ptr<BatchQueue>> GetOrCreate(TopicQueue name);

 private:
  using Queues = std::map<std::pair<std::string, std::int32_t>, std::shared_ptr<BatchQueue>>;

  DescriptorCache descriptors_;
  const std::filesystem::path store_;
  const QueueStorage storage_;
  std::set<std::string, std::less<>> topics_;
  std::set<std::string, std::less<>> deleted_;
  Mutex mutex_;
  Queues queues_ GUARDED_BY(mutex_);
};

}  // namespace tidemark

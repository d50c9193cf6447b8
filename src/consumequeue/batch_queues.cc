// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/batch_queues.h"

#include <vector>

#include "src/consumequeue/queue_table.h"

namespace tidemark {
namespace {

constexpr std::size_t kDescriptorsMax = 64;

}  // namespace

QueueBounds BatchQueue::Bounds() {
  MutexLock lock(mutex_);
  return {files_.min(), files_.max()};
}

Result<std::optional<BatchUnit>> BatchQueue::Find(QueueOffset offset) {
  MutexLock lock(mutex_);
  return files_.Find(offset);
}

Result<QueueOffset> BatchQueue::OffsetAt(WallTime time, Store::Boundary boundary) {
  MutexLock lock(mutex_);
  return files_.OffsetAt(time, boundary == Store::Boundary::kUpper);
}

std::optional<LogOffset> BatchQueue::last_log_offset() {
  MutexLock lock(mutex_);
  return files_.last_log_offset();
}

Status BatchQueue::CorrectMin(LogOffset log_min) {
  MutexLock lock(mutex_);
  return files_.CorrectMin(log_min);
}

Status BatchQueue::DeleteBefore(LogOffset log_min) {
  MutexLock lock(mutex_);
  TM_RETURN_IF_ERROR(files_.CorrectMin(log_min));
  return files_.DeleteBefore(log_min);
}

Status BatchQueue::RemoveAll() {
  MutexLock lock(mutex_);
  return files_.RemoveAll();
}

Status BatchQueue::Recover() {
  MutexLock lock(mutex_);
  return files_.Recover();
}

Status BatchQueue::TruncateFrom(LogOffset log_end) {
  MutexLock lock(mutex_);
  return files_.TruncateFrom(log_end);
}

Status BatchQueue::Redo(const BatchUnit& unit, bool may_begin) {
  MutexLock lock(mutex_);
  if (files_.last_log_offset().has_value() && unit.log_offset <= *files_.last_log_offset()) {
    return {};
  }
  if (!unit.IsValid() || (unit.first != files_.max() && (!may_begin || files_.units() > 0))) {
    return DataLoss("queue {}/{} ends at {}, but the next record in the log is its {}, {} messages",
                    topic_, queue_, ToInt(files_.max()), ToInt(unit.first), unit.messages);
  }
  return files_.Append(unit);
}

Status BatchQueue::Sync() {
  MutexLock lock(mutex_);
  return files_.Sync();
}

BatchQueueTable::BatchQueueTable(io::FileSystem& files, const std::filesystem::path& store,
                                 std::int64_t file_bytes)
    : descriptors_(files, kDescriptorsMax),
      store_(store),
      storage_{files, descriptors_, store / "batchconsumequeue", file_bytes} {}

Status BatchQueueTable::SetTopics(std::set<std::string, std::less<>> topics) {
  TM_ASSIGN_OR_RETURN(std::vector<std::string> found, ListTopics(storage_.files, storage_.root));
  topics.insert(found.begin(), found.end());
  for (const std::string& topic : topics) {
    const std::filesystem::path other = store_ / "consumequeue" / topic;
    if (io::Exists(storage_.files, other)) {
      return FailedPrecondition(
          "{}: the topic is a BatchCQ one (queue.type in config/topics.json, or a directory in "
          "batchconsumequeue); a Java broker would not start either: move the directory of the "
          "kind that is wrong away",
          other.string());
    }
  }
  topics_ = std::move(topics);
  return {};
}

std::shared_ptr<BatchQueue> BatchQueueTable::Find(TopicQueue name) {
  MutexLock lock(mutex_);
  const auto found = queues_.find({std::string(name.topic), name.queue});
  return found != queues_.end() ? found->second : nullptr;
}

Status BatchQueueTable::ForEach(std::string_view topic,
                                absl::FunctionRef<Status(BatchQueue&)> visit) {
  std::vector<std::shared_ptr<BatchQueue>> queues;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, queue] : queues_) {
      if (topic.empty() || name.first == topic) queues.push_back(queue);
    }
  }
  for (const auto& queue : queues) TM_RETURN_IF_ERROR(visit(*queue));
  return {};
}

Result<std::shared_ptr<BatchQueue>> BatchQueueTable::GetOrCreate(TopicQueue name) {
  MutexLock lock(mutex_);
  std::shared_ptr<BatchQueue>& queue = queues_[{std::string(name.topic), name.queue}];
  if (queue == nullptr) {
    queue = std::make_shared<BatchQueue>(storage_, std::string(name.topic), name.queue);
    TM_RETURN_IF_ERROR(queue->Recover());
  }
  return queue;
}

Status BatchQueueTable::Load() {
  for (const std::string& topic : topics_) {
    TM_ASSIGN_OR_RETURN(const std::vector<std::int32_t> queues,
                        ListQueues(storage_.files, storage_.root / topic));
    for (const std::int32_t queue : queues) {
      TM_RETURN_IF_ERROR(GetOrCreate({topic, queue}).error());
    }
  }
  return {};
}

Status BatchQueueTable::Remove(std::string_view topic) {
  const std::filesystem::path directory = storage_.root / topic;
  TM_RETURN_IF_ERROR(ForEach(topic, [](BatchQueue& queue) { return queue.RemoveAll(); }));
  {
    MutexLock lock(mutex_);
    std::erase_if(queues_, [&](const auto& entry) { return entry.first.first == topic; });
  }
  if (!io::Exists(storage_.files, directory)) return {};
  TM_ASSIGN_OR_RETURN(const std::vector<std::int32_t> left, ListQueues(storage_.files, directory));
  const std::string name(topic);
  for (const std::int32_t queue : left) {
    TM_RETURN_IF_ERROR(QueueDirectory(storage_, name, queue).RemoveAll());
  }
  TM_RETURN_IF_ERROR(io::SyncDirectory(storage_.files, directory));
  TM_RETURN_IF_ERROR(storage_.files.Remove(directory));
  return io::SyncDirectory(storage_.files, storage_.root);
}

Status BatchQueueTable::RemoveAll() {
  for (const std::string& topic : topics_) TM_RETURN_IF_ERROR(Remove(topic));
  return {};
}

}  // namespace tidemark

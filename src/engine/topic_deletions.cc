// SPDX-License-Identifier: Apache-2.0
#include "src/engine/topic_deletions.h"

#include <utility>

namespace tidemark {

Status TopicDeletions::Delete(std::string_view topic) {
  MutexLock lock(mutex_);
  const LogOffset end = sequencer_.AwaitPublished();
  // What the file calls deleted must be there: otherwise a power cut would let new messages have
  // places below `end`.
  TM_RETURN_IF_ERROR(log_.Flush());
  DeletedTopics deleted = deleted_;
  bool any = false;
  queues_.ForEachOf(topic, [&](const ConsumeQueue& queue) {
    any = true;
    deleted.queues[{queue.topic(), queue.queue()}] = end;
  });
  if (batch_queues_.Has(topic)) {
    any = true;
    deleted.batch_topics[std::string(topic)] = end;
  }
  if (!any) return {};
  TM_RETURN_IF_ERROR(file_.Save(deleted.Write()));
  deleted_ = std::move(deleted);
  changed_ = false;
  TM_RETURN_IF_ERROR(queues_.HideBefore(topic, end));
  return batch_queues_.Has(topic) ? batch_queues_.Remove(topic) : Status();
}

Status TopicDeletions::Update() {
  MutexLock lock(mutex_);
  std::size_t gone = std::erase_if(deleted_.batch_topics,
                                   [&](const auto& entry) { return entry.second <= log_.min(); });
  gone += std::erase_if(deleted_.queues, [&](const auto& entry) {
    const ConsumeQueue* const queue = queues_.Find({entry.first.first, entry.first.second});
    return queue != nullptr && !queue->hidden();
  });
  changed_ = changed_ || gone > 0;
  if (!changed_) return {};
  TM_RETURN_IF_ERROR(file_.Save(deleted_.Write()));
  changed_ = false;
  return {};
}

}  // namespace tidemark

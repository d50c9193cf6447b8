// SPDX-License-Identifier: Apache-2.0
#include "src/engine/topic_registry.h"

#include <algorithm>

#include "src/format/dispatch.h"

namespace tidemark {

Result<std::string> TopicRegistry::Load() {
  MutexLock lock(mutex_);
  return file_.Load([&](std::string_view content) -> Status {
    auto parsed = TopicTable::Parse(content);
    if (!parsed.has_value()) return std::move(parsed).error();
    table_ = *std::move(parsed);
    return {};
  });
}

Status TopicRegistry::Update(const QueueTable& queues, WallTime now) {
  MutexLock lock(mutex_);
  // Queues come seldom: without a new one there is nothing to look at.
  if (const std::size_t count = queues.size(); count != queues_seen_) {
    queues_seen_ = count;
    queues.ForEach([&](ConsumeQueue& queue) {
      if (queue.topic().starts_with(kLmqPrefix)) return;  // not topics of their own
      const TopicConfig* const known = table_.Find(queue.topic());
      if (known != nullptr && queue.queue() < std::max(known->read_queues, known->write_queues)) {
        return;
      }
      TopicConfig topic = known != nullptr ? *known : TopicConfig();
      if (known == nullptr) topic.read_queues = topic.write_queues = 0;
      topic.name = queue.topic();
      topic.read_queues = std::max(topic.read_queues, queue.queue() + 1);
      topic.write_queues = std::max(topic.write_queues, queue.queue() + 1);
      table_.Put(std::move(topic));
      changed_ = true;
    });
  }
  if (!changed_) return {};
  table_.version.Advance(now);
  TM_RETURN_IF_ERROR(file_.Save(table_.Write()));
  changed_ = false;
  return {};
}

void TopicRegistry::Forget(std::string_view topic) {
  MutexLock lock(mutex_);
  if (table_.Erase(topic)) changed_ = true;
}

}  // namespace tidemark

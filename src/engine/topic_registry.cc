// SPDX-License-Identifier: Apache-2.0
#include "src/engine/topic_registry.h"

#include <algorithm>
#include <map>

#include "src/format/dispatch.h"

namespace tidemark {

Result<std::string> TopicRegistry::Load() {
  MutexLock lock(mutex_);
  TopicTable loaded;
  TM_ASSIGN_OR_RETURN(std::string note, file_.Load([&](std::string_view content) -> Status {
    auto parsed = TopicTable::Parse(content);
    if (!parsed.has_value()) return std::move(parsed).error();
    loaded = *std::move(parsed);
    return {};
  }));
  table_ = std::move(loaded);
  return note;
}

Status TopicRegistry::Update(const QueueTable& queues, WallTime now) {
  MutexLock lock(mutex_);
  // Queues come seldom: without a new one there is nothing to look at.
  const std::size_t count = queues.size();
  if (count != queues_seen_ || AnyCameAgain(queues)) {
    queues_seen_ = count;
    std::map<std::string, std::int32_t> queue_numbers;
    queues.ForEach([&](ConsumeQueue& queue) {
      if (queue.topic().starts_with(kLmqPrefix)) return;  // not topics of their own
      if (queue.deleted()) return;
      std::int32_t& number = queue_numbers[queue.topic()];
      number = std::max(number, queue.queue() + 1);
    });
    for (const auto& [name, number] : queue_numbers) {
      const TopicConfig* const known = table_.Find(name);
      if (known != nullptr && number <= std::max(known->read_queues, known->write_queues)) continue;
      TopicConfig topic = known != nullptr ? *known : TopicConfig();
      topic.name = name;
      topic.read_queues = known != nullptr ? std::max(known->read_queues, number) : number;
      topic.write_queues = known != nullptr ? std::max(known->write_queues, number) : number;
      table_.Put(std::move(topic));
      changed_ = true;
    }
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
  forgotten_.emplace(topic);
}

bool TopicRegistry::AnyCameAgain(const QueueTable& queues) {
  return std::erase_if(forgotten_, [&](const std::string& topic) {
           bool live = false;
           queues.ForEachOf(topic, [&](const ConsumeQueue& queue) { live |= !queue.deleted(); });
           return live;
         }) > 0;
}

}  // namespace tidemark

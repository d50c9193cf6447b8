// SPDX-License-Identifier: Apache-2.0
#include "src/engine/group_progress.h"

#include <algorithm>

namespace tidemark {
namespace {

std::string KeyOf(std::string_view topic, std::string_view group) {
  return fmt::format("{}@{}", topic, group);
}

}  // namespace

Status GroupProgress::Load(const std::function<std::optional<QueueBounds>(TopicQueue)>& bounds_of) {
  (void)bounds_of;
  return {};
}

Result<QueueOffset> GroupProgress::Committed(std::string_view group, TopicQueue queue) {
  MutexLock lock(mutex_);
  const auto entry = table_.find(KeyOf(queue.topic, group));
  if (entry != table_.end()) {
    const auto offset = entry->second.find(queue.queue);
    if (offset != entry->second.end()) return QueueOffset{offset->second};
  }
  return NotFound("group \"{}\" has consumed nothing of queue {}/{}", group, queue.topic,
                  queue.queue);
}

Status GroupProgress::Commit(std::string_view group, TopicQueue queue, QueueOffset offset) {
  if (group.empty() || group.size() > 255 || group.find('@') != std::string_view::npos) {
    return InvalidArgument("group \"{}\": 1 to 255 bytes without \"@\" are needed", group);
  }
  MutexLock lock(mutex_);
  std::int64_t& kept = table_[KeyOf(queue.topic, group)][queue.queue];
  if (kept == ToInt(offset) && kept != 0) return {};
  kept = ToInt(offset);
  version_.fetch_add(1);
  return {};
}

Status GroupProgress::ForgetTopic(std::string_view topic) {
  MutexLock lock(mutex_);
  const std::string prefix = KeyOf(topic, "");
  std::erase_if(table_, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  version_.fetch_add(1);
  return {};
}

GroupProgress::Image GroupProgress::TakeImage() {
  MutexLock lock(mutex_);
  Image image{version_.load(), std::nullopt};
  if (image.version != saved_version_.load()) image.table = table_;
  return image;
}

Status GroupProgress::Save(const Image& image) {
  if (!image.table.has_value()) return {};
  saved_version_.store(image.version);
  return {};
}

}  // namespace tidemark

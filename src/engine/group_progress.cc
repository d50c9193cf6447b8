// SPDX-License-Identifier: Apache-2.0
#include "src/engine/group_progress.h"

#include <algorithm>

namespace tidemark {

Result<std::vector<std::string>> GroupProgress::Load(const BoundsOf& bounds_of) {
  std::vector<std::string> notes;
  struct Excess {
    std::string group;
    std::string topic;
    std::int32_t queue;
    QueueOffset end;
  };
  std::vector<Excess> excess;
  MutexLock file_lock(file_mutex_);
  MutexLock lock(mutex_);
  ConsumerOffsets loaded;
  TM_ASSIGN_OR_RETURN(std::string note, file_.Load([&](std::string_view content) -> Status {
    auto parsed = ConsumerOffsets::Parse(content);
    if (!parsed.has_value()) return std::move(parsed).error();
    loaded = *std::move(parsed);
    return {};
  }));
  offsets_ = std::move(loaded);
  if (!note.empty()) notes.push_back(std::move(note));
  offsets_.ForEach(
      [&](std::string_view topic, std::string_view group, const ConsumerOffsets::Queues& queues) {
        for (const auto& [queue, offset] : queues) {
          const std::optional<QueueBounds> bounds = bounds_of({topic, queue});
          if (bounds.has_value() && QueueOffset{offset} > bounds->max) {
            excess.push_back({std::string(group), std::string(topic), queue, bounds->max});
          }
        }
      });
  for (const Excess& one : excess) {
    offsets_.Set(one.group, {one.topic, one.queue}, one.end);
    notes.push_back(Format("group \"{}\" had come past the end of queue {}/{}: it goes on at {}",
                           one.group, one.topic, one.queue, ToInt(one.end)));
    version_.fetch_add(1);
  }
  return notes;
}

Result<QueueOffset> GroupProgress::Committed(std::string_view group, TopicQueue queue) {
  MutexLock lock(mutex_);
  if (const auto offset = offsets_.Find(group, queue)) return *offset;
  return NotFound("group \"{}\" has consumed nothing of queue {}/{}", group, queue.topic,
                  queue.queue);
}

Status GroupProgress::Commit(std::string_view group, TopicQueue queue, QueueOffset offset) {
  if (group.empty() || group.size() > 255 || group.find('@') != std::string_view::npos) {
    return InvalidArgument("group \"{}\": 1 to 255 bytes without \"@\" are needed", group);
  }
  MutexLock lock(mutex_);
  if (offsets_.Find(group, queue) == offset) return {};
  offsets_.Set(group, queue, offset);
  version_.fetch_add(1);
  return {};
}

void GroupProgress::ForgetTopic(std::string_view topic) {
  MutexLock lock(mutex_);
  if (offsets_.EraseTopic(topic) > 0) version_.fetch_add(1);
}

GroupProgress::Image GroupProgress::TakeImage(WallTime now) {
  MutexLock lock(mutex_);
  Image image{version_.load(), std::nullopt};
  if (image.version == saved_version_.load()) return image;
  offsets_.version.Advance(now);
  image.content = offsets_.Write();
  return image;
}

Status GroupProgress::Save(const Image& image) {
  if (!image.content.has_value()) return {};
  MutexLock lock(file_mutex_);
  TM_RETURN_IF_ERROR(file_.Save(*image.content));
  saved_version_.store(image.version);
  return {};
}

}  // namespace tidemark

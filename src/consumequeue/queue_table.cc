// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_table.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "src/base/check.h"

namespace tidemark {
namespace {

// An fdatasync takes about 0.1 ms a file, a syncfs that and what others have written.
constexpr std::size_t kSyncedOneByOneMax = 32;
constexpr std::size_t kFileNameBytesMax = 255;

std::int64_t RoundedUp(std::int64_t bytes) {
  TM_CHECK(bytes > 0, "queue files of {} bytes", bytes);
  return (bytes + kUnitBytes - 1) / kUnitBytes * kUnitBytes;
}

bool CanNameDirectory(std::string_view topic) {
  return !topic.empty() && topic.size() <= kFileNameBytesMax && topic != "." && topic != ".." &&
         topic.find('/') == std::string_view::npos && topic.find('\0') == std::string_view::npos;
}

std::optional<std::int32_t> ParseQueue(const std::string& name) {
  std::int32_t queue = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), queue);
  if (error != std::errc() || rest != name.data() + name.size() || queue < 0) return std::nullopt;
  // "007" is the queue 7 to Java, which then works on the directory "7".
  if (name != Format("{}", queue)) return std::nullopt;
  return queue;
}

/// The first error of several.
void Keep(Status* first, Status next) {
  if (first->ok()) *first = std::move(next);
}

}  // namespace

Result<std::vector<std::string>> ListTopics(io::FileSystem& files,
                                            const std::filesystem::path& root) {
  std::vector<std::string> topics;
  auto listed = files.List(root);
  if (!listed.has_value() && listed.error().code() == StatusCode::kNotFound) return topics;
  TM_ASSIGN_OR_RETURN(std::vector<io::DirectoryEntry> entries, std::move(listed));
  for (io::DirectoryEntry& entry : entries) {
    if (entry.directory) topics.push_back(std::move(entry.name));
  }
  return topics;
}

Result<std::vector<std::int32_t>> ListQueues(io::FileSystem& files,
                                             const std::filesystem::path& topic_directory) {
  std::vector<std::int32_t> queues;
  auto listed = files.List(topic_directory);
  if (!listed.has_value() && listed.error().code() == StatusCode::kNotFound) return queues;
  TM_ASSIGN_OR_RETURN(const std::vector<io::DirectoryEntry> entries, std::move(listed));
  for (const io::DirectoryEntry& entry : entries) {
    const std::optional<std::int32_t> queue = ParseQueue(entry.name);
    if (entry.directory && queue.has_value()) queues.push_back(*queue);
  }
  return queues;
}

QueueTable::QueueTable(io::FileSystem& files, QueueTableOptions options, MemoryBudget& memory)
    : descriptors_(files, options.descriptors_max),
      checksums_(files, std::move(options.checksums)),
      storage_{files, descriptors_, std::move(options.root), RoundedUp(options.queue_file_bytes),
               &checksums_},
      memory_(memory) {}

QueueTable::~QueueTable() = default;

Result<ConsumeQueue*> QueueTable::GetOrCreate(TopicQueue name) {
  if (ConsumeQueue* queue = Find(name); queue != nullptr) return queue;
  if (!CanNameDirectory(name.topic)) {
    return InvalidArgument("topic \"{}\" cannot be the name of a directory", name.topic);
  }
  if (name.queue < 0) {
    return InvalidArgument("topic \"{}\": queue {}; numbers begin at 0", name.topic, name.queue);
  }
  MutexLock lock(mutex_);
  auto topic = topics_.find(name.topic);
  if (topic == topics_.end()) {
    topic = topics_.emplace(std::string(name.topic), std::make_unique<Topic>(name.topic)).first;
  }
  std::unique_ptr<ConsumeQueue>& queue = topic->second->queues[name.queue];
  if (queue == nullptr) {
    queue =
        std::make_unique<ConsumeQueue>(storage_, topic->second->name, name.queue, memory_, dirty_);
    map_.Insert(*queue);
  }
  return queue.get();
}

void QueueTable::ForEach(absl::FunctionRef<void(ConsumeQueue&)> visit) const {
  std::vector<ConsumeQueue*> queues;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, topic] : topics_) {
      for (const auto& [number, queue] : topic->queues) queues.push_back(queue.get());
    }
  }
  for (ConsumeQueue* queue : queues) visit(*queue);
}

void QueueTable::ForEachOf(std::string_view topic,
                           absl::FunctionRef<void(ConsumeQueue&)> visit) const {
  std::vector<ConsumeQueue*> queues;
  {
    MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return;
    for (const auto& [number, queue] : found->second->queues) queues.push_back(queue.get());
  }
  for (ConsumeQueue* queue : queues) visit(*queue);
}

std::size_t QueueTable::size() const {
  MutexLock lock(mutex_);
  std::size_t queues = 0;
  for (const auto& [name, topic] : topics_) queues += topic->queues.size();
  return queues;
}

Status QueueTable::BringUpAll(LogOffset durable) {
  Status first_error;
  std::vector<ConsumeQueue*> written;
  std::vector<ConsumeQueue*> kept;
  for (ConsumeQueue* queue = dirty_.TakeAll(); queue != nullptr;) {
    ConsumeQueue* const next = queue->TakeNextDirty();
    Keep(&first_error, queue->BringUp(durable));
    (queue->NeedsSync() ? written : kept).push_back(queue);
    queue = next;
  }

  if (written.size() <= kSyncedOneByOneMax) {
    for (ConsumeQueue* queue : written) Keep(&first_error, queue->SyncFiles());
  } else if (Status synced = written.front()->SyncFileSystem(); !synced.ok()) {
    for (ConsumeQueue* queue : written) queue->Rewind();
    Keep(&first_error, std::move(synced));
  }

  for (ConsumeQueue* queue : written) {
    // Those whose sync failed were rewound: nothing of them is settled.
    if (!queue->NeedsSync() || !queue->Settle()) kept.push_back(queue);
  }
  for (ConsumeQueue* queue : kept) dirty_.Add(*queue);
  Keep(&first_error, checksums_.Save());
  return first_error;
}

Status QueueTable::RemoveFiles(const std::string& topic) {
  const std::filesystem::path directory = storage_.root / topic;
  TM_ASSIGN_OR_RETURN(const std::vector<std::int32_t> queues,
                      ListQueues(storage_.files, directory));
  for (const std::int32_t queue : queues) {
    TM_RETURN_IF_ERROR(QueueFiles(storage_, topic, queue).RemoveAll());
  }
  if (!io::Exists(storage_.files, directory)) return {};
  TM_RETURN_IF_ERROR(io::SyncDirectory(storage_.files, directory));
  TM_RETURN_IF_ERROR(RemoveIfEmpty(storage_.files, directory));
  return io::SyncDirectory(storage_.files, storage_.root);
}

Status QueueTable::HideBefore(std::string_view topic, LogOffset floor) {
  Status first_error;
  ForEachOf(topic, [&](ConsumeQueue& queue) { Keep(&first_error, queue.HideBefore(floor)); });
  return first_error;
}

Status QueueTable::Remove(std::string_view topic) {
  if (!CanNameDirectory(topic)) return NotFound("no topic \"{}\"", topic);
  Topic* forgotten = nullptr;
  {
    MutexLock lock(mutex_);
    const auto found = topics_.find(topic);
    if (found != topics_.end()) {
      for (const auto& [number, queue] : found->second->queues) map_.Erase(*queue);
      forgotten = found->second.get();
      removed_.push_back(std::move(found->second));
      topics_.erase(found);
    }
  }
  if (forgotten != nullptr) {
    for (const auto& [number, queue] : forgotten->queues) TM_RETURN_IF_ERROR(queue->Remove());
  }
  // What an earlier attempt left.
  return RemoveFiles(std::string(topic));
}

void QueueTable::FreeRemoved() {
  MutexLock lock(mutex_);
  std::erase_if(removed_, [](const std::unique_ptr<Topic>& topic) {
    return std::none_of(topic->queues.begin(), topic->queues.end(),
                        [](const auto& queue) { return queue.second->dirty(); });
  });
  map_.FreeOutgrown();
}

Result<QueueTable::Loaded> QueueTable::LoadFromDirectory(Progress progress) {
  TM_CHECK(size() == 0, "{} queues are loaded already", size());
  TM_ASSIGN_OR_RETURN(const std::vector<std::string> topics,
                      ListTopics(storage_.files, storage_.root));
  std::vector<ConsumeQueue*> found;
  for (const std::string& topic : topics) {
    TM_ASSIGN_OR_RETURN(const std::vector<std::int32_t> queues,
                        ListQueues(storage_.files, storage_.root / topic));
    for (const std::int32_t queue : queues) {
      TM_ASSIGN_OR_RETURN(ConsumeQueue* const made, GetOrCreate({topic, queue}));
      found.push_back(made);
    }
  }
  Loaded loaded;
  Status damage;
  for (ConsumeQueue* queue : found) {
    const auto end = queue->RecoverFromFiles();
    if (!end.has_value() && end.error().code() != StatusCode::kDataLoss) return end.error();
    Keep(&damage, end.error());
    if (end.has_value() && end->log_end.has_value()) {
      loaded.log_end = std::max(loaded.log_end.value_or(*end->log_end), *end->log_end);
    }
    progress(++loaded.queues, static_cast<std::int64_t>(found.size()));
  }
  if (!damage.ok()) return damage;
  return loaded;
}

Status QueueTable::RemoveAll() {
  std::vector<std::string> topics;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, topic] : topics_) topics.push_back(name);
  }
  for (const std::string& topic : topics) TM_RETURN_IF_ERROR(Remove(topic));
  TM_ASSIGN_OR_RETURN(topics, ListTopics(storage_.files, storage_.root));
  for (const std::string& topic : topics) TM_RETURN_IF_ERROR(RemoveFiles(topic));
  return {};
}

}  // namespace tidemark

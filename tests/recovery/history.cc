// SPDX-License-Identifier: Apache-2.0
#include "tests/recovery/history.h"

#include <algorithm>

#include "src/base/status.h"

namespace tidemark::test {
namespace {

/// Checks one store against one history.
class Survey {
 public:
  Survey(Store& store, const History& history, bool killed)
      : store_(store), history_(history), killed_(killed) {}

  Result<std::size_t> Run();

 private:
  Status ReadQueues();
  Status ReadQueue(const QueueInfo& info);
  Status CheckRange();
  Status CheckPromises() const;
  Status CheckKeys();
  Status CheckProgress();

  Store& store_;
  const History& history_;
  const bool killed_;
  std::set<std::size_t> found_;
  std::map<std::int32_t, QueueBounds> bounds_;
  std::size_t first_ = 0;  ///< Entries before it were deleted.
  std::size_t end_ = 0;    ///< Entries from it on are lost.
};

Status Survey::ReadQueues() {
  for (const QueueInfo& info : store_.Queues()) {
    if (info.topic != "t") continue;  // of an earlier check
    bounds_[info.queue] = info.bounds;
    TM_RETURN_IF_ERROR(ReadQueue(info));
  }
  for (const auto& [queue, end] : history_.seen) {
    if (!killed_ && bounds_[queue].max < end) {
      return DataLoss("queue {} ends at {}, but was seen to end at {}", queue,
                      ToInt(bounds_[queue].max), ToInt(end));
    }
  }
  return {};
}

Status Survey::ReadQueue(const QueueInfo& info) {
  std::vector<std::size_t> of_queue;
  for (std::size_t i = 0; i < history_.entries.size(); ++i) {
    if (history_.entries[i].queue == info.queue) of_queue.push_back(i);
  }
  for (QueueOffset next = info.bounds.min; next < info.bounds.max;) {
    TM_ASSIGN_OR_RETURN(const MessageBatch batch, store_.Read({"t", info.queue}, next));
    if (batch.empty()) return DataLoss("an empty read below max");
    for (const MessageView& message : batch) {
      if (message.queue_offset() != next) return DataLoss("a hole at {}", ToInt(next));
      const auto at = static_cast<std::size_t>(ToInt(next));
      if (at >= of_queue.size() || history_.entries[of_queue[at]].body != message.body().text()) {
        return DataLoss("offset {} of queue {} is \"{}\", which is not what was appended there", at,
                        info.queue, message.body().text().substr(0, 20));
      }
      found_.insert(of_queue[at]);
      next = next + 1;
    }
  }
  return {};
}

Status Survey::CheckRange() {
  if (found_.empty()) {
    if (history_.deleted_to == LogOffset{0}) return {};
    // All that is left may be the segment in use, with nothing in it: every entry was deleted or
    // is lost, and which ones the promises below tell.
    while (end_ < history_.entries.size() && history_.entries[end_].acknowledged.has_value() &&
           history_.entries[end_].end <= store_.Marks().min) {
      ++end_;
    }
    first_ = end_;
    return {};
  }
  first_ = *found_.begin();
  end_ = *found_.rbegin() + 1;
  if (found_.size() != end_ - first_) {
    return DataLoss("{} entries are left between the {}th and the {}th", found_.size(), first_,
                    end_);
  }
  for (std::size_t i = 0; i < first_; ++i) {
    const History::Entry& entry = history_.entries[i];
    if (!entry.acknowledged.has_value() || entry.end > history_.deleted_to) {
      return DataLoss("entry {} is gone though nobody deleted it", i);
    }
  }
  return {};
}

Status Survey::CheckPromises() const {
  for (std::size_t i = end_; i < history_.entries.size(); ++i) {
    const History::Entry& entry = history_.entries[i];
    if (entry.acknowledged.has_value() &&
        (*entry.acknowledged == Durability::kDevice ||
         (killed_ && *entry.acknowledged == Durability::kKernel))) {
      return DataLoss("acknowledged message {} is lost", i);
    }
    if (i > 0 && i == end_ && entry.batch >= 0 && history_.entries[i - 1].batch == entry.batch) {
      return DataLoss("half of batch {} is there", entry.batch);
    }
  }
  return {};
}

Status Survey::CheckKeys() {
  for (std::size_t i = first_; i < end_; ++i) {
    TM_ASSIGN_OR_RETURN(const MessageBatch by_key, store_.FindByKey("t", KeyOf(i)));
    if (by_key.size() != 1 || by_key[0].body().text() != history_.entries[i].body) {
      return DataLoss("key {} finds {} messages", KeyOf(i), by_key.size());
    }
  }
  return {};
}

Status Survey::CheckProgress() {
  for (const auto& [queue, bounds] : bounds_) {
    const auto committed = store_.CommittedOffset("g", {"t", queue});
    if (!committed.has_value()) continue;
    if (*committed > bounds.max) {
      return DataLoss("the group stands at {} of queue {}, which ends at {}", ToInt(*committed),
                      queue, ToInt(bounds.max));
    }
    const auto consumed = history_.consumed.find(queue);
    // What retention deleted nobody can consume.
    for (QueueOffset at = bounds.min; at < *committed; at = at + 1) {
      if (consumed == history_.consumed.end() || !consumed->second.contains(at)) {
        return DataLoss("the group would skip offset {} of queue {}", ToInt(at), queue);
      }
    }
  }
  return {};
}

Result<std::size_t> Survey::Run() {
  TM_RETURN_IF_ERROR(ReadQueues());
  TM_RETURN_IF_ERROR(CheckRange());
  TM_RETURN_IF_ERROR(CheckPromises());
  TM_RETURN_IF_ERROR(CheckKeys());
  TM_RETURN_IF_ERROR(CheckProgress());
  return end_;
}

}  // namespace

std::string KeyOf(std::size_t entry) {
  return "k" + std::to_string(entry);
}

std::string BodyOf(std::size_t entry, std::size_t bytes) {
  std::string body = std::to_string(entry) + ":";
  while (body.size() < bytes) body += static_cast<char>('a' + (entry + body.size()) % 26);
  return body;
}

std::size_t Script::Add(std::int32_t queue, std::size_t bytes, int batch) {
  const std::size_t i = history_.entries.size();
  history_.now = machine_.clock().PeekMonotonic();
  history_.entries.push_back({.queue = queue, .body = BodyOf(i, bytes), .batch = batch});
  return i;
}

void Script::Acknowledge(std::size_t i, Durability until, const AppendResult& at) {
  History::Entry& entry = history_.entries[i];
  entry.acknowledged = until;
  entry.end = at.log_offset + at.record_bytes;
  entry.acknowledged_at = machine_.clock().PeekMonotonic();
}

bool Script::Append(Store& store, std::int32_t queue, std::size_t bytes, Durability until) {
  const std::size_t i = Add(queue, bytes, -1);
  const std::string key = KeyOf(i);
  const auto at = store.Append(
      {.topic = "t", .queue = queue, .keys = key, .body = history_.entries[i].body}, until);
  if (at.has_value()) Acknowledge(i, until, *at);
  return at.has_value();
}

bool Script::AppendAsync(Store& store, std::int32_t queue, std::size_t bytes, Durability until) {
  const std::size_t i = Add(queue, bytes, -1);
  const std::string key = KeyOf(i);
  store.AppendAsync({.topic = "t", .queue = queue, .keys = key, .body = history_.entries[i].body},
                    until, [this, i, until](Result<AppendResult> at) {
                      if (at.has_value()) Acknowledge(i, until, *at);
                    });
  return !machine_.power_is_off();
}

bool Script::AppendBatch(Store& store, std::size_t count, Durability until) {
  const std::size_t first = history_.entries.size();
  const int batch = history_.batches++;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back(KeyOf(Add(static_cast<std::int32_t>(i % 2), 100, batch)));
  }
  std::vector<Message> messages;
  for (std::size_t i = 0; i < count; ++i) {
    const History::Entry& entry = history_.entries[first + i];
    messages.push_back({.topic = "t", .queue = entry.queue, .keys = keys[i], .body = entry.body});
  }
  const auto results = store.AppendBatch(messages, until);
  for (std::size_t i = 0; results.has_value() && i < count; ++i) {
    Acknowledge(first + i, until, (*results)[i]);
  }
  return results.has_value();
}

Result<std::size_t> CheckStore(Store& store, const History& history, bool killed) {
  return Survey(store, history, killed).Run();
}

}  // namespace tidemark::test

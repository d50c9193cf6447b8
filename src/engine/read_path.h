// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "src/commitlog/commit_log.h"
#include "src/consumequeue/batch_queues.h"
#include "src/consumequeue/queue_table.h"
#include "src/format/check.h"
#include "src/index/key_index.h"
#include "tidemark/store.h"

namespace tidemark {

/// Everything that finds messages and hands out views of them. Thread-safe.
class ReadPath {
 public:
  ReadPath(CommitLog& log, QueueTable& queues, BatchQueueTable& batch_queues, KeyIndex* index,
           VisibleWhen visible_when)
      : log_(log),
        queues_(queues),
        batch_queues_(batch_queues),
        index_(index),
        visible_when_(visible_when) {}

  /// What readers see of the log ends here.
  LogOffset visible() const {
    switch (visible_when_) {
      case VisibleWhen::kWritten:
        return log_.written();
      case VisibleWhen::kDurable:
        return log_.durable();
      case VisibleWhen::kPublished:
        break;
    }
    return log_.published();
  }

  /// Errors: kNotFound (there is none, or its topic was deleted and nothing came since).
  Result<ConsumeQueue*> Find(TopicQueue queue) const;
  QueueBounds BoundsOf(const ConsumeQueue& queue) const;
  /// Of a queue of either kind. Errors: as Find.
  Result<QueueBounds> Bounds(TopicQueue queue) const;
  /// Of one topic, or of all if it is empty; sorted.
  std::vector<QueueInfo> Queues(std::string_view topic) const;

  Result<MessageBatch> Read(TopicQueue queue, QueueOffset from, const ReadOptions& options);
  Result<MessageBatch> FindByKey(std::string_view topic, std::string_view key, TimeRange range,
                                 std::int32_t messages_max);
  Result<MessageBatch> FindById(std::string_view offset_message_id);
  Result<MessageBatch> FindByLogOffset(LogOffset offset);
  Result<QueueOffset> OffsetAt(TopicQueue queue, WallTime time, Store::Boundary boundary);
  Result<LogSlice> ReadLog(LogOffset offset, std::size_t bytes_max);

  std::uint64_t read_messages() const { return messages_.load(std::memory_order_relaxed); }
  std::uint64_t read_bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Found {
    Record record;
    BlockPin pin;
  };
  Result<MessageBatch> ReadBatchQueue(TopicQueue name, QueueOffset from,
                                      const ReadOptions& options);
  /// The record at `offset`, of `size` bytes, as a unit says. Errors: kDataLoss (there is none).
  Result<Found> RecordAt(LogOffset offset, std::int32_t size);
  /// The visible record that starts at `offset`. Errors: kNotFound (none does), kDataLoss.
  Result<Found> RecordAt(LogOffset offset);

  CommitLog& log_;
  QueueTable& queues_;
  BatchQueueTable& batch_queues_;
  KeyIndex* const index_;
  const VisibleWhen visible_when_;
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace tidemark

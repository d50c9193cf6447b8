// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/config/deleted_topics.h"
#include "src/consumequeue/batch_queues.h"
#include "src/consumequeue/queue_table.h"
#include "src/format/check.h"
#include "src/index/key_index.h"

namespace tidemark {

/// The unit of a record in the queue of its BatchCQ topic.
BatchUnit BatchUnitOf(const DispatchView& record, const DelayLevels& levels);
/// Whether the record belongs to a BatchCQ topic that was deleted since.
bool IsOfDeletedBatchTopic(const DispatchView& record, const DeletedTopics& deleted);

/// Gives queues and index what they lack of the log's records; what they have already stays.
/// Thread-bound.
class Redo {
 public:
  /// `from_start`: records come from the log's very first one on, so that a queue whose first
  /// record has an offset above 0 is one whose older messages retention deleted.
  /// `after_crash`: queues were restored from a snapshot; their files may hold more.
  Redo(QueueTable& queues, BatchQueueTable& batch_queues, const DeletedTopics& deleted,
       KeyIndex* index, bool from_start, bool after_crash)
      : queues_(queues),
        batch_queues_(batch_queues),
        deleted_(deleted),
        index_(index),
        from_start_(from_start),
        after_crash_(after_crash) {}

  /// Records in log order. Errors: kDataLoss (a queue lacks units that this log part does not tell:
  /// rebuild from the start).
  Status Apply(const Checked& checked);

  std::uint64_t units() const { return units_; }

 private:
  Status ApplyUnits(const DispatchView& record);
  Status ApplyUnit(TopicQueue name, QueueOffset offset, const Unit& unit, bool light);

  QueueTable& queues_;
  BatchQueueTable& batch_queues_;
  const DeletedTopics& deleted_;
  KeyIndex* const index_;
  const bool from_start_;
  const bool after_crash_;
  const DelayLevels levels_;
  std::uint64_t units_ = 0;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/redo.h"

#include <limits>

#include "src/base/check.h"

namespace tidemark {
namespace {

// Files of a queue have room for so many units.
constexpr QueueOffset kOffsetMax{std::numeric_limits<std::int64_t>::max() / kUnitBytes - (1 << 28)};

}  // namespace

BatchUnit BatchUnitOf(const DispatchView& record, const DelayLevels& levels) {
  return {record.log_offset, record.size,         TagsCode(record, levels),
          record.store_time, record.batch_base(), record.batch_number};
}

bool IsOfDeletedBatchTopic(const DispatchView& record, const DeletedTopics& deleted) {
  const auto found = deleted.batch_topics.find(record.topic);
  return found != deleted.batch_topics.end() && record.log_offset < found->second;
}

Status Redo::Apply(const Checked& checked) {
  const DispatchView& record = checked.dispatch;
  if (GetsUnit(record)) TM_RETURN_IF_ERROR(ApplyUnits(record));
  if (index_ != nullptr) {
    ForEachIndexKey(record, [&](std::string_view key) {
      index_->Put(IndexKeyHash(record.topic, key), record.log_offset, record.store_time);
    });
  }
  return {};
}

Status Redo::ApplyUnits(const DispatchView& record) {
  if (IsOfDeletedBatchTopic(record, deleted_)) return {};
  if (batch_queues_.Has(record.topic)) {
    TM_ASSIGN_OR_RETURN(const auto queue, batch_queues_.GetOrCreate({record.topic, record.queue}));
    return queue->Redo(BatchUnitOf(record, levels_), from_start_);
  }
  const Unit unit{record.log_offset, record.size, TagsCode(record, levels_)};
  const TopicQueue own{record.topic, record.queue};
  TM_RETURN_IF_ERROR(ApplyUnit(own, record.queue_offset, unit, false));
  for (const LmqUnit& lmq : MultiDispatch(record)) {
    TM_RETURN_IF_ERROR(ApplyUnit({lmq.name, lmq.queue}, lmq.offset, unit, true));
  }
  return {};
}

Status Redo::ApplyUnit(TopicQueue name, QueueOffset offset, const Unit& unit, bool light) {
  TM_ASSIGN_OR_RETURN(ConsumeQueue* const queue, queues_.GetOrCreate(name));
  // It is there, or it is of a topic that was deleted before what is there came: Java knows neither
  // by its offset.
  if (unit.end() <= queue->log_end()) return {};
  if (from_start_ && offset == QueueOffset{0} && queue->end() > QueueOffset{0} &&
      queue->log_end() > LogOffset{0}) {
    // RocketMQ begins at 0 again with a topic that was deleted and made again.
    TM_RETURN_IF_ERROR(queue->Restart());
  }
  if (offset < queue->end()) return {};
  if (offset > queue->end()) {
    const bool goes_on_here = from_start_ && queue->end() == queue->Min() && offset <= kOffsetMax;
    // Whoever appends decides what a light queue's offsets are: no order can be asked of them.
    if (!goes_on_here && from_start_ && light) return {};
    // Nothing of the queue that is in the log comes before this record: it goes on here.
    if (!goes_on_here) {
      return DataLoss("queue {}/{} ends at {}, but the next record in the log is its {}",
                      name.topic, name.queue, ToInt(queue->end()), ToInt(offset));
    }
    queue->StartAt(offset);
  }
  // Units were written since the snapshot only where a record came since, as here.
  if (after_crash_ && !queue->dirty()) TM_RETURN_IF_ERROR(queue->ClearBehind());
  TM_CHECK(queue->TakeNext(1) == offset, "the next offset of {}/{} is not its end", name.topic,
           name.queue);
  queue->Push(unit, offset);
  ++units_;
  return {};
}

}  // namespace tidemark

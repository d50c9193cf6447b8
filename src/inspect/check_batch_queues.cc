// SPDX-License-Identifier: Apache-2.0
#include "src/inspect/check_batch_queues.h"

#include "src/recovery/redo.h"

namespace tidemark {

Result<bool> BatchQueueCheck::Record(const Checked& checked) {
  const DispatchView& record = checked.dispatch;
  if (IsOfDeletedBatchTopic(record, store_.deleted_topics)) return true;
  if (!store_.batch_queues->Has(record.topic)) return false;
  if (!GetsUnit(record)) return true;
  ++report_.units;
  const BatchUnit expected = BatchUnitOf(record, levels_);
  const auto queue = queues_.Find({record.topic, record.queue});
  std::optional<BatchUnit> found;
  if (queue != nullptr) {
    TM_ASSIGN_OR_RETURN(found, queue->Find(expected.first));
    messages_[queue.get()] += expected.messages;
  }
  if (found == expected) return true;
  findings_.AddSome(wrong_, [&] {
    return Finding{Finding::Kind::kDerived,
                   Format("batchconsumequeue/{}/{}", record.topic, record.queue), -1,
                   Format("the record at log offset {} with {} messages from {} on has {} unit",
                          ToInt(record.log_offset), expected.messages, ToInt(expected.first),
                          found.has_value() ? "another" : "no")};
  });
  return true;
}

Status BatchQueueCheck::Finish() {
  return queues_.ForEach([&](BatchQueue& queue) -> Status {
    TM_RETURN_IF_ERROR(queue.CorrectMin(log_min_));
    const QueueBounds bounds = queue.Bounds();
    const std::int64_t messages = messages_[&queue];
    if (bounds.max - bounds.min == messages) return {};
    findings_.Add(
        {Finding::Kind::kDerived, Format("batchconsumequeue/{}/{}", queue.topic(), queue.queue()),
         -1,
         Format("its units count {} messages, the log has {}", bounds.max - bounds.min, messages)});
    return {};
  });
}

}  // namespace tidemark

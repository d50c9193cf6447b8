// SPDX-License-Identifier: Apache-2.0
#include "src/engine/append_path.h"

#include <absl/container/flat_hash_map.h>

#include <cstring>
#include <utility>

#include "src/base/check.h"
#include "src/format/check.h"
#include "src/format/dispatch.h"

namespace tidemark {
namespace {

using std::chrono::nanoseconds;

HostAddress DefaultStoreHost() {
  HostAddress host;
  host.address = {127, 0, 0, 1};
  host.port = 10911;
  return host;
}

/// The offsets that a replica's records bring along.
class ReplicaOffsets {
 public:
  bool Has(ConsumeQueue& queue, QueueOffset offset) { return offset < Next(queue); }

  /// The record's offset must be the queue's next one. A queue of which the log's first part is not
  /// here goes on where the other store's does. Errors: kDataLoss.
  Status Take(ConsumeQueue& queue, QueueOffset offset) {
    QueueOffset& next = Next(queue);
    if (offset != next) {
      if (next != queue.next() || queue.end() != QueueOffset{0}) {
        return DataLoss("queue {}/{} goes on at {}, but a record of the other store is its {}",
                        queue.topic(), queue.queue(), ToInt(next), ToInt(offset));
      }
      queue.StartAt(offset);
    }
    next = offset + 1;
    return {};
  }

 private:
  QueueOffset& Next(ConsumeQueue& queue) {
    return next_.try_emplace(&queue, queue.next()).first->second;
  }

  absl::flat_hash_map<ConsumeQueue*, QueueOffset> next_;
};

}  // namespace

AppendPath::AppendPath(CommitLog& log, QueueTable& queues, const BatchQueueTable& batch_queues,
                       KeyIndex* index, io::Clock& clock, const StoreOptions& options,
                       bool light_queues, WallTime last_store_time)
    : log_(log),
      queues_(queues),
      batch_queues_(batch_queues),
      index_(index),
      clock_(clock),
      options_(options),
      store_host_(options.store_host.value_or(DefaultStoreHost())),
      limits_{options.message_bytes_max, light_queues},
      sequencer_(log, index, clock, last_store_time) {}

Status AppendPath::CheckAppendable() {
  if (log_.failed()) return log_.failure();
  if (refusing_.load(std::memory_order_relaxed)) {
    MutexLock lock(refusal_mutex_);
    return refusal_;
  }
  return {};
}

void AppendPath::Refuse(Status why) {
  MutexLock lock(refusal_mutex_);
  refusing_.store(!why.ok(), std::memory_order_relaxed);
  refusal_ = std::move(why);
}

Status AppendPath::CheckTopic(std::string_view topic) const {
  if (!batch_queues_.RefusesAppends(topic)) return {};
  return FailedPrecondition(
      "topic \"{}\" is or was a BatchCQ one (queue.type in config/topics.json): Tidemark reads "
      "its queues, which count the messages within records, but does not write them",
      topic);
}

Result<AppendPath::Planned> AppendPath::Plan(const Message& message, std::int32_t batch_bytes) {
  TM_RETURN_IF_ERROR(CheckTopic(message.topic));
  if ((message.sys_flag & kSysFlagInnerBatch) != 0) {
    return InvalidArgument(
        "topic \"{}\": kSysFlagInnerBatch, but it is no BatchCQ topic; its queues count records",
        message.topic);
  }
  TM_ASSIGN_OR_RETURN(RecordPlan plan, RecordPlan::Make(message, limits_, store_host_,
                                                        options_.record_crc_property, batch_bytes));
  if (plan.size_max() > log_.claim_bytes_max()) {
    return InvalidArgument(
        "a record of {} bytes; this store allows {} (segment_bytes, memory_bytes_max, "
        "unsynced_bytes_max)",
        plan.size_max(), log_.claim_bytes_max());
  }
  Planned planned{std::move(plan), nullptr, {}};
  if (TakesQueueOffset(planned.plan.sys_flag())) {
    TM_ASSIGN_OR_RETURN(planned.queue, queues_.GetOrCreate({message.topic, message.queue}));
  }
  for (const std::string_view name : planned.plan.lmq_names()) {
    TM_ASSIGN_OR_RETURN(ConsumeQueue* const light, queues_.GetOrCreate({name, 0}));
    planned.light.push_back(light);
  }
  return planned;
}

Dispatch AppendPath::DispatchFor(const DispatchView& record, ConsumeQueue* queue) const {
  Dispatch dispatch;
  dispatch.unit = {record.log_offset, record.size, TagsCode(record, delay_levels_)};
  dispatch.queue = queue;
  dispatch.queue_offset = record.queue_offset;
  dispatch.store_time = record.store_time;
  if (index_ != nullptr) {
    ForEachIndexKey(record, [&](std::string_view key) {
      dispatch.key_hashes.push_back(IndexKeyHash(record.topic, key));
    });
  }
  return dispatch;
}

Result<AppendPath::Stored> AppendPath::StoreRecords(std::span<Planned> planned,
                                                    nanoseconds deadline) {
  absl::InlinedVector<Sequencer::Request, 1> requests;
  for (const Planned& record : planned) {
    requests.push_back({record.plan.size(), record.queue, record.light});
  }
  absl::InlinedVector<Sequencer::Granted, 1> granted(requests.size());
  TM_ASSIGN_OR_RETURN(
      const Sequencer::Ticket ticket,
      sequencer_.Take(requests, std::span(granted.data(), granted.size()), deadline));
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    if (!planned[i].light.empty()) planned[i].plan.SetLmqOffsets(granted[i].light);
    bytes += planned[i].plan.size();
  }
  if (planned.size() > 1) planned[0].plan.SetBatchBytes(static_cast<std::int32_t>(bytes));
  Stored stored;
  stored.end = ticket.end;
  absl::InlinedVector<Dispatch, 1> dispatches;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const RecordPlan& plan = planned[i].plan;
    const Placement placement{granted[i].offset, granted[i].queue_offset, ticket.store_time};
    Encode(plan, placement, {granted[i].at, static_cast<std::size_t>(plan.size())});
    dispatches.push_back(DispatchFor(plan.Dispatch(placement), planned[i].queue));
    for (std::size_t light = 0; light < planned[i].light.size(); ++light) {
      dispatches.back().light.emplace_back(planned[i].light[light], granted[i].light[light]);
    }
    stored.results.push_back(
        {placement.log_offset, placement.queue_offset, plan.size(), placement.store_time});
  }
  sequencer_.Complete(ticket, std::span(dispatches.data(), dispatches.size()));
  return stored;
}

void AppendPath::Count(const Stored& stored) {
  messages_.fetch_add(stored.results.size(), std::memory_order_relaxed);
  std::int64_t bytes = 0;
  for (const AppendResult& result : stored.results) bytes += result.record_bytes;
  bytes_.fetch_add(static_cast<std::uint64_t>(bytes), std::memory_order_relaxed);
}

Result<AppendResult> AppendPath::Append(const Message& message, Durability until) {
  if (Status status = CheckAppendable(); !status.ok()) return Refused(std::move(status));
  auto planned = Plan(message, 0);
  if (!planned.has_value()) return Refused(std::move(planned).error());
  const nanoseconds began = clock_.Monotonic();
  const nanoseconds deadline = began + options_.append_timeout;
  auto stored = StoreRecords(std::span(&*planned, 1), deadline);
  if (!stored.has_value()) return Refused(std::move(stored).error());
  Count(*stored);
  TM_RETURN_IF_ERROR(log_.Await(stored->end, until, deadline));
  if (until != Durability::kMemory) latency_.Add(clock_.Monotonic() - began);
  return stored->results[0];
}

void AppendPath::AppendAsync(const Message& message, Durability until, Store::AppendCallback done) {
  Status status = CheckAppendable();
  if (!status.ok()) return done(Refused(std::move(status)));
  auto planned = Plan(message, 0);
  if (!planned.has_value()) return done(Refused(std::move(planned).error()));
  auto stored = StoreRecords(std::span(&*planned, 1), Deadline());
  if (!stored.has_value()) return done(Refused(std::move(stored).error()));
  Count(*stored);
  log_.AwaitAsync(stored->end, until,
                  [result = stored->results[0], done = std::move(done)](Status outcome) {
                    if (outcome.ok()) return done(result);
                    done(std::move(outcome));
                  });
}

Result<std::vector<AppendResult>> AppendPath::AppendBatch(std::span<const Message> messages,
                                                          Durability until) {
  if (messages.empty()) return Refused(InvalidArgument("an empty batch"));
  if (Status status = CheckAppendable(); !status.ok()) return Refused(std::move(status));
  std::vector<Planned> planned;
  planned.reserve(messages.size());
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    // The first record says how long the batch is; a batch of one needs no saying.
    auto one = Plan(messages[i], i == 0 && messages.size() > 1 ? 1 : 0);
    if (!one.has_value()) {
      return Refused(Prefix(Format("message {} of the batch", i), one.error()));
    }
    bytes += one->plan.size_max();
    planned.push_back(*std::move(one));
  }
  if (bytes > log_.claim_bytes_max()) {
    return Refused(
        InvalidArgument("a batch of {} bytes; at most {} fit (segment_bytes, memory_bytes_max, "
                        "unsynced_bytes_max)",
                        bytes, log_.claim_bytes_max()));
  }
  const nanoseconds began = clock_.Monotonic();
  const nanoseconds deadline = began + options_.append_timeout;
  auto stored = StoreRecords(planned, deadline);
  if (!stored.has_value()) return Refused(std::move(stored).error());
  Count(*stored);
  TM_RETURN_IF_ERROR(log_.Await(stored->end, until, deadline));
  if (until != Durability::kMemory) latency_.Add(clock_.Monotonic() - began);
  return std::vector<AppendResult>(stored->results.begin(), stored->results.end());
}

Status AppendPath::AppendRecords(std::span<const std::byte> records) {
  TM_RETURN_IF_ERROR(CheckAppendable());
  absl::InlinedVector<Checked, 1> checked;
  absl::InlinedVector<Sequencer::Request, 1> requests;
  std::vector<std::vector<std::pair<ConsumeQueue*, QueueOffset>>> light;
  for (std::span<const std::byte> left = records; !left.empty();) {
    checked.push_back(CheckRecord(left, {.crc = true}));
    const Checked& one = checked.back();
    if (one.kind != Checked::Kind::kRecord) {
      return DataLoss("a batch whose record {} is invalid: {}", checked.size() - 1, one.why);
    }
    TM_RETURN_IF_ERROR(CheckTopic(one.record.topic));
    if (one.dispatch.batch_number != 1) {
      return FailedPrecondition(
          "the record at log offset {} holds {} messages of topic \"{}\", a BatchCQ one, which a "
          "replica does not take",
          ToInt(one.record.log_offset), one.dispatch.batch_number, one.record.topic);
    }
    requests.push_back({one.record.size(), nullptr});
    light.emplace_back();
    if (GetsUnit(one.dispatch)) {
      TM_ASSIGN_OR_RETURN(requests.back().queue,
                          queues_.GetOrCreate({one.record.topic, one.record.queue}));
      for (const LmqUnit& unit : MultiDispatch(one.dispatch)) {
        TM_ASSIGN_OR_RETURN(ConsumeQueue* const queue,
                            queues_.GetOrCreate({unit.name, unit.queue}));
        light.back().emplace_back(queue, unit.offset);
      }
    }
    left = left.subspan(static_cast<std::size_t>(one.record.size()));
  }
  if (static_cast<std::int64_t>(records.size()) > log_.claim_bytes_max()) {
    return ResourceExhausted("{} bytes of records; memory_bytes_max of this replica allows {}",
                             records.size(), log_.claim_bytes_max());
  }
  ReplicaOffsets offsets;
  std::vector<std::vector<ConsumeQueue*>> light_queues(checked.size());
  for (std::size_t i = 0; i < checked.size(); ++i) {
    if (requests[i].queue == nullptr) continue;
    TM_RETURN_IF_ERROR(offsets.Take(*requests[i].queue, checked[i].record.queue_offset));
    std::vector<std::pair<ConsumeQueue*, QueueOffset>> taken;
    for (const auto& [queue, offset] : light[i]) {
      if (offsets.Has(*queue, offset)) continue;  // another store's list may repeat itself
      TM_RETURN_IF_ERROR(offsets.Take(*queue, offset));
      taken.emplace_back(queue, offset);
      light_queues[i].push_back(queue);
      requests[i].bytes -= OffsetDigits(offset);  // which taking it adds again
    }
    light[i] = std::move(taken);
    requests[i].light = light_queues[i];
  }
  absl::InlinedVector<Sequencer::Granted, 1> granted(requests.size());
  TM_ASSIGN_OR_RETURN(
      const Sequencer::Ticket ticket,
      sequencer_.Take(requests, std::span(granted.data(), granted.size()), Deadline()));
  // The same record after the same records takes the same place.
  TM_CHECK(granted[0].offset == checked[0].record.log_offset, "claimed {}, belongs at {}",
           ToInt(granted[0].offset), ToInt(checked[0].record.log_offset));
  std::memcpy(granted[0].at, records.data(), records.size());
  absl::InlinedVector<Dispatch, 1> dispatches;
  for (std::size_t i = 0; i < checked.size(); ++i) {
    dispatches.push_back(DispatchFor(checked[i].dispatch, requests[i].queue));
    dispatches.back().light = std::move(light[i]);
  }
  sequencer_.Complete(ticket, std::span(dispatches.data(), dispatches.size()));
  return log_.Await(ticket.end, Durability::kMemory, Deadline());
}

}  // namespace tidemark

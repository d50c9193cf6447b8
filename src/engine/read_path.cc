// SPDX-License-Identifier: Apache-2.0
#include "src/engine/read_path.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "src/base/byte_order.h"
#include "src/base/check.h"
#include "src/engine/message_batch.h"
#include "src/format/check.h"
#include "src/format/dispatch.h"
#include "src/format/message_id.h"
#include "src/format/message_view.h"
#include "src/format/record.h"

namespace tidemark {
namespace {

constexpr std::size_t kUnitsAtOnce = 64;
constexpr std::int32_t kKeyMessagesMax = 64;  // Java's maxMsgsNumBatch

}  // namespace

Result<ConsumeQueue*> ReadPath::Find(TopicQueue queue) const {
  ConsumeQueue* const found = queues_.Find(queue);
  if (found == nullptr || found->deleted()) {
    return NotFound("topic \"{}\" has no queue {}", queue.topic, queue.queue);
  }
  return found;
}

QueueBounds ReadPath::BoundsOf(const ConsumeQueue& queue) const {
  const QueueOffset max = queue.End(visible());
  return {std::min(queue.Min(), max), max};
}

Result<QueueBounds> ReadPath::Bounds(TopicQueue name) const {
  if (batch_queues_.Has(name.topic)) {
    if (const auto queue = batch_queues_.Find(name)) return queue->Bounds();
  }
  TM_ASSIGN_OR_RETURN(const ConsumeQueue* const found, Find(name));
  return BoundsOf(*found);
}

std::vector<QueueInfo> ReadPath::Queues(std::string_view topic) const {
  std::vector<QueueInfo> queues;
  const auto add = [&](const ConsumeQueue& queue) {
    if (!queue.deleted()) queues.push_back({queue.topic(), queue.queue(), BoundsOf(queue)});
  };
  topic.empty() ? queues_.ForEach(add) : queues_.ForEachOf(topic, add);
  const Status visited = batch_queues_.ForEach(topic, [&](BatchQueue& queue) -> Status {
    queues.push_back({queue.topic(), queue.queue(), queue.Bounds()});
    return {};
  });
  TM_CHECK(visited.ok(), "{}", visited.message());
  std::sort(queues.begin(), queues.end(), [](const QueueInfo& a, const QueueInfo& b) {
    return std::tie(a.topic, a.queue) < std::tie(b.topic, b.queue);
  });
  return queues;
}

Result<MessageBatch> ReadPath::ReadBatchQueue(TopicQueue name, QueueOffset from,
                                              const ReadOptions& options) {
  const auto queue = batch_queues_.Find(name);
  if (queue == nullptr) return NotFound("topic \"{}\" has no queue {}", name.topic, name.queue);
  const QueueBounds bounds = queue->Bounds();
  if (from < bounds.min || from > bounds.max) {
    return OutOfRange("offset {} of queue {}/{} lies outside [{}, {}]", ToInt(from), name.topic,
                      name.queue, ToInt(bounds.min), ToInt(bounds.max));
  }
  MessageBatchBuilder batch;
  std::int64_t bytes = 0;
  QueueOffset next = from;
  for (std::int64_t scanned = 0; next < bounds.max && scanned < options.scan_max; ++scanned) {
    TM_ASSIGN_OR_RETURN(const std::optional<BatchUnit> unit, queue->Find(next));
    if (!unit.has_value()) {
      next = next + 1;  // Java's numbers may leave a hole
      continue;
    }
    if (options.filter.MayMatch(unit->tags_code) && unit->log_offset >= log_.min()) {
      if (batch.size() > 0 && bytes + unit->size > options.bytes_max) break;
      auto found = RecordAt(unit->log_offset, unit->size);
      if (!found.has_value() && unit->log_offset >= log_.min()) {
        if (batch.size() > 0) break;
        return Prefix(Format("offset {} of queue {}/{}", ToInt(next), name.topic, name.queue),
                      found.error());
      }
      if (found.has_value()) {
        const MessageView view = BuildView(found->record);
        if (options.filter.Matches(view)) {
          batch.Add(view);
          batch.Keep(std::move(found->pin));
          bytes += unit->size;
        }
      }
    }
    next = unit->end();
    if (static_cast<std::int64_t>(batch.size()) >= options.messages_max ||
        bytes >= options.bytes_max) {
      break;
    }
  }
  messages_.fetch_add(batch.size(), std::memory_order_relaxed);
  bytes_.fetch_add(static_cast<std::uint64_t>(bytes), std::memory_order_relaxed);
  return batch.Take(next, bounds.min, bounds.max);
}

Result<MessageBatch> ReadPath::Read(TopicQueue name, QueueOffset from, const ReadOptions& options) {
  if (batch_queues_.Has(name.topic)) return ReadBatchQueue(name, from, options);
  TM_ASSIGN_OR_RETURN(ConsumeQueue* const queue, Find(name));
  const LogOffset visible_end = visible();
  const QueueOffset max = queue->End(visible_end);
  const QueueOffset min = std::min(queue->Min(), max);
  if (from < min || from > max) {
    return OutOfRange("offset {} of queue {}/{} lies outside [{}, {}]", ToInt(from), name.topic,
                      name.queue, ToInt(min), ToInt(max));
  }
  MessageBatchBuilder batch;
  std::array<Unit, kUnitsAtOnce> units;
  std::int64_t bytes = 0;
  std::int64_t scanned = 0;
  QueueOffset next = from;
  bool full = false;
  while (!full && next < max && scanned < options.scan_max) {
    const std::size_t wanted =
        std::min<std::size_t>(kUnitsAtOnce, static_cast<std::size_t>(max - next));
    if (!options.filter.all()) {  // it passes over units by their tags code alone
      TM_RETURN_IF_ERROR(queue->CheckFiles(next, next + static_cast<std::int64_t>(wanted)));
    }
    TM_ASSIGN_OR_RETURN(const std::size_t got,
                        queue->Read(next, std::span(units).first(wanted), visible_end));
    if (got == 0) {
      if (batch.size() > 0) break;
      return DataLoss(
          "unit {} of queue {}/{} points behind the log, which ends at {}; run `tidemark store "
          "verify`",
          ToInt(next), name.topic, name.queue, ToInt(visible_end));
    }
    for (std::size_t i = 0; i < got && !full && scanned < options.scan_max; ++i, ++scanned) {
      const Unit& unit = units[i];
      // One that was deleted may be anywhere below; a rotten one is for RecordAt to refuse.
      const bool deleted = unit.IsValid() && unit.log_offset < log_.min();
      const bool take = options.filter.MayMatch(unit.tags_code) && !deleted;
      if (take) {
        if (batch.size() > 0 && bytes + unit.size > options.bytes_max) {
          full = true;
          break;
        }
        auto found = RecordAt(unit.log_offset, unit.size);
        if (!found.has_value()) {
          // What retention deletes meanwhile is skipped; what was read already is worth returning.
          if (!unit.IsValid() || unit.log_offset >= log_.min()) {
            if (batch.size() > 0) {
              full = true;
              break;
            }
            return Prefix(Format("offset {} of queue {}/{}", ToInt(next), name.topic, name.queue),
                          found.error());
          }
        } else {
          // LMQ queues show records of other topics.
          if (found->record.queue_offset != next && !name.topic.starts_with(kLmqPrefix)) {
            return DataLoss(
                "unit {} of queue {}/{} points at log offset {}, where offset {} of queue {}/{} "
                "stands; run `tidemark store verify`",
                ToInt(next), name.topic, name.queue, ToInt(unit.log_offset),
                ToInt(found->record.queue_offset), found->record.topic, found->record.queue);
          }
          const MessageView view = BuildView(found->record);
          if (options.filter.Matches(view)) {
            batch.Add(view);
            batch.Keep(std::move(found->pin));
            bytes += unit.size;
          }
        }
      }
      next = next + 1;
      full = static_cast<std::int64_t>(batch.size()) >= options.messages_max ||
             bytes >= options.bytes_max;
    }
  }
  messages_.fetch_add(batch.size(), std::memory_order_relaxed);
  bytes_.fetch_add(static_cast<std::uint64_t>(bytes), std::memory_order_relaxed);
  return batch.Take(next, min, max);
}

Result<ReadPath::Found> ReadPath::RecordAt(LogOffset offset, std::int32_t size) {
  if (size < kRecordBytesMin || size > log_.published() - offset) {
    return DataLoss(
        "a unit names {} bytes at log offset {}, where no record can be (the log ends at {}); run "
        "`tidemark store verify`",
        size, ToInt(offset), ToInt(log_.published()));
  }
  TM_ASSIGN_OR_RETURN(CommitLog::Pinned pinned, log_.Pin(offset, size));
  std::optional<Record> record;
  if (pinned.verified) {
    record = DecodeRecord(pinned.bytes.span());
  } else if (const Checked checked = CheckRecord(pinned.bytes.span(), {.crc = true});
             checked.kind == Checked::Kind::kRecord) {
    record = checked.record;
  }
  if (!record.has_value() || record->log_offset != offset) {
    return DataLoss(
        "{} bytes at log offset {} ({}) are no whole record; run `tidemark store verify`", size,
        ToInt(offset), log_.segments().PathOf(log_.segments().BaseOf(offset)).string());
  }
  return Found{*record, std::move(pinned.pin)};
}

Result<ReadPath::Found> ReadPath::RecordAt(LogOffset offset) {
  const LogOffset segment_end = log_.segments().BaseOf(offset) + log_.segments().segment_bytes();
  // What is not visible may be half encoded.
  const std::int64_t left = std::min(segment_end, visible()) - offset;
  std::int32_t size = 0;
  if (left >= kRecordBytesMin) {
    TM_ASSIGN_OR_RETURN(const CommitLog::Pinned head, log_.Pin(offset, kBlankHeaderBytes));
    size = LoadBig<std::int32_t>(head.bytes.data());
  }
  if (size < kRecordBytesMin || size > left) {
    return NotFound("no record starts at log offset {}", ToInt(offset));
  }
  return RecordAt(offset, size);
}

Result<MessageBatch> ReadPath::FindByLogOffset(LogOffset offset) {
  if (offset < log_.min() || offset >= visible()) {
    return OutOfRange("log offset {} lies outside [{}, {})", ToInt(offset), ToInt(log_.min()),
                      ToInt(visible()));
  }
  auto found = RecordAt(offset);
  if (!found.has_value()) {
    // An offset that a caller made up is no damage.
    if (found.error().code() == StatusCode::kDataLoss) {
      return NotFound("no record starts at log offset {}", ToInt(offset));
    }
    return std::move(found).error();
  }
  MessageBatchBuilder batch;
  batch.Add(BuildView(found->record));
  batch.Keep(std::move(found->pin));
  const QueueOffset at = found->record.queue_offset;
  return batch.Take(at + 1, at, at + 1);
}

Result<MessageBatch> ReadPath::FindById(std::string_view offset_message_id) {
  TM_ASSIGN_OR_RETURN(const OffsetMessageId id, DecodeOffsetMessageId(offset_message_id));
  TM_ASSIGN_OR_RETURN(MessageBatch batch, FindByLogOffset(id.log_offset));
  if (batch[0].store_host() != id.store_host) {
    return NotFound("message {} was stored by another broker", offset_message_id);
  }
  return batch;
}

Result<MessageBatch> ReadPath::FindByKey(std::string_view topic, std::string_view key,
                                         TimeRange range, std::int32_t messages_max) {
  if (index_ == nullptr) return FailedPrecondition("this store was opened without its key index");
  if (topic.empty() || key.empty()) return InvalidArgument("a topic and a key are needed");
  TM_ASSIGN_OR_RETURN(KeyIndex::Found candidates,
                      index_->Find(IndexKeyHash(topic, key), range,
                                   std::clamp<std::int32_t>(messages_max, 0, kKeyMessagesMax)));
  std::vector<LogOffset>& offsets = candidates.records;
  std::sort(offsets.begin(), offsets.end());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  MessageBatchBuilder batch;
  for (const LogOffset offset : offsets) {
    if (offset < log_.min() || offset >= visible()) continue;  // entries may outlive their records
    auto found = RecordAt(offset);
    if (!found.has_value()) {
      const StatusCode code = found.error().code();
      if (code == StatusCode::kNotFound || code == StatusCode::kOutOfRange) continue;
      return std::move(found).error();
    }
    // The index knows hashes only.
    bool matches = found->record.topic == topic;
    if (matches) {
      const Checked checked = CheckRecord(found->record.bytes.span(), {.crc = false});
      matches = false;
      ForEachIndexKey(checked.dispatch, [&](std::string_view other) { matches |= other == key; });
    }
    if (!matches) continue;
    batch.Add(BuildView(found->record));
    batch.Keep(std::move(found->pin));
  }
  return batch.Take(QueueOffset{0}, QueueOffset{0}, QueueOffset{0});
}

Result<QueueOffset> ReadPath::OffsetAt(TopicQueue name, WallTime time, Store::Boundary boundary) {
  if (const auto batch = batch_queues_.Has(name.topic) ? batch_queues_.Find(name) : nullptr) {
    return batch->OffsetAt(time, boundary);
  }
  TM_ASSIGN_OR_RETURN(ConsumeQueue* const queue, Find(name));
  return queue->OffsetAt(
      time, boundary, visible(), [&](const Unit& unit) -> Result<std::optional<WallTime>> {
        if (unit.log_offset < log_.min()) return std::optional<WallTime>();
        TM_ASSIGN_OR_RETURN(const Found found, RecordAt(unit.log_offset, unit.size));
        return std::optional<WallTime>(found.record.store_time);
      });
}

Result<LogSlice> ReadPath::ReadLog(LogOffset offset, std::size_t bytes_max) {
  const LogOffset end = std::min(visible(), log_.written());
  if (offset < log_.min() || offset > end) {
    return OutOfRange("log offset {} lies outside [{}, {}]", ToInt(offset), ToInt(log_.min()),
                      ToInt(end));
  }
  if (bytes_max == 0) return InvalidArgument("a slice of 0 bytes");
  if (offset == end) return LogSliceBuilder::Make(offset, Bytes(), BlockPin());
  const LogOffset segment_end = log_.segments().BaseOf(offset) + log_.segments().segment_bytes();
  const std::int64_t wanted = std::min<std::int64_t>(
      {static_cast<std::int64_t>(bytes_max), end - offset, segment_end - offset});
  TM_ASSIGN_OR_RETURN(CommitLog::Pinned pinned, log_.PinSome(offset, wanted));
  return LogSliceBuilder::Make(offset, pinned.bytes, std::move(pinned.pin));
}

}  // namespace tidemark

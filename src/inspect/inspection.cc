// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <tuple>

#include "src/base/check.h"
#include "src/format/message_view.h"
#include "src/inspect/opened.h"
#include "src/inspect/record_source.h"
#include "src/recovery/log_walk.h"

namespace tidemark {
namespace {

constexpr std::int32_t kKeyMessagesMax = 64;  // Java's maxMsgsNumBatch
constexpr std::size_t kUnitsAtOnce = 512;
constexpr std::int64_t kProgressBytes = 16 << 20;

class Look final : public Inspection {
 public:
  Look(OpenedStore opened, const InspectOptions& options)
      : opened_(std::move(opened)), options_(options), records_(*opened_.log) {
    Summarise();
  }

  const StoreSummary& summary() const override { return summary_; }
  Status VisitLog(const std::function<Status(const LogStretch&)>& visit) override;
  std::vector<QueueInfo> Queues() override;
  Status VisitUnits(TopicQueue queue,
                    const std::function<Status(const QueueUnit&)>& visit) override;
  Result<std::vector<LogOffset>> FindKey(std::string_view topic, std::string_view key) override;
  Status VisitRecord(LogOffset offset,
                     const std::function<Status(const MessageView&)>& visit) override;

 private:
  void Summarise();
  static Status VisitBatchUnits(BatchQueue& queue,
                                const std::function<Status(const QueueUnit&)>& visit);

  OpenedStore opened_;
  const InspectOptions options_;
  RecordSource records_;
  StoreSummary summary_;
};

void Look::Summarise() {
  const RecoveredStore& recovered = opened_.recovered;
  const Geometry& geometry = recovered.geometry;
  summary_.aborted = !recovered.report.clean;
  summary_.min = recovered.segments->first();
  summary_.max = recovered.end;
  summary_.shown_max = recovered.end;
  if (!options_.as_java && !recovered.report.damage.empty()) {
    summary_.shown_max = recovered.end + recovered.report.cut_bytes;
  }
  summary_.segment_bytes = geometry.segment_bytes;
  summary_.queue_file_bytes = geometry.queue_file_bytes;
  summary_.index_slots = geometry.index_slots;
  summary_.index_entries = geometry.index_entries;
  summary_.recovery = recovered.report;
}

Status Look::VisitLog(const std::function<Status(const LogStretch&)>& visit) {
  LogWalk walk(*opened_.log, summary_.min, summary_.shown_max);
  const std::int64_t total = summary_.shown_max - summary_.min;
  std::int64_t reported = 0;
  while (true) {
    TM_ASSIGN_OR_RETURN(const std::optional<LogPiece> piece, walk.Next());
    if (!piece.has_value()) return {};
    LogStretch stretch;
    stretch.offset = piece->offset;
    stretch.bytes = piece->bytes;
    const std::string file = opened_.NameOf(piece->offset);
    stretch.file = file;
    switch (piece->kind) {
      case LogPiece::Kind::kRecord:
        stretch.kind = LogStretch::Kind::kRecord;
        stretch.message = BuildView(piece->checked.record);
        break;
      case LogPiece::Kind::kFiller:
        stretch.kind = LogStretch::Kind::kFiller;
        break;
      case LogPiece::Kind::kHole:
        stretch.kind = LogStretch::Kind::kHole;
        stretch.why = piece->why;
        break;
    }
    TM_RETURN_IF_ERROR(visit(stretch));
    const std::int64_t done = piece->end() - summary_.min;
    if (options_.progress && done - reported >= kProgressBytes) {
      reported = done;
      options_.progress("reading the log", done, total);
    }
  }
}

std::vector<QueueInfo> Look::Queues() {
  std::vector<QueueInfo> queues;
  opened_.recovered.queues->ForEach([&](ConsumeQueue& queue) {
    const QueueOffset max = queue.End(opened_.recovered.end);
    if (max == QueueOffset{0} || queue.deleted()) return;
    queues.push_back({queue.topic(), queue.queue(), {std::min(queue.Min(), max), max}});
  });
  const Status visited = opened_.recovered.batch_queues->ForEach([&](BatchQueue& queue) -> Status {
    const QueueBounds bounds = queue.Bounds();
    if (bounds.max > QueueOffset{0}) queues.push_back({queue.topic(), queue.queue(), bounds});
    return {};
  });
  TM_CHECK(visited.ok(), "{}", visited.message());
  std::sort(queues.begin(), queues.end(), [](const QueueInfo& a, const QueueInfo& b) {
    return std::tie(a.topic, a.queue) < std::tie(b.topic, b.queue);
  });
  return queues;
}

Status Look::VisitBatchUnits(BatchQueue& queue,
                             const std::function<Status(const QueueUnit&)>& visit) {
  const QueueBounds bounds = queue.Bounds();
  for (QueueOffset at = bounds.min; at < bounds.max;) {
    TM_ASSIGN_OR_RETURN(const std::optional<BatchUnit> unit, queue.Find(at));
    if (!unit.has_value()) {
      at = at + 1;
      continue;
    }
    TM_RETURN_IF_ERROR(visit({unit->first, unit->log_offset, unit->size, unit->tags_code}));
    at = unit->end();
  }
  return {};
}

Status Look::VisitUnits(TopicQueue name, const std::function<Status(const QueueUnit&)>& visit) {
  if (const auto batch = opened_.recovered.batch_queues->Find(name)) {
    return VisitBatchUnits(*batch, visit);
  }
  ConsumeQueue* const queue = opened_.recovered.queues->Find(name);
  if (queue == nullptr || queue->deleted()) {
    return NotFound("topic \"{}\" has no queue {}", name.topic, name.queue);
  }
  std::array<Unit, kUnitsAtOnce> units;
  const LogOffset end = opened_.recovered.end;
  for (QueueOffset at = queue->Min();;) {
    const std::int64_t left = queue->End(end) - at;
    if (left <= 0) return {};
    TM_ASSIGN_OR_RETURN(
        const std::size_t got,
        queue->Read(at,
                    std::span(units).first(std::min(units.size(), static_cast<std::size_t>(left))),
                    end));
    if (got == 0) return {};
    for (std::size_t i = 0; i < got; ++i) {
      TM_RETURN_IF_ERROR(visit({at, units[i].log_offset, units[i].size, units[i].tags_code}));
      at = at + 1;
    }
  }
}

Result<std::vector<LogOffset>> Look::FindKey(std::string_view topic, std::string_view key) {
  TM_ASSIGN_OR_RETURN(
      KeyIndex::Found found,
      opened_.recovered.index->Find(IndexKeyHash(topic, key), TimeRange{}, kKeyMessagesMax));
  std::sort(found.records.begin(), found.records.end());
  found.records.erase(std::unique(found.records.begin(), found.records.end()), found.records.end());
  std::vector<LogOffset> carriers;
  for (const LogOffset offset : found.records) {
    if (offset >= summary_.max) continue;  // entries may outlive their records
    TM_ASSIGN_OR_RETURN(const std::optional<Checked> record, records_.At(offset, {.crc = false}));
    // The index knows hashes only.
    if (!record.has_value() || record->record.topic != topic) continue;
    bool carries = false;
    ForEachIndexKey(record->dispatch, [&](std::string_view other) { carries |= other == key; });
    if (carries) carriers.push_back(offset);
  }
  return carriers;
}

Status Look::VisitRecord(LogOffset offset, const std::function<Status(const MessageView&)>& visit) {
  TM_ASSIGN_OR_RETURN(const std::optional<Checked> record, records_.At(offset, {.crc = true}));
  if (!record.has_value()) return NotFound("no whole record starts at {}", ToInt(offset));
  return visit(BuildView(record->record));
}

}  // namespace

std::vector<std::string_view> IndexKeys(const MessageView& message) {
  std::vector<std::string_view> keys;
  DispatchView dispatch;
  dispatch.topic = message.topic();
  dispatch.keys = message.keys();
  dispatch.unique_key = message.unique_key();
  dispatch.sys_flag = message.sys_flag();
  ForEachIndexKey(dispatch, [&](std::string_view key) { keys.push_back(key); });
  return keys;
}

Result<std::unique_ptr<Inspection>> Inspection::Open(const std::filesystem::path& directory,
                                                     InspectOptions options) {
  TM_ASSIGN_OR_RETURN(OpenedStore opened, OpenToLook(directory, options));
  return std::unique_ptr<Inspection>(std::make_unique<Look>(std::move(opened), options));
}

}  // namespace tidemark

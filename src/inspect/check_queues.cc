// SPDX-License-Identifier: Apache-2.0
#include "src/inspect/check_queues.h"

#include <algorithm>

#include "src/segment/segmented_file.h"

namespace tidemark {
namespace {

// Holes come in few; what a wholly rotten log has more of is not remembered one by one.
constexpr std::size_t kHolesMax = 4096;

std::string UnitText(const Unit& unit) {
  return Format("(log offset {}, {} bytes, tags code {})", ToInt(unit.log_offset), unit.size,
                unit.tags_code);
}

}  // namespace

QueueCheck::QueueCheck(QueueTable& queues, LogOffset log_min, LogOffset log_end, Findings& findings,
                       VerifyReport& report)
    : queues_(queues),
      log_min_(log_min),
      log_end_(log_end),
      findings_(findings),
      report_(report),
      window_units_(queues.size() > 2000 ? 16 : 256) {}

Status QueueCheck::Record(const Checked& checked) {
  const DispatchView& record = checked.dispatch;
  if (!GetsUnit(record)) return {};
  const Unit unit{record.log_offset, record.size, TagsCode(record, levels_)};
  TM_RETURN_IF_ERROR(OneUnit({record.topic, record.queue}, record.queue_offset, unit));
  for (const LmqUnit& lmq : MultiDispatch(record)) {
    TM_RETURN_IF_ERROR(OneUnit({lmq.name, lmq.queue}, lmq.offset, unit));
  }
  return {};
}

void QueueCheck::Hole(LogOffset from, LogOffset to) {
  if (holes_.size() < kHolesMax) {
    holes_.emplace_back(from, to);
  } else {
    holes_.back().second = to;
  }
}

bool QueueCheck::InHole(LogOffset offset) const {
  const auto behind =
      std::upper_bound(holes_.begin(), holes_.end(), offset,
                       [](LogOffset at, const auto& hole) { return at < hole.first; });
  return behind != holes_.begin() && offset < std::prev(behind)->second;
}

Finding QueueCheck::MakeFinding(const ConsumeQueue& queue, QueueOffset offset,
                                std::string text) const {
  const std::int64_t byte = ToInt(offset) * kUnitBytes;
  const std::int64_t base = byte / queues_.storage().file_bytes * queues_.storage().file_bytes;
  return {
      Finding::Kind::kDerived,
      Format("consumequeue/{}/{}/{}", queue.topic(), queue.queue(), SegmentName(LogOffset{base})),
      byte - base, std::move(text)};
}

Result<Unit> QueueCheck::UnitAt(ConsumeQueue& queue, State& state, QueueOffset offset) {
  const auto window_end = state.window_start + static_cast<std::int64_t>(state.window.size());
  if (offset < state.window_start || offset >= window_end) {
    state.window.resize(window_units_);
    state.window_start = offset;
    TM_ASSIGN_OR_RETURN(const std::size_t got, queue.Read(offset, state.window, log_end_));
    state.window.resize(got);
    if (got == 0) return Unit{};
  }
  return state.window[static_cast<std::size_t>(offset - state.window_start)];
}

Status QueueCheck::OneUnit(TopicQueue name, QueueOffset offset, const Unit& expected) {
  ++report_.units;
  ConsumeQueue* const queue = queues_.Find(name);
  if (queue == nullptr) {
    std::string text = Format("{}/{}", name.topic, name.queue);
    if (missing_queues_.size() < Findings::kShownOfASort && missing_queues_.insert(text).second) {
      findings_.Add({Finding::Kind::kDerived, "consumequeue/" + text, -1,
                     Format("the queue is missing; the record at log offset {} is its "
                            "message {}",
                            ToInt(expected.log_offset), ToInt(offset))});
    }
    return {};
  }
  if (expected.log_offset < queue->floor()) return {};  // of a topic that was deleted
  const auto [found, fresh] = states_.try_emplace(queue);
  State& state = found->second;
  if (fresh) state.next = queue->Min();
  const QueueOffset end = queue->End(log_end_);
  if (offset < state.next) {
    findings_.AddSome(wrong_, [&] {
      return MakeFinding(
          *queue, offset,
          Format("message {} should be that at log offset {}, but the queue {}", ToInt(offset),
                 ToInt(expected.log_offset),
                 offset < queue->Min() ? "begins behind it" : "has another message there"));
    });
    return {};
  }
  TM_RETURN_IF_ERROR(Orphans(*queue, state, state.next, std::min(offset, end)));
  state.next = offset + 1;
  if (offset >= end) {
    findings_.AddSome(missing_, [&] {
      return MakeFinding(*queue, offset,
                         Format("message {} (log offset {}) has no unit: the queue ends at {}",
                                ToInt(offset), ToInt(expected.log_offset), ToInt(end)));
    });
    return {};
  }
  TM_ASSIGN_OR_RETURN(const Unit unit, UnitAt(*queue, state, offset));
  if (unit == expected) return {};
  findings_.AddSome(wrong_, [&] {
    return MakeFinding(*queue, offset,
                       Format("message {} has the unit {} instead of {}", ToInt(offset),
                              UnitText(unit), UnitText(expected)));
  });
  return {};
}

Status QueueCheck::Orphans(ConsumeQueue& queue, State& state, QueueOffset from, QueueOffset to) {
  for (QueueOffset at = from; at < to; at = at + 1) {
    TM_ASSIGN_OR_RETURN(const Unit unit, UnitAt(queue, state, at));
    if (unit.IsPreBlank() || (unit.IsValid() && unit.log_offset < log_min_)) continue;
    if (InHole(unit.log_offset)) {
      findings_.AddSome(lost_, [&] {
        Finding finding = MakeFinding(
            queue, at,
            Format("message {} of queue {}/{} is lost: its record at log offset {} is damaged",
                   ToInt(at), queue.topic(), queue.queue(), ToInt(unit.log_offset)));
        finding.kind = Finding::Kind::kDamage;
        return finding;
      });
      continue;
    }
    findings_.AddSome(orphans_, [&] {
      return MakeFinding(
          queue, at,
          Format("message {} has the unit {}, which belongs to no record of the queue", ToInt(at),
                 UnitText(unit)));
    });
  }
  return {};
}

Status QueueCheck::Finish() {
  Status status;
  queues_.ForEach([&](ConsumeQueue& queue) {
    if (!status.ok()) return;
    const auto [found, fresh] = states_.try_emplace(&queue);
    if (fresh) found->second.next = queue.Min();
    status = Orphans(queue, found->second, found->second.next, queue.End(log_end_));
  });
  return status;
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/consume_queue.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "src/base/check.h"

namespace tidemark {
namespace {

// A queue with one message should cost little, one with a million must not become a long chain.
constexpr std::int64_t kFirstChunkUnits = 16;
constexpr std::int64_t kLastChunkUnits = 32 << 10;

constexpr LogOffset kWholeLog{std::numeric_limits<std::int64_t>::max()};

/// The first unit whose record ends behind `log_end`.
std::span<const Unit>::iterator FirstEndingBehind(std::span<const Unit> units, LogOffset log_end) {
  return std::partition_point(units.begin(), units.end(),
                              [&](const Unit& unit) { return unit.end() <= log_end; });
}

}  // namespace

void DirtyQueues::Add(ConsumeQueue& queue) {
  TM_CHECK(!queue.linked_, "{}-{} is on the list of dirty queues", queue.topic_, queue.queue_);
  queue.linked_ = true;
  ConsumeQueue* head = head_.load(std::memory_order_relaxed);
  do {
    queue.next_dirty_ = head;
  } while (!head_.compare_exchange_weak(head, &queue, std::memory_order_acq_rel,
                                        std::memory_order_relaxed));
}

ConsumeQueue* ConsumeQueue::TakeNextDirty() {
  linked_ = false;
  return std::exchange(next_dirty_, nullptr);
}

bool ConsumeQueue::dirty() {
  LockTail();
  const bool listed = listed_;
  tail_lock_.Unlock();
  return listed;
}

std::int64_t ConsumeQueue::Chunk::bytes() const {
  return static_cast<std::int64_t>(sizeof(Chunk)) +
         capacity * static_cast<std::int64_t>(sizeof(Unit));
}

ConsumeQueue::ConsumeQueue(const QueueStorage& storage, const std::string& topic,
                           std::int32_t queue, MemoryBudget& memory, DirtyQueues& dirty)
    : topic_(topic), memory_(memory), dirty_(dirty), queue_(queue), files_(storage, topic, queue) {
  files_.SetSettledEnd(QueueOffset{0});
}

ConsumeQueue::~ConsumeQueue() {
  MutexLock lock(mutex_);
  while (first_.load(std::memory_order_relaxed) != nullptr) FreeFirstChunk();
}

// --- The publisher ---

void ConsumeQueue::LockTail() NO_THREAD_SAFETY_ANALYSIS {
  while (!tail_lock_.TryLock()) MutexLock wait(mutex_);
}

void ConsumeQueue::Push(const Unit& unit, QueueOffset at) {
  LockTail();
  const QueueOffset end{end_.load(std::memory_order_relaxed)};
  TM_CHECK(at == end, "{}-{}: unit {} pushed, the queue ends at {}", topic_, queue_, ToInt(at),
           ToInt(end));
  if (last_ == nullptr || at == last_->end()) AddChunk(at);
  last_->units[static_cast<std::size_t>(at - last_->base)] = unit;
  log_end_.store(ToInt(unit.end()), std::memory_order_relaxed);
  end_.store(ToInt(at) + 1, std::memory_order_release);
  if (!listed_) {
    listed_ = true;
    dirty_.Add(*this);
  }
  tail_lock_.Unlock();
}

void ConsumeQueue::AddChunk(QueueOffset base) {
  const std::int64_t capacity =
      last_ == nullptr ? kFirstChunkUnits : std::min(last_->capacity * 2, kLastChunkUnits);
  auto* chunk = new Chunk(base, capacity);
  memory_.Charge(chunk->bytes());
  std::atomic<Chunk*>& link = last_ == nullptr ? first_ : last_->next;
  link.store(chunk, std::memory_order_release);
  last_ = chunk;
}

// --- Readers ---

QueueOffset ConsumeQueue::MemoryStart() const {
  const Chunk* first = first_.load(std::memory_order_acquire);
  return first != nullptr ? first->base : end();
}

std::span<const Unit> ConsumeQueue::UnitsOf(const Chunk& chunk, QueueOffset from,
                                            QueueOffset limit) {
  from = std::max(from, chunk.base);
  limit = std::min(limit, chunk.end());
  if (from >= limit) return {};
  return {&chunk.units[static_cast<std::size_t>(from - chunk.base)],
          static_cast<std::size_t>(limit - from)};
}

QueueOffset ConsumeQueue::End(LogOffset visible_end) const {
  const QueueOffset all = end();
  // The last unit's end may be newer than `all`, never older.
  if (log_end_.load(std::memory_order_relaxed) <= ToInt(visible_end)) return all;
  MutexLock lock(mutex_);
  QueueOffset visible = std::min(MemoryStart(), all);
  for (const Chunk* chunk = first_.load(std::memory_order_acquire);
       chunk != nullptr && chunk->base < all; chunk = chunk->next.load(std::memory_order_acquire)) {
    const std::span<const Unit> units = UnitsOf(*chunk, chunk->base, all);
    const auto hidden = FirstEndingBehind(units, visible_end);
    visible = chunk->base + (hidden - units.begin());
    if (hidden != units.end()) break;
  }
  return std::max(visible, FileEnd());
}

Result<std::size_t> ConsumeQueue::Read(QueueOffset from, std::span<Unit> out,
                                       LogOffset visible_end) {
  const QueueOffset all = end();
  if (removed()) return OutOfRange("{}-{}: the topic was deleted", topic_, queue_);
  if (from >= all) return std::size_t{0};
  if (static_cast<std::int64_t>(out.size()) > all - from) {
    out = out.first(static_cast<std::size_t>(all - from));
  }
  std::size_t got = 0;
  while (got < out.size()) {
    const QueueOffset at = from + static_cast<std::int64_t>(got);
    QueueOffset memory_start;
    {
      MutexLock lock(mutex_);
      memory_start = MemoryStart();
      for (const Chunk* chunk = first_.load(std::memory_order_acquire);
           at >= memory_start && chunk != nullptr && got < out.size();
           chunk = chunk->next.load(std::memory_order_acquire)) {
        const std::span<const Unit> units =
            UnitsOf(*chunk, from + static_cast<std::int64_t>(got), all);
        const std::size_t here = std::min(units.size(), out.size() - got);
        std::copy_n(units.begin(), here, out.begin() + static_cast<std::ptrdiff_t>(got));
        got += here;
      }
    }
    if (at >= memory_start) break;
    const std::size_t here =
        std::min(out.size() - got, static_cast<std::size_t>(memory_start - at));
    TM_RETURN_IF_ERROR(files_.Read(at, out.subspan(got, here)));
    got += here;
  }
  const auto hidden = std::find_if(
      out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got),
      [&](const Unit& unit) { return unit.end() > visible_end && !unit.IsPreBlank(); });
  return static_cast<std::size_t>(hidden - out.begin());
}

Status ConsumeQueue::ReadOne(QueueOffset at, Unit* unit) {
  TM_ASSIGN_OR_RETURN(const std::size_t got, Read(at, std::span(unit, 1), kWholeLog));
  TM_CHECK(got == 1, "{}-{}: no unit {}", topic_, queue_, ToInt(at));
  return {};
}

Result<QueueOffset> ConsumeQueue::OffsetAt(WallTime time, Store::Boundary boundary,
                                           LogOffset visible_end, StoreTimeOf store_time_of) {
  const QueueOffset min = Min();
  const QueueOffset end = std::max(min, End(visible_end));
  const bool upper = boundary == Store::Boundary::kUpper;
  // The first unit in [low, high) that is stored at or after `time` (kUpper: after it).
  QueueOffset low = min;
  QueueOffset high = end;
  while (low < high) {
    const QueueOffset middle = low + (high - low) / 2;
    Unit unit;
    TM_RETURN_IF_ERROR(ReadOne(middle, &unit));
    std::optional<WallTime> stored;
    if (!unit.IsPreBlank()) {
      TM_ASSIGN_OR_RETURN(stored, store_time_of(unit));
    }
    const bool early = !stored.has_value() || *stored < time || (upper && *stored == time);
    if (early) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (upper && low > min) return low + -1;
  return low;
}

// --- The keeper ---

Status ConsumeQueue::BringUp(LogOffset durable) {
  const QueueOffset all = end();
  if (removed()) {
    written_ = all;
    return {};
  }
  // Only the keeper frees chunks, so they can be walked without the lock.
  for (const Chunk* chunk = first_.load(std::memory_order_acquire);
       chunk != nullptr && chunk->base < all; chunk = chunk->next.load(std::memory_order_acquire)) {
    std::span<const Unit> units = UnitsOf(*chunk, written_, all);
    const auto behind = FirstEndingBehind(units, durable);
    const bool stop = behind != units.end();
    units = units.first(static_cast<std::size_t>(behind - units.begin()));
    if (!units.empty()) {
      TM_RETURN_IF_ERROR(CheckFront(written_));
      TM_RETURN_IF_ERROR(files_.Write(written_, units));
      written_ = written_ + static_cast<std::int64_t>(units.size());
    }
    if (stop) break;
  }
  return {};
}

Status ConsumeQueue::CheckFront(QueueOffset at) {
  if (front_checked_) return {};
  if (Min() >= at) {
    TM_RETURN_IF_ERROR(files_.StartAt(at));
  } else {
    TM_ASSIGN_OR_RETURN(const bool reached, files_.Reach(at));
    if (!reached) {
      return DataLoss("{}: unit {} is missing though the queue begins at {}; rebuild the queues",
                      files_.path().string(), ToInt(at) - 1, ToInt(Min()));
    }
  }
  front_checked_ = true;
  return {};
}

Status ConsumeQueue::SyncFiles() {
  Status synced = files_.Sync();
  if (!synced.ok()) Rewind();
  return synced;
}

void ConsumeQueue::Rewind() {
  written_ = FileEnd();
}

bool ConsumeQueue::Settle() {
  files_.NoteSynced();
  files_.NoteFinished(FileEnd(), written_);
  settled_.store(ToInt(written_), std::memory_order_release);
  MutexLock lock(mutex_);
  Chunk* first = first_.load(std::memory_order_acquire);
  while (first != nullptr && first->end() <= written_ &&
         first->next.load(std::memory_order_acquire) != nullptr) {
    FreeFirstChunk();
    first = first_.load(std::memory_order_acquire);
  }
  // The last chunk is the publisher's. If he is at work the queue is not drained anyway.
  if (!tail_lock_.TryLock()) return false;
  const bool drained = end() == written_;
  if (drained) {
    TM_CHECK(!linked_, "{}-{} is on the list of dirty queues", topic_, queue_);
    while (first_.load(std::memory_order_relaxed) != nullptr) FreeFirstChunk();
    last_ = nullptr;
    listed_ = false;
  }
  tail_lock_.Unlock();
  return drained;
}

void ConsumeQueue::FreeFirstChunk() {
  Chunk* chunk = first_.load(std::memory_order_acquire);
  first_.store(chunk->next.load(std::memory_order_acquire), std::memory_order_release);
  memory_.Release(chunk->bytes());
  delete chunk;
}

Status ConsumeQueue::CorrectMin(LogOffset log_min) {
  log_min = std::max(log_min, LogOffset{floor_.load(std::memory_order_relaxed)});
  const QueueOffset all = end();
  QueueOffset low = Min();
  if (low >= all || min_log_offset_ >= log_min) return {};
  const auto stale = [&](const Unit& unit) {
    return unit.log_offset < log_min || unit.IsPreBlank();
  };
  TM_ASSIGN_OR_RETURN(const QueueFiles::Span files, files_.Bounds());
  if (!files.empty() && low < files.first) low = files.first;

  Unit found;
  TM_RETURN_IF_ERROR(ReadOne(all + -1, &found));
  QueueOffset high = all + -1;
  if (stale(found)) {
    low = high = all;
  }
  while (low < high) {
    const QueueOffset middle = low + (high - low) / 2;
    Unit unit;
    TM_RETURN_IF_ERROR(ReadOne(middle, &unit));
    if (stale(unit)) {
      low = middle + 1;
    } else {
      high = middle;
      found = unit;
    }
  }
  min_log_offset_ = low < all ? found.log_offset : LogOffset{-1};
  min_.store(ToInt(low), std::memory_order_release);
  return {};
}

Status ConsumeQueue::DeleteBefore(LogOffset log_min) {
  if (removed()) return {};
  const QueueOffset before = Min();
  const bool was_hidden = hidden();
  if (was_hidden && !deleted() && floor_.load(std::memory_order_relaxed) <= ToInt(log_min)) {
    floor_.store(0, std::memory_order_release);
  }
  TM_RETURN_IF_ERROR(CorrectMin(log_min));
  if (Min() == before && !was_hidden) return {};
  return files_.DeleteBefore(log_min, FileEnd());
}

Status ConsumeQueue::HideBefore(LogOffset floor) {
  floor_.store(ToInt(floor), std::memory_order_release);
  return CorrectMin(floor);
}

Status ConsumeQueue::Remove() {
  removed_.store(true, std::memory_order_release);
  return files_.RemoveAll();
}

// --- Recovery ---

void ConsumeQueue::SetAll(QueueOffset offset) {
  TM_CHECK(first_.load(std::memory_order_relaxed) == nullptr, "{}-{}: units in memory", topic_,
           queue_);
  next_ = offset;
  written_ = offset;
  front_checked_ = false;
  end_.store(ToInt(offset), std::memory_order_release);
  settled_.store(ToInt(offset), std::memory_order_release);
}

void ConsumeQueue::Restore(QueueOffset min, QueueOffset file_end) {
  SetAll(file_end);
  files_.SetSettledEnd(file_end);
  min_.store(std::min(ToInt(min), ToInt(file_end)), std::memory_order_release);
}

Result<RecoveredEnd> ConsumeQueue::RecoverFromFiles() {
  files_.SetSettledEnd(QueueOffset{std::numeric_limits<std::int64_t>::max() / kUnitBytes});
  TM_ASSIGN_OR_RETURN(const QueueFiles::Span files, files_.Bounds());
  TM_ASSIGN_OR_RETURN(const RecoveredEnd found, files_.RecoverEnd());
  Restore(std::min(files.first, found.end), found.end);
  log_end_.store(ToInt(found.log_end.value_or(LogOffset{0})), std::memory_order_relaxed);
  return found;
}

Status ConsumeQueue::CutFrom(LogOffset log_end) {
  TM_ASSIGN_OR_RETURN(const RecoveredEnd cut, files_.FindCut(log_end, end()));
  SetAll(cut.end);
  log_end_.store(ToInt(cut.log_end.value_or(LogOffset{0})), std::memory_order_relaxed);
  min_.store(std::min(ToInt(Min()), ToInt(cut.end)), std::memory_order_release);
  min_log_offset_ = LogOffset{-1};
  return {};
}

Status ConsumeQueue::TruncateFrom(LogOffset log_end) {
  TM_RETURN_IF_ERROR(CutFrom(log_end));
  return ClearBehind();
}

Status ConsumeQueue::Restart() {
  LockTail();
  last_ = nullptr;
  tail_lock_.Unlock();
  {
    MutexLock lock(mutex_);
    while (first_.load(std::memory_order_relaxed) != nullptr) FreeFirstChunk();
  }
  SetAll(QueueOffset{0});
  min_.store(0, std::memory_order_release);
  log_end_.store(0, std::memory_order_relaxed);
  min_log_offset_ = LogOffset{-1};
  return files_.RemoveAll();
}

void ConsumeQueue::StartAt(QueueOffset first) {
  TM_CHECK(Min() == end() || end() == QueueOffset{0}, "{}-{}: messages in [{}, {})", topic_, queue_,
           ToInt(Min()), ToInt(end()));
  TM_CHECK(first >= end(), "{}-{}: {} lies below the end {}", topic_, queue_, ToInt(first),
           ToInt(end()));
  SetAll(first);
  min_.store(ToInt(first), std::memory_order_release);
}

}  // namespace tidemark

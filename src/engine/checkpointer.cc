// SPDX-License-Identifier: Apache-2.0
#include "src/engine/checkpointer.h"

#include <algorithm>

#include "src/recovery/java_start.h"

namespace tidemark {

Status Checkpointer::Run(bool seal) {
  MutexLock lock(mutex_);
  // Taken before the sync: no record behind the checkpoint is older, unless the clock stepped back.
  const WallTime time = sequencer_.last_store_time();
  TM_RETURN_IF_ERROR(log_.Flush());
  if (Status status = log_.CheckSegmentInPlace(); !status.ok()) {
    // What is written there is lost with the last descriptor.
    log_.Fail(status);
    return status;
  }
  const LogOffset durable = log_.durable();
  TM_RETURN_IF_ERROR(store_.queues->BringUpAll(durable));
  if (store_.index != nullptr) TM_RETURN_IF_ERROR(store_.index->Apply(durable));
  TM_RETURN_IF_ERROR(WriteJavaCheckpoint(durable, time));
  Snapshot snapshot = TakeSnapshot(durable);
  if (seal) {
    snapshot.sealed = true;
    // The seal looks at times of files, which syncing their data leaves behind.
    TM_RETURN_IF_ERROR(store_.lock->SyncFileSystem());
    TM_ASSIGN_OR_RETURN(snapshot.files, SealFiles(machine_.files(), root_));
    for (QueueSnapshot& queue : snapshot.queues) {
      TM_ASSIGN_OR_RETURN(
          queue.file_print,
          QueueFilePrint(machine_.files(), root_, store_.geometry.queue_file_bytes, queue));
    }
  }
  TM_RETURN_IF_ERROR(store_.sidecar->Write(snapshot));
  checkpoint_.store(ToInt(durable), std::memory_order_release);
  marked_ = durable;
  count_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Snapshot Checkpointer::TakeSnapshot(LogOffset checkpoint) {
  Snapshot snapshot;
  snapshot.store_id = store_.store_id;
  snapshot.run_id = store_.run_id;
  snapshot.segment_bytes = store_.geometry.segment_bytes;
  snapshot.queue_file_bytes = store_.geometry.queue_file_bytes;
  snapshot.index_slots = store_.geometry.index_slots;
  snapshot.index_entries = store_.geometry.index_entries;
  snapshot.checkpoint = checkpoint;
  snapshot.log_first = log_.min();
  snapshot.unsynced_bytes_max = unsynced_bytes_max_;
  snapshot.last_store_time = sequencer_.last_store_time();
  snapshot.queues.reserve(store_.queues->size());
  store_.queues->ForEach([&](ConsumeQueue& queue) {
    snapshot.queues.push_back({queue.topic(), queue.queue(), queue.Min(), queue.FileEnd(), 0});
  });
  return snapshot;
}

Status Checkpointer::WriteMark() {
  MutexLock lock(mutex_);
  const LogOffset durable = log_.durable();
  if (durable == marked_ || log_.failed()) return {};
  TM_RETURN_IF_ERROR(store_.sidecar->WriteMark(store_.run_id, durable));
  marked_ = durable;
  return {};
}

Status Checkpointer::WriteJavaCheckpoint(LogOffset checkpoint, WallTime time) {
  // Java starts at the last segment that begins no later than this: none may begin behind the
  // checkpoint, even if the clock stepped back since.
  const std::int64_t segment_bytes = log_.segments().segment_bytes();
  for (LogOffset base = log_.segments().BaseOf(checkpoint) + segment_bytes; base < log_.published();
       base = base + segment_bytes) {
    TM_ASSIGN_OR_RETURN(const CommitLog::Pinned head, log_.Pin(base, kJavaStoreTimeBytes));
    time = std::min(time, JavaStoreTime(head.bytes.span()).value_or(time));
  }
  const WallTime index_time =
      store_.index != nullptr ? store_.index->FullFilesEndTime() : WallTime{};
  const std::filesystem::path path = root_ / "checkpoint";
  TM_ASSIGN_OR_RETURN(JavaCheckpoint times, JavaCheckpoint::Read(machine_.files(), path));
  times.log_time = times.queues_time = time;
  times.index_time = index_time;
  return times.Write(machine_.files(), path);
}

}  // namespace tidemark

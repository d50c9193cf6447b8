// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/recover.h"

#include <algorithm>
#include <array>
#include <limits>

#include "src/config/config_file.h"
#include "src/recovery/abort_file.h"
#include "src/recovery/batch_topics.h"
#include "src/recovery/damage.h"
#include "src/recovery/java_start.h"
#include "src/recovery/redo.h"
#include "src/recovery/store_lock.h"

namespace tidemark {
namespace {

// The largest record RocketMQ's limits allow; a torn write may have left one behind the end.
constexpr std::int64_t kTornRecordBytesMax = (4 << 20) + (64 << 10);

// Units and entries leave memory after so much of the log.
constexpr std::int64_t kBringUpBytes = 256 << 20;

/// One recovery; its members are what later steps need of earlier ones.
class Recovery {
 public:
  Recovery(io::Machine& machine, const std::filesystem::path& root, MemoryBudget& budget,
           const RecoveryOptions& options)
      : machine_(machine),
        files_(machine.files()),
        root_(root),
        budget_(budget),
        options_(options) {}

  Result<RecoveredStore> Run();

 private:
  Status TakeDirectory();
  /// All that is decided before a byte changes; returns from where the log is read.
  Result<LogOffset> Look();
  Status Judge();
  Status OpenParts();
  Status LoadDeletedTopics();
  Status OpenBatchQueues();
  Status LoadQueues();
  Result<LogOffset> ScanStart();
  Status FindEnd(LogOffset from);
  /// Whether what the files of queues and index say fits the log, of which the end is known.
  Status CheckDerived();
  Status TakeOver();
  Status MendLog(LogOffset from);
  Status RedoDerived(LogOffset from);
  Status MendIndex();
  Status RedoFrom(LogOffset from);
  /// Whether what lies behind the end was overwritten by a log that was closed properly since.
  bool IsStaleTail() const;
  /// From where on the device may lack what the page cache shows.
  Result<LogOffset> RewriteStart();
  Status Rebuild();
  /// That each queue ends with its own message; if not, the queues are damaged.
  Status CheckLastUnits();
  Status CorrectQueueStarts();
  Status HideDeletedTopics();
  Status RemoveDeletedBatchTopic(const std::string& topic, LogOffset floor);
  void Note(std::string note) { store_.report.notes.push_back(std::move(note)); }

  io::Machine& machine_;
  io::FileSystem& files_;
  const std::filesystem::path root_;
  MemoryBudget& budget_;
  const RecoveryOptions& options_;
  RecoveredStore store_;
  bool made_lock_ = false;
  AbortFile abort_;
  Sidecar::Found found_;
  TrustVerdict verdict_;
  bool index_lost_ = false;  ///< It is built anew from the whole log.
  std::vector<QueueSnapshot> previous_queues_;
  std::optional<LogOffset> queues_log_end_;
  LogOffset durable_{};  ///< The highest durable mark on record.
  LogEnd log_end_;
};

Result<RecoveredStore> Recovery::Run() {
  const std::chrono::nanoseconds began = machine_.clock().Monotonic();
  TM_RETURN_IF_ERROR(TakeDirectory());
  auto looked = Look();
  if (!looked.has_value()) {
    // Who is refused leaves the directory as it was.
    if (made_lock_) TM_RETURN_IF_ERROR(files_.Remove(root_ / "lock"));
    return std::move(looked).error();
  }
  const LogOffset from = *looked;
  TM_RETURN_IF_ERROR(TakeOver());
  TM_RETURN_IF_ERROR(MendLog(from));
  TM_RETURN_IF_ERROR(RedoDerived(from));
  if (verdict_.trust == Trust::kNone || store_.segments->first() != found_.snapshot->log_first) {
    TM_RETURN_IF_ERROR(CorrectQueueStarts());
  }
  TM_RETURN_IF_ERROR(store_.batch_queues->ForEach([&](BatchQueue& queue) -> Status {
    TM_RETURN_IF_ERROR(queue.Sync());
    return queue.CorrectMin(store_.segments->first());
  }));
  // RocketMQ knows nothing of our deletions.
  if (!options_.ignore_sidecar) TM_RETURN_IF_ERROR(HideDeletedTopics());
  store_.unsynced_bytes_max = options_.unsynced_bytes_max;
  store_.report.end = store_.end;
  store_.report.took = machine_.clock().Monotonic() - began;
  return std::move(store_);
}

Result<LogOffset> Recovery::Look() {
  TM_RETURN_IF_ERROR(Judge());
  TM_RETURN_IF_ERROR(OpenParts());
  TM_RETURN_IF_ERROR(LoadDeletedTopics());
  TM_RETURN_IF_ERROR(OpenBatchQueues());
  TM_RETURN_IF_ERROR(LoadQueues());
  TM_ASSIGN_OR_RETURN(const LogOffset from, ScanStart());
  TM_RETURN_IF_ERROR(FindEnd(from));
  TM_RETURN_IF_ERROR(CheckDerived());
  const LogOffset first = store_.segments->first();
  const bool whole_log = verdict_.queues_damaged || index_lost_;
  if (whole_log && from > first) TM_RETURN_IF_ERROR(FindEnd(first));
  return whole_log ? first : from;
}

Status Recovery::TakeDirectory() {
  const bool there = io::Exists(files_, root_ / "commitlog");
  store_.report.created = !there;
  if (!there) {
    if (!options_.store.create_if_missing) {
      return NotFound("{}: no store is here, and create_if_missing is off", root_.string());
    }
    auto listed = files_.List(root_);
    if (listed.has_value()) {
      for (const io::DirectoryEntry& entry : *listed) {
        // What a crash while creating, or a configuration beside it, may have left.
        constexpr std::string_view kOurs[] = {
            "lock",        "abort",  "abort.tmp",    Sidecar::kDirectory, "index",
            "broker.conf", "config", "consumequeue", "checkpoint"};
        if (std::find(std::begin(kOurs), std::end(kOurs), entry.name) == std::end(kOurs)) {
          return FailedPrecondition(
              "{}: not a store: it has no commitlog, but holds \"{}\"; choose an empty directory",
              root_.string(), entry.name);
        }
      }
    } else if (listed.error().code() != StatusCode::kNotFound) {
      return std::move(listed).error();
    }
    TM_RETURN_IF_ERROR(io::CreateDirectories(files_, root_));
  }
  TM_ASSIGN_OR_RETURN(StoreLock lock, LockStore(files_, root_));
  store_.lock = std::move(lock.file);
  made_lock_ = lock.made;
  return {};
}

Status Recovery::Judge() {
  TM_ASSIGN_OR_RETURN(abort_, ReadAbortFile(files_, root_));
  store_.sidecar = std::make_unique<Sidecar>(files_, root_);
  TM_ASSIGN_OR_RETURN(found_, store_.sidecar->Load());
  for (std::string& note : found_.notes) Note(std::move(note));
  TM_ASSIGN_OR_RETURN(verdict_, JudgeSidecar(files_, root_, abort_, found_));
  if (store_.report.created) verdict_ = {Trust::kNone, "", false};
  if (options_.ignore_sidecar && verdict_.trust != Trust::kNone) {
    verdict_ = {Trust::kNone, "it is to be looked at as RocketMQ does", false};
  }
  if (options_.rebuild) {
    verdict_.trust = Trust::kNone;
    verdict_.queues_damaged = true;
  }
  store_.report.used_sidecar = verdict_.trust != Trust::kNone;
  store_.report.clean = !abort_.exists && !store_.report.created;
  if (!verdict_.why.empty()) {
    Note(Format("the sidecar is not used: {}; recovering as RocketMQ does", verdict_.why));
  }
  store_.run_id = NewId(machine_);
  store_.store_id = found_.snapshot.has_value() ? found_.snapshot->store_id : NewId(machine_);
  TM_ASSIGN_OR_RETURN(store_.geometry,
                      FindGeometry(files_, root_, options_.store.sizes,
                                   found_.snapshot.has_value() ? &*found_.snapshot : nullptr,
                                   &store_.report.notes));
  TM_ASSIGN_OR_RETURN(
      store_.light_queues,
      FindLightQueues(files_, root_, options_.store.light_queues, &store_.report.notes));
  return {};
}

Status Recovery::OpenParts() {
  TM_ASSIGN_OR_RETURN(store_.segments, SegmentedFile::Load(files_, root_ / "commitlog",
                                                           store_.geometry.segment_bytes));
  // Nobody shortens a log that was durable, a Java broker neither.
  const bool compare = found_.snapshot.has_value() && !store_.report.created &&
                       !options_.ignore_sidecar && !options_.rebuild && !options_.cut_at_damage;
  if (compare && found_.snapshot->checkpoint > store_.segments->end()) {
    return DataLoss(
        "{}: the log ends at {}, but the store had come to {}: segments are missing, or an older "
        "copy of the log was restored. Restore all of it; or, to accept what is there, delete {} "
        "and open again",
        root_.string(), ToInt(store_.segments->end()), ToInt(found_.snapshot->checkpoint),
        store_.sidecar->directory().string());
  }
  if (verdict_.trust != Trust::kNone && found_.snapshot->checkpoint > store_.segments->end()) {
    verdict_.trust = Trust::kNone;
    verdict_.queues_damaged = true;
  }
  store_.queues = std::make_unique<QueueTable>(
      files_,
      QueueTableOptions{root_ / "consumequeue", store_.geometry.queue_file_bytes,
                        DescriptorCache::kOpenMax, store_.sidecar->directory() / "queue-checksums"},
      budget_);
  if (options_.store.index) {
    TM_ASSIGN_OR_RETURN(
        store_.index,
        KeyIndex::Open(machine_,
                       {.directory = root_ / "index",
                        .journal = store_.sidecar->directory() / "index-journal",
                        .geometry = {store_.geometry.index_slots, store_.geometry.index_entries},
                        .trust_journal = verdict_.trust != Trust::kNone}));
    for (const std::string& note : store_.index->notes()) Note(note);
    if (store_.index->rebuild_advised()) {
      verdict_.trust = Trust::kNone;
      verdict_.queues_damaged = true;
    }
  }
  return {};
}

Status Recovery::LoadQueues() {
  if (found_.snapshot.has_value()) previous_queues_ = found_.snapshot->queues;
  if (verdict_.trust != Trust::kNone) {
    for (const QueueSnapshot& queue : previous_queues_) {
      TM_ASSIGN_OR_RETURN(ConsumeQueue* const made,
                          store_.queues->GetOrCreate({queue.topic, queue.queue}));
      made->Restore(queue.min, queue.max);
    }
    TM_ASSIGN_OR_RETURN(const bool whole, store_.queues->checksums().Load());
    if (!whole) Note("the checksums of queue files are damaged: the files are not compared");
    return {};
  }
  if (verdict_.queues_damaged) return {};
  const auto loaded = store_.queues->LoadFromDirectory([](std::int64_t, std::int64_t) {});
  if (loaded.error().code() == StatusCode::kDataLoss) {
    Note(Format("{}; queues and index are rebuilt from the whole log", loaded.error().message()));
    verdict_.queues_damaged = true;
    queues_log_end_.reset();
    return {};
  }
  if (!loaded.has_value()) return loaded.error();
  if (loaded->log_end.has_value()) {
    queues_log_end_ = std::max(queues_log_end_.value_or(*loaded->log_end), *loaded->log_end);
  }
  return {};
}

Result<LogOffset> Recovery::ScanStart() {
  const SegmentedFile& segments = *store_.segments;
  if (verdict_.trust != Trust::kNone) {
    return std::max(found_.snapshot->checkpoint, segments.first());
  }
  if (segments.empty() || verdict_.queues_damaged) return segments.first();
  if (!abort_.exists) {
    LogOffset from = JavaStartAfterStop(segments, queues_log_end_);
    // A queue that points behind the log must not make the scan begin where no record is.
    LogReader reader(*store_.segments);
    while (from > segments.first()) {
      TM_ASSIGN_OR_RETURN(const auto bytes, reader.At(from, kJavaStoreTimeBytes));
      if (JavaStoreTime(bytes).has_value()) break;
      from = from + -segments.segment_bytes();
    }
    return from;
  }
  TM_ASSIGN_OR_RETURN(const auto times, JavaCheckpoint::Read(files_, root_ / "checkpoint"));
  return JavaStartAfterCrash(*store_.segments, times);
}

Status Recovery::FindEnd(LogOffset from) {
  if (verdict_.trust == Trust::kSealed) {
    log_end_.end = from;
    log_end_.nonzero_end = from;
    log_end_.last_store_time = found_.snapshot->last_store_time;
    return {};
  }
  std::int64_t search = std::numeric_limits<std::int64_t>::max();
  ScanOptions scan;
  if (verdict_.crashed_by_us) {
    durable_ = found_.snapshot->checkpoint;
    for (const DurableMark& mark : found_.marks) {
      if (mark.run_id == abort_.run_id || mark.run_id == found_.snapshot->run_id) {
        durable_ = std::max(durable_, mark.durable);
      }
    }
    // A torn write left nothing beyond this; twice as far shows whether something else did.
    scan.torn_from = std::max(durable_, from);
    search = 2 * (found_.snapshot->unsynced_bytes_max + kTornRecordBytesMax);
  }
  TM_ASSIGN_OR_RETURN(log_end_,
                      FindLogEnd(*store_.segments, from, scan, search, options_.progress));
  store_.report.scanned_from = from;
  store_.report.scanned_records = log_end_.records;
  const std::int64_t torn_max =
      verdict_.crashed_by_us ? found_.snapshot->unsynced_bytes_max + kTornRecordBytesMax : 0;
  const bool damaged = log_end_.end < durable_ || (log_end_.behind.has_value() &&
                                                   log_end_.behind->last - log_end_.end > torn_max);
  if (!damaged || IsStaleTail()) return {};
  if (!options_.cut_at_damage) {
    return DataLoss(
        "{} Nothing was changed. Restore the file from a copy or a replica, or look at what "
        "`tidemark store verify` and `tidemark store repair` offer.",
        DescribeDamage(*store_.segments, log_end_, durable_));
  }
  // All that is cut has to be known, wherever it lies.
  const LogEnd before = log_end_;
  TM_ASSIGN_OR_RETURN(log_end_, FindLogEnd(*store_.segments, before.end, scan,
                                           std::numeric_limits<std::int64_t>::max(), nullptr));
  log_end_.records = before.records;
  log_end_.last_store_time = before.last_store_time;
  store_.report.damage = DescribeDamage(*store_.segments, log_end_, durable_);
  return {};
}

// After a power cut RocketMQ goes on at the first torn record and leaves whole old ones behind it.
bool Recovery::IsStaleTail() const {
  return !abort_.exists && queues_log_end_.has_value() && log_end_.end == *queues_log_end_;
}

Status Recovery::CheckDerived() {
  if (verdict_.trust != Trust::kNone || verdict_.queues_damaged) return {};
  // Units at or past the end would later point into other records, and Java trusts units.
  Status cut;
  store_.queues->ForEach([&](ConsumeQueue& queue) {
    if (cut.ok()) cut = queue.CutFrom(log_end_.end);
  });
  TM_RETURN_IF_ERROR(cut);
  TM_RETURN_IF_ERROR(CheckLastUnits());
  if (verdict_.queues_damaged) queues_log_end_.reset();
  index_lost_ =
      store_.index != nullptr && !store_.segments->empty() &&
      (store_.index->TakeSnapshot().files.empty() || store_.index->ReachesPast(log_end_.end));
  return {};
}

Status Recovery::TakeOver() {
  // Names and bytes of the last run may be in the page cache only, where they look as good as
  // durable ones; nobody here knows which.
  if (verdict_.trust != Trust::kSealed) TM_RETURN_IF_ERROR(store_.lock->SyncFileSystem());
  // From here on bytes change: whoever opens the directory next must see that we did.
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, root_ / "commitlog"));
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, root_ / "consumequeue"));
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, root_ / "index"));
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, root_ / "config"));
  TM_RETURN_IF_ERROR(store_.sidecar->Start(found_));
  // The ids in `abort` must be those of the sidecar, else the next open would not trust it: without
  // a trusted sidecar the first snapshot of this run comes at the end of recovery, and a crash
  // before it leaves an `abort` that fits no snapshot, which is right.
  if (verdict_.trust == Trust::kNone) store_.store_id = NewId(machine_);
  TM_RETURN_IF_ERROR(WriteAbortFile(machine_, root_, store_.store_id, store_.run_id));
  return store_.index != nullptr ? store_.index->Resume() : Status();
}

Status Recovery::MendLog(LogOffset from) {
  SegmentedFile& segments = *store_.segments;
  store_.end = log_end_.end;
  store_.last_store_time = log_end_.records > 0 || !found_.snapshot.has_value()
                               ? log_end_.last_store_time
                               : found_.snapshot->last_store_time;
  if (verdict_.crashed_by_us || verdict_.trust == Trust::kSealed) {
    while (segments.first() < found_.snapshot->log_first) {
      TM_RETURN_IF_ERROR(segments.RemoveFirst());
    }
  }
  if (verdict_.trust == Trust::kSealed) return {};
  store_.report.cut_bytes = log_end_.nonzero_end - log_end_.end;
  // A look keeps its changes in memory: a copy there would serve nobody.
  const bool worth_a_copy = log_end_.behind.has_value() || !store_.report.damage.empty();
  if (worth_a_copy && store_.report.cut_bytes > 0 && !options_.store.read_only) {
    const auto copy = store_.sidecar->directory() / "quarantine" /
                      Format("{}-{}", SegmentName(log_end_.end), ToHex(store_.run_id));
    TM_RETURN_IF_ERROR(CopyOut(files_, segments, log_end_.end, log_end_.nonzero_end, copy));
    store_.report.quarantined = copy.string();
    Note(Format("{} whole records behind log offset {} were cut off; {} keeps a copy",
                log_end_.behind.has_value() ? log_end_.behind->records : 0, ToInt(log_end_.end),
                copy.string()));
  }
  TM_RETURN_IF_ERROR(ZeroLog(segments, log_end_.end, log_end_.nonzero_end));
  if (!options_.store.read_only) {
    TM_ASSIGN_OR_RETURN(const LogOffset start, RewriteStart());
    TM_RETURN_IF_ERROR(
        RewriteLog(segments, std::max({from, start, segments.first()}), log_end_.end));
  }
  return DropEmptySegments(segments, log_end_.end);
}

Result<LogOffset> Recovery::RewriteStart() {
  if (verdict_.crashed_by_us) return durable_;
  // Whoever closed the log synced it.
  if (!abort_.exists) return JavaStartAfterStop(*store_.segments, log_end_.end);
  TM_ASSIGN_OR_RETURN(const auto times, JavaCheckpoint::Read(files_, root_ / "checkpoint"));
  return JavaStartAfterCrash(*store_.segments, times);
}

Status Recovery::RedoDerived(LogOffset from) {
  if (verdict_.trust == Trust::kSealed) return {};
  if (verdict_.trust == Trust::kNone) TM_RETURN_IF_ERROR(store_.queues->checksums().Reset());
  if (verdict_.queues_damaged) return Rebuild();
  if (verdict_.trust == Trust::kNone) {
    Status cut;
    store_.queues->ForEach([&](ConsumeQueue& queue) {
      if (cut.ok()) cut = queue.TruncateFrom(store_.end);
    });
    TM_RETURN_IF_ERROR(cut);
    TM_RETURN_IF_ERROR(store_.batch_queues->ForEach(
        [&](BatchQueue& queue) { return queue.TruncateFrom(store_.end); }));
    TM_RETURN_IF_ERROR(MendIndex());
    if (store_.index != nullptr) {
      from = std::max(store_.segments->first(), std::min(from, store_.index->applied_to()));
    }
  }
  const Status done = RedoFrom(from);
  if (done.code() != StatusCode::kDataLoss) return done;
  Note(Format("{}; queues and index are rebuilt from the whole log", done.message()));
  return Rebuild();
}

Status Recovery::MendIndex() {
  if (store_.index == nullptr || store_.segments->empty()) return {};
  if (index_lost_) return store_.index->Rebuild();
  TM_RETURN_IF_ERROR(store_.index->DropFrom(store_.end).error());
  if (!abort_.exists) return {};
  TM_ASSIGN_OR_RETURN(const auto times, JavaCheckpoint::Read(files_, root_ / "checkpoint"));
  return store_.index->DeleteNewerThan(times.index_time).error();
}

Status Recovery::CheckLastUnits() {
  LogReader reader(*store_.segments);
  Status result;
  store_.queues->ForEach([&](ConsumeQueue& queue) {
    if (!result.ok() || verdict_.queues_damaged || queue.end() == QueueOffset{0}) return;
    std::array<Unit, 1> unit;
    const auto got =
        queue.Read(queue.end() + -1, unit, LogOffset{std::numeric_limits<std::int64_t>::max()});
    if (!got.has_value()) {
      result = got.error();
      return;
    }
    // Its record may be gone with retention; only one that is there can contradict.
    if (*got == 0 || unit[0].log_offset < store_.segments->first()) return;
    auto bytes = reader.At(unit[0].log_offset, unit[0].size);
    const auto record = bytes.has_value() ? DecodeRecord(*bytes) : std::nullopt;
    const bool lmq = queue.topic().starts_with(kLmqPrefix);
    if (record.has_value() && record->size() == unit[0].size &&
        record->log_offset == unit[0].log_offset &&
        (lmq || (record->queue_offset == queue.end() + -1 && record->queue == queue.queue() &&
                 record->topic == queue.topic()))) {
      return;
    }
    Note(
        Format("the last unit of queue {}/{} does not point at its message; queues and index are "
               "rebuilt from the whole log",
               queue.topic(), queue.queue()));
    verdict_.queues_damaged = true;
  });
  return result;
}

Status Recovery::Rebuild() {
  if (verdict_.trust != Trust::kNone) {
    // From here on no snapshot tells what is in the files.
    verdict_.trust = Trust::kNone;
    store_.store_id = NewId(machine_);
    TM_RETURN_IF_ERROR(WriteAbortFile(machine_, root_, store_.store_id, store_.run_id));
    TM_RETURN_IF_ERROR(store_.queues->checksums().Reset());
  }
  if (store_.report.scanned_from > store_.segments->first()) {
    // Nothing goes before the log is known to give all of it back.
    TM_RETURN_IF_ERROR(FindEnd(store_.segments->first()));
    if (log_end_.end < store_.end) TM_RETURN_IF_ERROR(MendLog(store_.segments->first()));
  }
  store_.queues->ForEach([&](ConsumeQueue& queue) {
    previous_queues_.push_back({queue.topic(), queue.queue(), queue.Min(), queue.end(), 0});
  });
  TM_RETURN_IF_ERROR(store_.queues->RemoveAll());
  TM_RETURN_IF_ERROR(store_.batch_queues->RemoveAll());
  if (store_.index != nullptr) TM_RETURN_IF_ERROR(store_.index->Rebuild());
  TM_RETURN_IF_ERROR(RedoFrom(store_.segments->first()));
  // Only the queues knew the next offset of those whose messages retention deleted.
  for (const QueueSnapshot& before : previous_queues_) {
    TM_ASSIGN_OR_RETURN(ConsumeQueue* const queue,
                        store_.queues->GetOrCreate({before.topic, before.queue}));
    if (queue->end() < before.max && queue->Min() == queue->end()) queue->StartAt(before.max);
  }
  return {};
}

Status Recovery::CorrectQueueStarts() {
  Status status;
  store_.queues->ForEach([&](ConsumeQueue& queue) {
    if (status.ok()) status = queue.CorrectMin(store_.segments->first());
  });
  return status;
}

Status Recovery::LoadDeletedTopics() {
  ConfigFile file(files_, root_, DeletedTopics::kFileName);
  TM_ASSIGN_OR_RETURN(std::string note, file.Load([&](std::string_view content) -> Status {
    TM_ASSIGN_OR_RETURN(store_.deleted_topics, DeletedTopics::Parse(content));
    return {};
  }));
  if (!note.empty()) Note(std::move(note));
  return {};
}

Status Recovery::OpenBatchQueues() {
  std::set<std::string, std::less<>> batch_topics;
  const Status loaded = FindBatchTopics(files_, root_, batch_topics);
  // Whoever serves topics refuses what is damaged; who only looks goes by the directories.
  if (!loaded.ok()) Note(loaded.message());
  store_.batch_queues =
      std::make_unique<BatchQueueTable>(files_, root_, store_.geometry.batch_queue_file_bytes);
  TM_RETURN_IF_ERROR(store_.batch_queues->SetTopics(std::move(batch_topics)));
  // No snapshot has them: they are found in their files.
  if (verdict_.queues_damaged) return {};
  TM_RETURN_IF_ERROR(store_.batch_queues->Load());
  return store_.batch_queues->ForEach([&](BatchQueue& queue) -> Status {
    const auto last = queue.last_log_offset();
    if (last.has_value()) queues_log_end_ = std::max(queues_log_end_.value_or(*last), *last);
    return {};
  });
}

Status Recovery::RemoveDeletedBatchTopic(const std::string& topic, LogOffset floor) {
  bool live = false;
  TM_RETURN_IF_ERROR(store_.batch_queues->ForEach(topic, [&](BatchQueue& queue) -> Status {
    const auto last = queue.last_log_offset();
    live |= last.has_value() && *last >= floor;
    return {};
  }));
  return live ? Status() : store_.batch_queues->Remove(topic);
}

Status Recovery::HideDeletedTopics() {
  DeletedTopics& deleted = store_.deleted_topics;
  std::set<std::string, std::less<>> batch_topics;
  for (auto& [name, floor] : deleted.batch_topics) {
    store_.deleted_topics_changed |= floor > store_.end;
    floor = std::min(floor, store_.end);
    if (floor > store_.segments->first()) batch_topics.insert(name);
    // A crash came before its files went.
    if (store_.batch_queues->Has(name)) TM_RETURN_IF_ERROR(RemoveDeletedBatchTopic(name, floor));
  }
  store_.batch_queues->NoteDeleted(std::move(batch_topics));
  for (auto& [name, floor] : deleted.queues) {
    // A log that was cut at damage goes on with messages that nobody deleted.
    if (floor > store_.end) {
      floor = store_.end;
      store_.deleted_topics_changed = true;
    }
    ConsumeQueue* const queue = store_.queues->Find({name.first, name.second});
    if (queue != nullptr) TM_RETURN_IF_ERROR(queue->HideBefore(floor));
  }
  return {};
}

Status Recovery::RedoFrom(LogOffset from) {
  if (from >= store_.end) return {};
  Redo redo(*store_.queues, *store_.batch_queues, store_.deleted_topics, store_.index.get(),
            from == store_.segments->first(), verdict_.trust == Trust::kAfterCrash);
  // The end was found with every check; what lies before is only taken apart again.
  LogScan scan(*store_.segments, from, {.crc = false});
  LogOffset brought_up = from;
  while (scan.position() < store_.end) {
    TM_ASSIGN_OR_RETURN(const std::optional<Checked> checked, scan.Next());
    if (!checked.has_value()) {
      if (scan.position() >= store_.end) break;
      return DataLoss("{} is damaged at byte {} (log offset {}): {}",
                      store_.segments->PathOf(store_.segments->BaseOf(scan.position())).string(),
                      store_.segments->PositionIn(scan.position()), ToInt(scan.position()),
                      scan.why());
    }
    if (checked->record.log_offset >= store_.end) break;
    TM_RETURN_IF_ERROR(redo.Apply(*checked));
    if (scan.position() - brought_up >= kBringUpBytes) {
      brought_up = scan.position();
      TM_RETURN_IF_ERROR(store_.queues->BringUpAll(brought_up));
      if (store_.index != nullptr) TM_RETURN_IF_ERROR(store_.index->Apply(brought_up));
      if (options_.progress) options_.progress(brought_up - from, store_.end - from);
    }
  }
  return {};
}

}  // namespace

Result<RecoveredStore> Recover(io::Machine& machine, const std::filesystem::path& root,
                               MemoryBudget& budget, const RecoveryOptions& options) {
  return Recovery(machine, root, budget, options).Run();
}

}  // namespace tidemark

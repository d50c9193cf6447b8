// SPDX-License-Identifier: Apache-2.0
#include "src/engine/engine.h"

#include <algorithm>
#include <cstdio>

#include "src/base/check.h"
#include "src/engine/consumer_state.h"
#include "src/engine/store_machine.h"
#include "src/engine/store_options.h"
#include "src/recovery/abort_file.h"
#include "src/recovery/log_reader.h"
#include "src/recovery/store_lock.h"

namespace tidemark {
namespace {

using std::chrono::nanoseconds;

// The tail's blocks; smaller stores get smaller ones.
constexpr std::int64_t kBlockBytes = 1 << 20;

Status Closed() {
  return FailedPrecondition("the store is closed");
}

void PrintLog(LogLevel level, std::string_view text) {
  if (level == LogLevel::kInfo) return;
  std::fprintf(stderr, "tidemark: %s%.*s\n", level == LogLevel::kError ? "error: " : "",
               static_cast<int>(text.size()), text.data());
}

CommitLogOptions LogOptions(const StoreOptions& options, const io::Machine& machine) {
  CommitLogOptions log;
  log.write_behind_bytes_max = options.write_behind_bytes_max;
  log.unsynced_bytes_max = options.unsynced_bytes_max;
  log.sync_interval = options.sync_interval;
  log.unsynced_bytes_hard_max = UnsyncedHardMax(options);
  log.zero_ahead = machine.PrefersWrittenBlocks();
  return log;
}

}  // namespace

#define TM_ENTER()                       \
  const CallGate::Entry tm_entry(gate_); \
  if (!tm_entry.inside()) [[unlikely]]   \
  return Closed()

Result<std::unique_ptr<Store>> Store::Open(const std::filesystem::path& directory,
                                           StoreOptions options) {
  TM_ASSIGN_OR_RETURN(
      std::unique_ptr<Engine> engine,
      Engine::Open(directory, RecoveryOptions{.store = std::move(options), .progress = nullptr}));
  return std::unique_ptr<Store>(std::move(engine));
}

Result<std::unique_ptr<Engine>> Engine::Open(const std::filesystem::path& directory,
                                             RecoveryOptions recovery) {
  StoreOptions& options = recovery.store;
  TM_RETURN_IF_ERROR(CheckStoreOptions(options));
  BoundStoreOptions(options);
  if (!options.logger) options.logger = PrintLog;
  std::filesystem::path root = directory.lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  if (root.empty()) return InvalidArgument("no directory was given");

  TM_ASSIGN_OR_RETURN(StoreMachine chosen, StoreMachine::Choose(options, root));
  std::unique_ptr<io::File> look;
  if (options.read_only) {
    TM_ASSIGN_OR_RETURN(look, LockToLook(chosen.machine()->files(), root));
    chosen.KeepChangesInMemory();
    options.create_if_missing = false;
    options.background = Background::kCaller;
  }
  const std::shared_ptr<io::Machine> machine = chosen.machine();
  recovery.unsynced_bytes_max = UnsyncedHardMax(options);

  const std::int64_t block_bytes = std::min(kBlockBytes, options.memory_bytes_max / 16);
  auto budget =
      std::make_unique<MemoryBudget>(options.memory_bytes_max, options.memory_bytes_max / 2,
                                     static_cast<std::size_t>(block_bytes));
  TM_ASSIGN_OR_RETURN(RecoveredStore store, Recover(*machine, root, *budget, recovery));
  if (look != nullptr) store.lock = std::move(look);  // locks in the overlay hold nobody off
  chosen.Remember(options.logger);
  TM_ASSIGN_OR_RETURN(LogRings rings, chosen.OpenLogRings(options));
  std::unique_ptr<Engine> engine(new Engine(machine, std::move(root), std::move(options),
                                            std::move(budget), std::move(store), std::move(rings)));
  if (Status started = engine->Start(); !started.ok()) {
    // Nothing to seal: what was not loaded must not be saved.
    engine->gate_.Shut();
    return started;
  }
  return engine;
}

Engine::Engine(std::shared_ptr<io::Machine> machine, std::filesystem::path root,
               StoreOptions options, std::unique_ptr<MemoryBudget> budget, RecoveredStore store,
               LogRings rings)
    : machine_(std::move(machine)),
      root_(std::move(root)),
      options_(std::move(options)),
      budget_(std::move(budget)),
      store_(std::move(store)),
      checksums_(machine_->files(), store_.sidecar->directory() / "checksums",
                 store_.geometry.segment_bytes),
      log_(*machine_, std::move(store_.segments), *budget_, LogOptions(options_, *machine_),
           std::move(rings), store_.end),
      append_path_(log_, *store_.queues, *store_.batch_queues, store_.index.get(),
                   machine_->clock(), options_, store_.light_queues, store_.last_store_time),
      read_path_(log_, *store_.queues, *store_.batch_queues, store_.index.get(),
                 options_.visible_when),
      progress_(machine_->files(), root_),
      deletions_(machine_->files(), root_, store_, log_, append_path_.sequencer()),
      topics_(machine_->files(), root_),
      replica_intake_(log_, append_path_),
      checkpointer_(*machine_, root_, store_, log_, append_path_.sequencer(),
                    store_.unsynced_bytes_max),
      retention_(*machine_, root_, options_.retention, log_, *store_.queues, *store_.batch_queues,
                 store_.index.get(), checksums_, store_.last_store_time),
      writer_("tm-writer", [this](nanoseconds* rest) { return WriterTurn(rest); }),
      keeper_("tm-keeper", [this](nanoseconds* rest) { return KeeperTurn(rest); }) {}

Status Engine::Start() {
  for (const std::string& note : store_.report.notes) options_.logger(LogLevel::kInfo, note);
  options_.logger(LogLevel::kInfo, machine_->Describe());
  if (options_.visible_when == VisibleWhen::kPublished) {
    append_path_.set_on_published([this] { waiters_.Notify(); });
  } else {
    log_.set_on_progress([this] { waiters_.Notify(); });
  }
  log_.set_wake_writer([this] { writer_.Poke(); });
  log_.set_on_memory_short([this] {
    if (options_.background == Background::kThreads) {
      keeper_.Poke();
    } else {
      TakeCheckpointUnlessKeeping();
    }
  });
  TM_RETURN_IF_ERROR(LoadConfig());
  TM_RETURN_IF_ERROR(StartChecksums());
  // Before the first append: a crash from now on is recovered from here.
  TM_RETURN_IF_ERROR(Checkpoint());
  if (options_.background == Background::kThreads) {
    TM_RETURN_IF_ERROR(writer_.Start());
    TM_RETURN_IF_ERROR(keeper_.Start());
  }
  return {};
}

Status Engine::LoadConfig() {
  TM_ASSIGN_OR_RETURN(std::vector<std::string> notes,
                      progress_.Load([this](TopicQueue queue) -> std::optional<QueueBounds> {
                        const auto bounds = read_path_.Bounds(queue);
                        if (!bounds.has_value()) return std::nullopt;
                        return *bounds;
                      }));
  TM_ASSIGN_OR_RETURN(std::string note, topics_.Load());
  if (!note.empty()) notes.push_back(std::move(note));
  for (std::string& one : notes) {
    options_.logger(LogLevel::kWarning, one);
    store_.report.notes.push_back(std::move(one));
  }
  return {};
}

WallTime Engine::Now() {
  return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(machine_->clock().Wall()));
}

Status Engine::StartChecksums() {
  // What others wrote since has no checksums, and may have replaced what had.
  if (!store_.report.used_sidecar) TM_RETURN_IF_ERROR(checksums_.Reset());
  const LogOffset base = log_.segments().BaseOf(store_.end);
  const std::int64_t in_block = (store_.end - base) % BlockChecksums::kBlockBytes;
  LogOffset from = store_.end + -in_block;
  if (store_.report.used_sidecar && !store_.report.clean) {
    // Blocks behind the last checkpoint were not saved.
    const LogOffset scanned = store_.report.scanned_from;
    from = std::min(from, scanned + -((scanned - log_.segments().BaseOf(scanned)) %
                                      BlockChecksums::kBlockBytes));
  }
  LogReader reader(log_.segments());
  checksums_.Start(from);
  while (from < store_.end) {
    TM_ASSIGN_OR_RETURN(auto bytes, reader.At(from, 1 << 20));
    bytes = bytes.first(std::min(bytes.size(), static_cast<std::size_t>(store_.end - from)));
    checksums_.Add(from, bytes);
    from = from + static_cast<std::int64_t>(bytes.size());
  }
  log_.set_on_written([this](LogOffset offset, Bytes bytes) { checksums_.Add(offset, bytes); });
  log_.set_verify([this](LogOffset start, Bytes bytes) { return checksums_.Verify(start, bytes); });
  return {};
}

Engine::~Engine() {
  if (!gate_.shut()) Report(LogLevel::kError, Close());
  writer_.Stop();
  keeper_.Stop();
  // A store that could not be closed still owes its callbacks an answer.
  log_.Abandon(Closed());
  TM_CHECK(consumers_.use_count() == 1, "{} consumers outlive their Store",
           consumers_.use_count() - 1);
}

// --- Appending ---

Result<AppendResult> Engine::Append(const Message& message, Durability until) {
  TM_ENTER();
  if (options_.role == Role::kReplica) return ReplicaIntake::RefuseAppend();
  return append_path_.Append(message, until);
}

void Engine::AppendAsync(const Message& message, Durability until, AppendCallback done) {
  const CallGate::Entry entry(gate_);
  if (!entry.inside()) return done(Closed());
  if (options_.role == Role::kReplica) return done(ReplicaIntake::RefuseAppend());
  append_path_.AppendAsync(message, until, std::move(done));
}

Result<std::vector<AppendResult>> Engine::AppendBatch(std::span<const Message> messages,
                                                      Durability until) {
  TM_ENTER();
  if (options_.role == Role::kReplica) return ReplicaIntake::RefuseAppend();
  return append_path_.AppendBatch(messages, until);
}

Result<LogOffset> Engine::AppendReplica(LogOffset offset, Bytes bytes) {
  TM_ENTER();
  if (options_.role != Role::kReplica) {
    return FailedPrecondition("the store was not opened as a replica (StoreOptions::role)");
  }
  return replica_intake_.Append(offset, bytes);
}

// --- Reading ---

Result<MessageBatch> Engine::Read(TopicQueue queue, QueueOffset from, const ReadOptions& options) {
  TM_ENTER();
  if (options.messages_max < 1 || options.bytes_max < 1 || options.scan_max < 1) {
    return InvalidArgument(
        "a limit of the read lies below 1: messages_max {}, bytes_max {}, "
        "scan_max {}",
        options.messages_max, options.bytes_max, options.scan_max);
  }
  return read_path_.Read(queue, from, options);
}

Status Engine::Wait(TopicQueue queue, QueueOffset offset, nanoseconds timeout) {
  const nanoseconds now = machine_->clock().Monotonic();
  const nanoseconds deadline =
      timeout > nanoseconds::max() - now ? nanoseconds::max() : now + timeout;
  TM_ENTER();
  const Waiters::Sleeper sleeper(waiters_);
  while (true) {
    // Before the look at the gate: who shuts it wakes those who saw it open.
    const std::uint32_t seen = waiters_.generation();
    if (gate_.shut()) return Closed();
    const auto bounds = read_path_.Bounds(queue);
    if (bounds.has_value() && bounds->max > offset) return {};
    const nanoseconds left = deadline - machine_->clock().Monotonic();
    if (left.count() <= 0) {
      return DeadlineExceeded("offset {} of queue {}/{} did not come in time", ToInt(offset),
                              queue.topic, queue.queue);
    }
    waiters_.Sleep(seen, left);
  }
}

Result<int> Engine::EventFd() {
  TM_ENTER();
  return waiters_.EventFd();
}

Result<QueueBounds> Engine::Bounds(TopicQueue queue) {
  TM_ENTER();
  return read_path_.Bounds(queue);
}

std::vector<QueueInfo> Engine::Queues() {
  const CallGate::Entry entry(gate_);
  return entry.inside() ? read_path_.Queues({}) : std::vector<QueueInfo>();
}

std::vector<QueueInfo> Engine::QueuesOf(std::string_view topic) {
  const CallGate::Entry entry(gate_);
  if (!entry.inside() || topic.empty()) return {};
  return read_path_.Queues(topic);
}

Result<MessageBatch> Engine::FindByKey(std::string_view topic, std::string_view key,
                                       TimeRange range, std::int32_t messages_max) {
  TM_ENTER();
  return read_path_.FindByKey(topic, key, range, messages_max);
}

Result<MessageBatch> Engine::FindById(std::string_view offset_message_id) {
  TM_ENTER();
  return read_path_.FindById(offset_message_id);
}

Result<MessageBatch> Engine::FindByLogOffset(LogOffset offset) {
  TM_ENTER();
  return read_path_.FindByLogOffset(offset);
}

Result<QueueOffset> Engine::OffsetAt(TopicQueue queue, WallTime time, Boundary boundary) {
  TM_ENTER();
  return read_path_.OffsetAt(queue, time, boundary);
}

Result<LogSlice> Engine::ReadLog(LogOffset offset, std::size_t bytes_max) {
  TM_ENTER();
  return read_path_.ReadLog(offset, bytes_max);
}

// --- Groups ---

Result<Consumer> Engine::NewConsumer(const ConsumerOptions& options) {
  TM_ENTER();
  return ConsumerBuilder::Make(*this, options, consumers_);
}

Result<QueueOffset> Engine::CommittedOffset(std::string_view group, TopicQueue queue) {
  TM_ENTER();
  return progress_.Committed(group, queue);
}

Status Engine::CommitOffset(std::string_view group, TopicQueue queue, QueueOffset offset) {
  TM_ENTER();
  TM_ASSIGN_OR_RETURN(const QueueBounds bounds, read_path_.Bounds(queue));
  if (offset < QueueOffset{0} || offset > bounds.max) {
    return OutOfRange("offset {} of queue {}/{} lies outside [0, {}]", ToInt(offset), queue.topic,
                      queue.queue, ToInt(bounds.max));
  }
  return progress_.Commit(group, queue, offset);
}

// --- Durability and numbers ---

Status Engine::Flush() {
  TM_ENTER();
  Status flushed = log_.Flush();
  log_.RunSettled();
  return flushed;
}

Status Engine::Checkpoint() {
  TM_ENTER();
  const Keeping keeping(*this);
  return TakeCheckpoint(false);
}

LogMarks Engine::Marks() {
  LogMarks marks;
  // Read from the last to the first, so that they keep their order while the log goes on.
  marks.min = log_.min();
  marks.checkpoint = checkpointer_.checkpoint();
  marks.durable = log_.durable();
  marks.written = log_.written();
  marks.published = log_.published();
  switch (options_.visible_when) {
    case VisibleWhen::kPublished:
      marks.visible = marks.published;
      break;
    case VisibleWhen::kWritten:
      marks.visible = marks.written;
      break;
    case VisibleWhen::kDurable:
      marks.visible = marks.durable;
      break;
  }
  return marks;
}

StoreStats Engine::Stats() {
  StoreStats stats;
  stats.appended_messages = append_path_.messages();
  stats.appended_bytes = append_path_.bytes();
  stats.refused_appends = append_path_.refused();
  stats.read_messages = read_path_.read_messages();
  stats.read_bytes = read_path_.read_bytes();
  stats.cold_reads = log_.cold_reads();
  stats.syncs = log_.syncs();
  stats.checkpoints = checkpointer_.count();
  stats.memory_bytes = budget_->used_bytes() + PendingIndexBytes();
  stats.pinned_bytes = budget_->pinned_bytes();
  stats.unsynced_bytes = log_.published() - log_.durable();
  stats.queues = static_cast<std::int64_t>(store_.queues->size());
  const auto fill = [](LatencyHistogram& out, const Histogram& from) {
    out.counts = from.Counts();
    for (const std::uint64_t count : out.counts) out.total += count;
  };
  fill(stats.append_latency, append_path_.latency());
  fill(stats.sync_latency, log_.sync_latency());
  return stats;
}

// --- Retention ---

Result<std::int64_t> Engine::DeleteBefore(LogOffset offset) {
  TM_ENTER();
  const Keeping keeping(*this);
  return retention_.DeleteBefore(offset, checkpointer_.checkpoint());
}

Result<std::int64_t> Engine::DeleteExpired() {
  TM_ENTER();
  const Keeping keeping(*this);
  return retention_.DeleteExpired(checkpointer_.checkpoint());
}

Status Engine::DeleteTopic(std::string_view topic) {
  TM_ENTER();
  const Keeping keeping(*this);
  TM_RETURN_IF_ERROR(deletions_.Delete(topic));
  progress_.ForgetTopic(topic);
  topics_.Forget(topic);
  return TakeCheckpoint(false);
}

// --- Background ---

bool Engine::WriterTurn(nanoseconds* rest) {
  auto worked = log_.Work(machine_->clock().Monotonic(), rest);
  if (!worked.has_value()) Report(LogLevel::kError, worked.error());
  return worked.has_value() && *worked;
}

std::int64_t Engine::PendingIndexBytes() const {
  return store_.index != nullptr ? store_.index->pending_bytes() : 0;
}

bool Engine::CheckpointIsDue(nanoseconds now) const {
  const std::int64_t behind = log_.published() - checkpointer_.checkpoint();
  const nanoseconds since = now - nanoseconds(checkpoint_taken_ns_.load(std::memory_order_relaxed));
  const bool memory_short = budget_->over() || budget_->bytes_max() / 8 < PendingIndexBytes();
  return behind >= options_.checkpoint_log_bytes || memory_short ||
         ((behind > 0 || progress_.changed()) && since >= options_.checkpoint_interval);
}

bool Engine::KeeperTurn(nanoseconds* rest) {
  *rest = std::min<nanoseconds>(options_.checkpoint_interval / 5, std::chrono::seconds(1));
  if (log_.failed()) return false;
  std::vector<Status> problems;
  bool worked = false;
  {
    const Keeping keeping(*this);
    worked = Keep(rest, &problems);
  }
  for (const Status& problem : problems) Report(LogLevel::kWarning, problem);
  return worked;
}

bool Engine::Keep(nanoseconds* rest, std::vector<Status>* problems) {
  const bool due = CheckpointIsDue(machine_->clock().Monotonic());
  problems->push_back(due ? TakeCheckpoint(false) : checkpointer_.WriteMark());
  auto deleted = retention_.Turn(checkpointer_.checkpoint(), rest);
  append_path_.Refuse(retention_.refusal());
  if (!deleted.has_value()) {
    problems->push_back(deleted.error());
    return due;
  }
  return due || *deleted > 0;
}

void Engine::TakeCheckpointUnlessKeeping() {
  if (!keeping_.TryLock()) return;
  const Status taken = TakeCheckpoint(false);
  keeping_.Unlock();
  log_.RunSettled();
  Report(LogLevel::kWarning, taken);
}

Status Engine::TakeCheckpoint(bool seal) {
  checkpoint_taken_ns_.store(machine_->clock().Monotonic().count(), std::memory_order_relaxed);
  // What groups have consumed by now lies in the log up to here, which the checkpoint syncs first.
  const GroupProgress::Image image = progress_.TakeImage(Now());
  TM_RETURN_IF_ERROR(log_.Flush());
  TM_RETURN_IF_ERROR(progress_.Save(image));
  TM_RETURN_IF_ERROR(deletions_.Update());
  TM_RETURN_IF_ERROR(topics_.Update(*store_.queues, Now()));
  TM_RETURN_IF_ERROR(checksums_.Save(log_.durable()));
  return checkpointer_.Run(seal);
}

Result<bool> Engine::DoBackgroundWork() {
  TM_ENTER();
  if (options_.background != Background::kCaller) {
    return FailedPrecondition("the store's own threads do this (StoreOptions::background)");
  }
  const bool wrote = writer_.RunOnce();
  const bool kept = keeper_.RunOnce();
  if (log_.failed()) return log_.failure();
  return wrote || kept;
}

Status Engine::Close() {
  if (gate_.shut()) return Closed();
  if (budget_->pinned_bytes() > 0) {
    return FailedPrecondition(
        "batches or slices of the store are alive and hold {} bytes; destroy them first",
        budget_->pinned_bytes());
  }
  // While there is no room for it, what is in memory would be lost.
  const Status flushed = log_.Flush();
  log_.RunSettled();
  if (flushed.code() == StatusCode::kResourceExhausted) return flushed;
  if (!gate_.Shut()) return Closed();
  waiters_.NotifyAll();
  gate_.AwaitEmpty();
  writer_.Stop();
  keeper_.Stop();
  Status sealed = Seal();
  if (sealed.code() == StatusCode::kResourceExhausted) {  // which would mean that it stays open
    sealed = Unavailable("closed without a seal, the next open recovers: {}", sealed.message());
  }
  log_.Abandon(sealed.ok() ? Closed() : sealed);
  store_.lock.reset();
  return sealed;
}

Status Engine::Seal() {
  // A log that failed stays marked as crashed: the next open looks at every byte in doubt.
  if (log_.failed()) return log_.failure();
  const Keeping keeping(*this);
  TM_RETURN_IF_ERROR(TakeCheckpoint(true));
  return RemoveAbortFile(machine_->files(), root_);
}

void Engine::Report(LogLevel level, const Status& status) {
  if (status.ok()) return;
  {
    MutexLock lock(report_mutex_);
    if (last_report_ == status.message()) return;
    last_report_ = status.message();
  }
  options_.logger(level, status.ToString());
}

}  // namespace tidemark

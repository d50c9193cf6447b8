// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "src/base/call_gate.h"
#include "src/base/mutex.h"
#include "src/commitlog/block_checksums.h"
#include "src/commitlog/commit_log.h"
#include "src/engine/append_path.h"
#include "src/engine/background.h"
#include "src/engine/checkpointer.h"
#include "src/engine/group_progress.h"
#include "src/engine/read_path.h"
#include "src/engine/replica_intake.h"
#include "src/engine/topic_deletions.h"
#include "src/engine/topic_registry.h"
#include "src/engine/waiters.h"
#include "src/recovery/recover.h"
#include "src/retention/retention.h"
#include "tidemark/store.h"

namespace tidemark {

/// The store: composes the rooms below. A public call enters the gate, names the part that does the
/// work, and leaves. Thread-safe.
class Engine final : public Store {
 public:
  static Result<std::unique_ptr<Engine>> Open(const std::filesystem::path& directory,
                                              RecoveryOptions options);
  ~Engine() override;

  Result<AppendResult> Append(const Message& message, Durability until) override;
  void AppendAsync(const Message& message, Durability until, AppendCallback done) override;
  Result<std::vector<AppendResult>> AppendBatch(std::span<const Message> messages,
                                                Durability until) override;
  Result<MessageBatch> Read(TopicQueue queue, QueueOffset from,
                            const ReadOptions& options) override;
  Status Wait(TopicQueue queue, QueueOffset offset, std::chrono::nanoseconds timeout) override;
  Result<int> EventFd() override;
  void DrainEvents() override { waiters_.DrainEvents(); }
  Result<QueueBounds> Bounds(TopicQueue queue) override;
  std::vector<QueueInfo> Queues() override;
  std::vector<QueueInfo> QueuesOf(std::string_view topic) override;
  Result<MessageBatch> FindByKey(std::string_view topic, std::string_view key, TimeRange range,
                                 std::int32_t messages_max) override;
  Result<MessageBatch> FindById(std::string_view offset_message_id) override;
  Result<MessageBatch> FindByLogOffset(LogOffset offset) override;
  Result<QueueOffset> OffsetAt(TopicQueue queue, WallTime time, Boundary boundary) override;
  Result<Consumer> NewConsumer(const ConsumerOptions& options) override;
  Result<QueueOffset> CommittedOffset(std::string_view group, TopicQueue queue) override;
  Status CommitOffset(std::string_view group, TopicQueue queue, QueueOffset offset) override;
  Status Flush() override;
  Status Checkpoint() override;
  LogMarks Marks() override;
  StoreStats Stats() override;
  const RecoveryReport& Recovery() const override { return store_.report; }
  std::string DescribeIo() const override { return machine_->Describe(); }
  io::Machine& machine() { return *machine_; }
  Result<LogSlice> ReadLog(LogOffset offset, std::size_t bytes_max) override;
  Result<LogOffset> AppendReplica(LogOffset offset, Bytes bytes) override;
  Result<std::int64_t> DeleteBefore(LogOffset offset) override;
  Result<std::int64_t> DeleteExpired() override;
  Status DeleteTopic(std::string_view topic) override;
  Result<bool> DoBackgroundWork() override;
  Status Close() override;

 private:
  Engine(std::shared_ptr<io::Machine> machine, std::filesystem::path root, StoreOptions options,
         std::unique_ptr<MemoryBudget> budget, RecoveredStore store, LogRings rings);

  /// Holds keeping_; what callbacks came due meanwhile run after it was let go.
  class SCOPED_CAPABILITY Keeping {
   public:
    explicit Keeping(Engine& engine) ACQUIRE(engine.keeping_) : engine_(engine) {
      engine_.keeping_.Lock();
    }
    ~Keeping() RELEASE() {
      engine_.keeping_.Unlock();
      engine_.log_.RunSettled();
    }
    Keeping(const Keeping&) = delete;
    Keeping& operator=(const Keeping&) = delete;

   private:
    Engine& engine_;
  };

  Status Start();
  Status LoadConfig();
  Status StartChecksums();
  WallTime Now();
  bool WriterTurn(std::chrono::nanoseconds* rest);
  bool KeeperTurn(std::chrono::nanoseconds* rest);
  /// One turn's work. `problems`: what to report once keeping_ is let go.
  bool Keep(std::chrono::nanoseconds* rest, std::vector<Status>* problems) REQUIRES(keeping_);
  std::int64_t PendingIndexBytes() const;
  bool CheckpointIsDue(std::chrono::nanoseconds now) const;
  Status TakeCheckpoint(bool seal) REQUIRES(keeping_);
  /// A checkpoint on the thread of an appender who waits for the memory that it frees, unless
  /// somebody keeps the files already.
  void TakeCheckpointUnlessKeeping();
  Status Seal();
  /// Says it once for each new text, so that a failing disk does not fill the log.
  void Report(LogLevel level, const Status& status);

  const std::shared_ptr<io::Machine> machine_;
  const std::filesystem::path root_;
  const StoreOptions options_;
  const std::unique_ptr<MemoryBudget> budget_;
  RecoveredStore store_;
  BlockChecksums checksums_;
  CommitLog log_;
  AppendPath append_path_;
  ReadPath read_path_;
  GroupProgress progress_;
  TopicDeletions deletions_;
  TopicRegistry topics_;
  ReplicaIntake replica_intake_;
  Checkpointer checkpointer_;
  Retention retention_;
  Waiters waiters_;
  /// Each consumer holds a reference: none may outlive the store.
  const std::shared_ptr<const int> consumers_ = std::make_shared<const int>(0);
  CallGate gate_;
  Worker writer_;
  Worker keeper_;
  /// The keeper's work on queue, index and sidecar files, whoever does it: one at a time.
  Mutex keeping_;
  std::atomic<std::int64_t> checkpoint_taken_ns_{0};
  Mutex report_mutex_;
  std::string last_report_ GUARDED_BY(report_mutex_);
};

}  // namespace tidemark

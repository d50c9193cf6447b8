// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/consumer.h"
#include "tidemark/export.h"
#include "tidemark/filter.h"
#include "tidemark/message.h"
#include "tidemark/options.h"
#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark {

/// How far the log has come. Every mark only advances.
/// min <= durable <= written <= published; visible is durable or published (`visible_when`).
struct LogMarks {
  LogOffset min{};         ///< The first byte not deleted.
  LogOffset durable{};     ///< Survives a power cut.
  LogOffset written{};     ///< Survives a killed process.
  LogOffset published{};   ///< Whole records in memory.
  LogOffset visible{};     ///< What readers see.
  LogOffset checkpoint{};  ///< A recovery reads from here.
};

/// The bounds of one queue: messages lie in [min, max).
struct QueueBounds {
  QueueOffset min{};
  QueueOffset max{};
};

/// One queue of the store.
struct QueueInfo {
  std::string topic = {};
  std::int32_t queue = 0;
  QueueBounds bounds;
};

struct ReadOptions {
  std::int32_t messages_max = 32;
  /// Of records; the first message is returned whatever its size.
  std::int64_t bytes_max = 256 * 1024;
  /// Units looked at when a filter rejects most.
  std::int32_t scan_max = 800;
  Filter filter = {};
};

/// Raw bytes of the log, pinned like a MessageBatch. May begin and end inside a record.
class TIDEMARK_API LogSlice {
 public:
  LogSlice();
  LogSlice(LogSlice&&) noexcept;
  LogSlice& operator=(LogSlice&&) noexcept;
  ~LogSlice();
  LogOffset offset() const { return offset_; }
  Bytes bytes() const { return bytes_; }

 private:
  friend class LogSliceBuilder;
  struct Pins;
  LogOffset offset_{};
  Bytes bytes_;
  std::unique_ptr<Pins> pins_;
};

/// A histogram of durations, four buckets to each power of two of nanoseconds (20 % wide).
struct LatencyHistogram {
  std::vector<std::uint64_t> counts;
  std::uint64_t total = 0;
  /// The upper bound of the bucket that `share` (in [0, 1]) of the durations do not exceed.
  TIDEMARK_API std::chrono::nanoseconds Percentile(double share) const;
};

struct StoreStats {
  std::uint64_t appended_messages = 0;
  std::uint64_t appended_bytes = 0;
  std::uint64_t refused_appends = 0;
  std::uint64_t read_messages = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t cold_reads = 0;  ///< Reads that went to the device.
  std::uint64_t syncs = 0;
  std::uint64_t checkpoints = 0;
  std::int64_t memory_bytes = 0;    ///< Of `memory_bytes_max`, now.
  std::int64_t pinned_bytes = 0;    ///< Held by readers, now.
  std::int64_t unsynced_bytes = 0;  ///< published - durable, now.
  std::int64_t queues = 0;
  LatencyHistogram append_latency;  ///< Of acknowledged synchronous appends.
  LatencyHistogram sync_latency;
};

/// What opening found and did.
struct RecoveryReport {
  bool created = false;       ///< The directory held no store.
  bool clean = false;         ///< It had been closed properly.
  bool used_sidecar = false;  ///< Started from our own checkpoint; else by Java's procedure.
  LogOffset scanned_from{};
  LogOffset end{};  ///< Where the log goes on.
  std::uint64_t scanned_records = 0;
  std::int64_t cut_bytes = 0;    ///< A torn tail that was cut off.
  std::string quarantined = {};  ///< The file that keeps a copy of it, if it held a whole record.
  std::string damage = {};       ///< What Open would have refused for, had it not been told to cut.
  std::chrono::nanoseconds took{};
  std::vector<std::string> notes;  ///< One sentence each.
};

/// A durable message store in one directory. Thread-safe; one process at a time.
///
/// Every call answers kFailedPrecondition after Close. The destructor closes; it must not run
/// while batches, slices or consumers of the store live.
class TIDEMARK_API Store {
 public:
  using AppendCallback = std::function<void(Result<AppendResult>)>;

  /// Opens or creates the store in `directory` and recovers it.
  /// Errors: kFailedPrecondition (another process has it; not a store; sizes do not fit the files),
  /// kDataLoss (damage below the durable mark: the message is the report), kResourceExhausted
  /// (disk full before recovery could finish: nothing was changed).
  static Result<std::unique_ptr<Store>> Open(const std::filesystem::path& directory,
                                             StoreOptions options = {});
  virtual ~Store() = default;

  /// Appends `message` and returns once it is as durable as `until` asks.
  /// Errors: kInvalidArgument (a limit or name; nothing appended), kResourceExhausted (disk or
  /// memory; nothing appended), kDeadlineExceeded (appended, but `until` was not reached in time:
  /// readers may see it), kDataLoss (the log could not be flushed: the outcome is unknown and this
  /// store acknowledges nothing any more).
  virtual Result<AppendResult> Append(const Message& message, Durability until) = 0;

  /// As Append, and returns at once; `done` is called exactly once, on a thread of the store or of
  /// another appender (or on this one, before the call returns), never under a lock.
  virtual void AppendAsync(const Message& message, Durability until, AppendCallback done) = 0;

  /// Appends all messages or none: readers, recovery and replicas see the batch whole or not at
  /// all. Results in the order of `messages`. Errors as Append; kInvalidArgument also when the
  /// batch is empty or larger than a segment.
  virtual Result<std::vector<AppendResult>> AppendBatch(std::span<const Message> messages,
                                                        Durability until) = 0;

  /// Messages of one queue from `from` on. Empty when `from` is the queue's max.
  /// Errors: kNotFound (no such queue), kOutOfRange (below min or above max: the message tells
  /// both), kResourceExhausted (pinned views hold all memory), kDataLoss.
  virtual Result<MessageBatch> Read(TopicQueue queue, QueueOffset from,
                                    const ReadOptions& options = {}) = 0;

  /// Returns when `offset` of the queue is visible (the queue need not exist yet).
  /// Errors: kDeadlineExceeded.
  virtual Status Wait(TopicQueue queue, QueueOffset offset, std::chrono::nanoseconds timeout) = 0;

  /// A descriptor that polls readable when something became visible since the last DrainEvents.
  /// Owned by the store.
  virtual Result<int> EventFd() = 0;
  virtual void DrainEvents() = 0;

  virtual Result<QueueBounds> Bounds(TopicQueue queue) = 0;
  /// All queues, sorted by topic and number.
  virtual std::vector<QueueInfo> Queues() = 0;
  /// Those of one topic, sorted by number.
  virtual std::vector<QueueInfo> QueuesOf(std::string_view topic) = 0;

  /// At most `messages_max` messages of `topic` that carry `key` (in KEYS or as UNIQ_KEY) and were
  /// stored in `range`, oldest first; which ones when there are more, as Java chooses.
  virtual Result<MessageBatch> FindByKey(std::string_view topic, std::string_view key,
                                         TimeRange range = {}, std::int32_t messages_max = 32) = 0;
  /// The message with this offsetMsgId (32 or 56 hex digits). A batch of one.
  virtual Result<MessageBatch> FindById(std::string_view offset_message_id) = 0;
  /// The record that starts at `offset`. A batch of one. Errors: kNotFound, kOutOfRange.
  virtual Result<MessageBatch> FindByLogOffset(LogOffset offset) = 0;

  /// The first message stored at or after `time` (`kLower`), or the last at or before (`kUpper`);
  /// clamped into the queue's bounds as Java does.
  enum class Boundary : std::uint8_t { kLower, kUpper };
  virtual Result<QueueOffset> OffsetAt(TopicQueue queue, WallTime time,
                                       Boundary boundary = Boundary::kLower) = 0;

  /// A consumer of one topic for one group.
  virtual Result<Consumer> NewConsumer(const ConsumerOptions& options) = 0;
  /// The next offset that the group will consume. Errors: kNotFound.
  virtual Result<QueueOffset> CommittedOffset(std::string_view group, TopicQueue queue) = 0;
  /// Sets it. Persisted within `checkpoint_interval`, never ahead of the durable log.
  virtual Status CommitOffset(std::string_view group, TopicQueue queue, QueueOffset offset) = 0;

  /// Returns when everything appended before the call is on the device.
  virtual Status Flush() = 0;
  /// Flushes, and brings queue, index and progress files up to it.
  virtual Status Checkpoint() = 0;
  virtual LogMarks Marks() = 0;
  virtual StoreStats Stats() = 0;
  virtual const RecoveryReport& Recovery() const = 0;
  /// One line: which I/O path serves and why.
  virtual std::string DescribeIo() const = 0;

  /// Raw bytes of the log from `offset` up to the visible mark, at most `bytes_max` and never
  /// across a segment's end. Empty at the visible mark.
  virtual Result<LogSlice> ReadLog(LogOffset offset, std::size_t bytes_max) = 0;
  /// Adds raw bytes that another store's ReadLog gave. `offset` is where the last slice ended.
  /// Every record is checked before it becomes visible. Returns the end of what was taken.
  /// Errors: kFailedPrecondition (not a replica), kOutOfRange (not where the log ends),
  /// kDataLoss (a record is invalid: nothing of it was taken).
  virtual Result<LogOffset> AppendReplica(LogOffset offset, Bytes bytes) = 0;

  /// Deletes whole segments that end at or below `offset`, never the last one.
  /// Returns how many.
  virtual Result<std::int64_t> DeleteBefore(LogOffset offset) = 0;
  /// Deletes what retention's age and size rules allow now, whatever the hour.
  virtual Result<std::int64_t> DeleteExpired() = 0;
  /// Forgets a topic: its queues and their files. The records stay in the log until retention.
  virtual Status DeleteTopic(std::string_view topic) = 0;

  /// Background::kCaller only: does what is due, and returns whether there was something.
  virtual Result<bool> DoBackgroundWork() = 0;

  /// Flushes everything, seals and unlocks the directory. Appends in flight complete first.
  /// Errors: kFailedPrecondition (batches, slices or consumers are alive; the store stays open).
  virtual Status Close() = 0;
};

}  // namespace tidemark

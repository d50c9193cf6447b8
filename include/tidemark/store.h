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
/// min <= durable <= written <= published; visible is one of the last three (`visible_when`).
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

/// Limits are at least 1.
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
  /// The buckets: 0..3 hold 0..3 ns; bucket 4 * p + q, p >= 1, holds [(4 + q) * 2^(p-1), one
  /// quarter of 2^(p+1) more) ns.
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
  /// Of synchronous appends that waited for the kernel or the device; a batch counts once.
  LatencyHistogram append_latency;
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
  /// Errors: kFailedPrecondition (another process has it; not a store; sizes do not fit the files;
  /// broker.conf in it turns on something that we would damage), kDataLoss (damage below the
  /// durable mark: nothing was changed, and the message is the report), kNotFound (no store is
  /// there, and create_if_missing is off), kResourceExhausted (disk full, or descriptors short:
  /// open again when there is room), kInvalidArgument (an option cannot be), kUnavailable (io_path
  /// kIoUring where it is not permitted).
  static Result<std::unique_ptr<Store>> Open(const std::filesystem::path& directory,
                                             StoreOptions options = {});
  virtual ~Store() = default;

  /// Appends `message` and returns once it is as durable as `until` asks.
  /// Errors: kInvalidArgument (a limit or name; nothing appended), kResourceExhausted (disk or
  /// memory; nothing appended), kDeadlineExceeded (appended, but `until` was not reached in time:
  /// readers may see it), kDataLoss (the log could not be flushed: the outcome is unknown and this
  /// store acknowledges nothing any more).
  virtual Result<AppendResult> Append(const Message& message, Durability until) = 0;

  /// As Append, without waiting for durability: `done` is called exactly once, on a thread of the
  /// store or of another appender (or on this one, before the call returns), never under a lock. It
  /// may append and read, must be quick, and must not call Close, Checkpoint or any of the Delete
  /// calls. The call itself waits, at most `append_timeout`, only where space or memory is short.
  /// Errors: as Append, but kDeadlineExceeded: `done` comes when the outcome is known.
  virtual void AppendAsync(const Message& message, Durability until, AppendCallback done) = 0;

  /// Appends all messages or none: readers, recovery and replicas see the batch whole or not at
  /// all. Results in the order of `messages`. Errors as Append; kInvalidArgument also when the
  /// batch is empty or larger than a segment.
  virtual Result<std::vector<AppendResult>> AppendBatch(std::span<const Message> messages,
                                                        Durability until) = 0;

  /// Messages of one queue from `from` on. Empty when `from` is the queue's max, or when the filter
  /// let nothing through: `next_offset()` tells where to go on.
  /// Errors: kInvalidArgument (a limit below 1), kNotFound (no such queue), kOutOfRange (below min
  /// or above max: the message tells both), kResourceExhausted (pinned views hold all memory),
  /// kDataLoss.
  virtual Result<MessageBatch> Read(TopicQueue queue, QueueOffset from,
                                    const ReadOptions& options = {}) = 0;

  /// Returns when `offset` of the queue is visible (the queue need not exist yet).
  /// Errors: kDeadlineExceeded.
  virtual Status Wait(TopicQueue queue, QueueOffset offset, std::chrono::nanoseconds timeout) = 0;

  /// A descriptor that polls readable when something became visible since the last DrainEvents; now
  /// and then without reason, and not for what was visible before the first call. Owned by the
  /// store. Errors: kResourceExhausted (no descriptor is left).
  virtual Result<int> EventFd() = 0;
  virtual void DrainEvents() = 0;

  /// Errors: kNotFound.
  virtual Result<QueueBounds> Bounds(TopicQueue queue) = 0;
  /// All queues, sorted by topic and number.
  virtual std::vector<QueueInfo> Queues() = 0;
  /// Those of one topic, sorted by number.
  virtual std::vector<QueueInfo> QueuesOf(std::string_view topic) = 0;

  /// At most `messages_max` messages of `topic` that carry `key` (in KEYS or as UNIQ_KEY) and were
  /// stored in `range`, oldest first; which ones when there are more, as Java chooses: it never
  /// looks at more than 64 candidates, keys of the same hash included, and times count to the
  /// second. Errors: kInvalidArgument (no topic or key), kFailedPrecondition (the index is off),
  /// kResourceExhausted and kDataLoss as Read.
  virtual Result<MessageBatch> FindByKey(std::string_view topic, std::string_view key,
                                         TimeRange range = {}, std::int32_t messages_max = 32) = 0;
  /// The message with this offsetMsgId (32 or 56 hex digits). A batch of one.
  /// Errors: kInvalidArgument (no such id can be), kNotFound, kOutOfRange (deleted, or not yet
  /// here).
  virtual Result<MessageBatch> FindById(std::string_view offset_message_id) = 0;
  /// The record that starts at `offset`. A batch of one. Errors: kNotFound, kOutOfRange.
  virtual Result<MessageBatch> FindByLogOffset(LogOffset offset) = 0;

  /// The first message stored at or after `time` (`kLower`), or the last at or before (`kUpper`);
  /// clamped into the queue's bounds as Java does. Errors: kNotFound, kDataLoss.
  enum class Boundary : std::uint8_t { kLower, kUpper };
  virtual Result<QueueOffset> OffsetAt(TopicQueue queue, WallTime time,
                                       Boundary boundary = Boundary::kLower) = 0;

  /// A consumer of one topic for one group. Errors: kInvalidArgument (a name or limit cannot be).
  virtual Result<Consumer> NewConsumer(const ConsumerOptions& options) = 0;
  /// The next offset that the group will consume. Errors: kNotFound.
  virtual Result<QueueOffset> CommittedOffset(std::string_view group, TopicQueue queue) = 0;
  /// Sets it. Persisted within `checkpoint_interval`, never ahead of the durable log.
  /// Errors: kInvalidArgument (a group's name), kNotFound (no such queue), kOutOfRange.
  virtual Status CommitOffset(std::string_view group, TopicQueue queue, QueueOffset offset) = 0;

  /// Returns when everything appended before the call is on the device.
  /// Errors: kResourceExhausted (no room; call again), kDataLoss.
  virtual Status Flush() = 0;
  /// Flushes, and brings queue, index and progress files up to it. Errors: as Flush; others leave
  /// the last checkpoint in force, and the next one tries again.
  virtual Status Checkpoint() = 0;
  virtual LogMarks Marks() = 0;
  virtual StoreStats Stats() = 0;
  virtual const RecoveryReport& Recovery() const = 0;
  /// One line: which I/O path serves and why.
  virtual std::string DescribeIo() const = 0;

  /// Raw bytes of the log from `offset` up to the lower of *visible* and *written*, at most
  /// `bytes_max` and never across a segment's end. Empty there.
  /// Errors: kInvalidArgument (bytes_max 0), kOutOfRange, kResourceExhausted and kDataLoss as Read.
  virtual Result<LogSlice> ReadLog(LogOffset offset, std::size_t bytes_max) = 0;
  /// Adds raw bytes that another store's ReadLog gave. `offset` is where the last slice ended.
  /// Every record is checked before it becomes visible. Returns the end of what was taken, where
  /// the next slice has to start; what is no whole record yet waits in memory, so that a replica
  /// that was opened again goes on at `Marks().published`. A new replica starts at log offset 0.
  /// Errors: kFailedPrecondition (not a replica), kOutOfRange (not where the log ends),
  /// kDataLoss (a record is invalid: nothing of it was taken).
  virtual Result<LogOffset> AppendReplica(LogOffset offset, Bytes bytes) = 0;

  /// Deletes whole segments that end at or below `offset`, never the last one, nor what no
  /// checkpoint covers. Returns how many.
  virtual Result<std::int64_t> DeleteBefore(LogOffset offset) = 0;
  /// Deletes what retention's age and size rules allow now, whatever the hour.
  virtual Result<std::int64_t> DeleteExpired() = 0;
  /// Forgets a topic: its messages, its settings and what groups consumed of it are gone. Records
  /// and units stay in their files until retention, so that the topic, should it be appended to
  /// again, goes on at its old offsets: none ever names another
  /// message. Fine when there is none.
  virtual Status DeleteTopic(std::string_view topic) = 0;

  /// Background::kCaller only: does what is due, and returns whether there was something: then call
  /// it again at once, else within a quarter of `sync_interval`. One thread at a time.
  /// Errors: kFailedPrecondition (Background::kThreads), kDataLoss (the log failed).
  virtual Result<bool> DoBackgroundWork() = 0;

  /// Flushes everything, seals and unlocks the directory. Appends in flight complete first.
  /// Errors: kFailedPrecondition (batches or slices are alive), kResourceExhausted (no room for
  /// what is in memory): the store stays open. Any other: it is closed, and the next Open recovers
  /// it.
  virtual Status Close() = 0;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/container/inlined_vector.h>

#include <atomic>
#include <chrono>
#include <span>
#include <vector>

#include "src/base/histogram.h"
#include "src/commitlog/commit_log.h"
#include "src/consumequeue/batch_queues.h"
#include "src/consumequeue/queue_table.h"
#include "src/engine/sequencer.h"
#include "src/format/record.h"
#include "src/index/key_index.h"
#include "tidemark/store.h"

namespace tidemark {

/// Takes messages into the log: plan, take a place, encode, publish, await durability.
/// Thread-safe.
class AppendPath {
 public:
  AppendPath(CommitLog& log, QueueTable& queues, const BatchQueueTable& batch_queues,
             KeyIndex* index, io::Clock& clock, const StoreOptions& options, bool light_queues,
             WallTime last_store_time);

  void set_on_published(std::function<void()> on_published) {
    sequencer_.set_on_published(std::move(on_published));
  }

  Result<AppendResult> Append(const Message& message, Durability until);
  void AppendAsync(const Message& message, Durability until, Store::AppendCallback done);
  Result<std::vector<AppendResult>> AppendBatch(std::span<const Message> messages,
                                                Durability until);

  /// Adds records that another store made and that were checked: one, or a whole batch. They must
  /// belong exactly where the log ends now, and the caller is the only appender.
  /// Errors: kDataLoss (they do not belong there; nothing was taken), as Append.
  Status AppendRecords(std::span<const std::byte> records);

  /// Appends are answered with `why` until it is ok again.
  void Refuse(Status why);

  Sequencer& sequencer() { return sequencer_; }
  std::uint64_t messages() const { return messages_.load(std::memory_order_relaxed); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  const Histogram& latency() const { return latency_; }

 private:
  /// A message whose record is planned, with what its dispatch needs.
  struct Planned {
    RecordPlan plan;
    ConsumeQueue* queue = nullptr;
    std::vector<ConsumeQueue*> light;  ///< Further queues that show it (LMQ).
  };
  struct Stored {
    LogOffset end{};
    absl::InlinedVector<AppendResult, 1> results;
  };

  Status CheckAppendable();
  /// Errors: kFailedPrecondition (a BatchCQ topic).
  Status CheckTopic(std::string_view topic) const;
  Result<Planned> Plan(const Message& message, std::int32_t batch_bytes);
  /// Planned records take their place, are encoded and published.
  Result<Stored> StoreRecords(std::span<Planned> planned, std::chrono::nanoseconds deadline);
  Dispatch DispatchFor(const DispatchView& record, ConsumeQueue* queue) const;
  void Count(const Stored& stored);
  std::chrono::nanoseconds Deadline() { return clock_.Monotonic() + options_.append_timeout; }
  template <typename T>
  T Refused(T result) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return result;
  }

  CommitLog& log_;
  QueueTable& queues_;
  const BatchQueueTable& batch_queues_;
  KeyIndex* const index_;
  io::Clock& clock_;
  const StoreOptions& options_;
  const HostAddress store_host_;
  const RecordLimits limits_;
  const DelayLevels delay_levels_;
  Sequencer sequencer_;

  std::atomic<bool> refusing_{false};
  Mutex refusal_mutex_;
  Status refusal_ GUARDED_BY(refusal_mutex_);

  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> refused_{0};
  Histogram latency_;
};

}  // namespace tidemark

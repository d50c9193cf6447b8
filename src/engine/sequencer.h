// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/container/inlined_vector.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "src/base/mutex.h"
#include "src/commitlog/commit_log.h"
#include "src/consumequeue/consume_queue.h"
#include "src/index/key_index.h"

namespace tidemark {

/// What becomes of one record once it is published.
struct Dispatch {
  ConsumeQueue* queue = nullptr;  ///< Null: the record gets no unit.
  QueueOffset queue_offset{};
  Unit unit{};
  WallTime store_time{};
  absl::InlinedVector<std::int32_t, 3> key_hashes;
  /// Further queues that show the record, with its offsets there.
  std::vector<std::pair<ConsumeQueue*, QueueOffset>> light;
};

/// Hands out log offset, queue offset and store time of a record in one step, and publishes records
/// in that order however the appenders' encoding finishes. Thread-safe.
class Sequencer {
 public:
  /// One record that wants a place.
  struct Request {
    std::int32_t bytes = 0;                     ///< Without the digits of its offsets in `light`.
    ConsumeQueue* queue = nullptr;              ///< Null: no queue offset is taken.
    std::span<ConsumeQueue* const> light = {};  ///< Further queues to take an offset of.
  };
  /// Its place: encode there, then Complete.
  struct Granted {
    LogOffset offset{};
    std::byte* at = nullptr;
    QueueOffset queue_offset{};
    std::vector<QueueOffset> light;
  };
  struct Ticket {
    std::uint64_t sequence = 0;
    LogOffset end{};
    WallTime store_time{};
  };

  Sequencer(CommitLog& log, KeyIndex* index, io::Clock& clock, WallTime last_store_time);

  /// Called after *published* advanced, without a lock.
  void set_on_published(std::function<void()> on_published) {
    on_published_ = std::move(on_published);
  }

  /// Gives the requests neighbouring places, all in one segment, and consecutive queue offsets.
  /// Errors: as CommitLog::MakeRoom; nothing was taken then.
  Result<Ticket> Take(std::span<const Request> requests, std::span<Granted> granted,
                      std::chrono::nanoseconds deadline);

  /// The records of the ticket are encoded. Returns when they are published.
  void Complete(const Ticket& ticket, std::span<Dispatch> dispatches);

  /// Returns where the log had come to at some moment of the call, when everything that had a place
  /// by then is published.
  LogOffset AwaitPublished();

  WallTime last_store_time() const {
    return WallTime(std::chrono::milliseconds(last_store_ms_.load(std::memory_order_relaxed)));
  }

  /// Held while queues' next offsets or the table of queues must not change.
  Mutex& mutex() RETURN_CAPABILITY(mutex_) { return mutex_; }

 private:
  static constexpr std::size_t kSlots = 1024;  // appends between Take and Complete at once

  struct Slot {
    std::atomic<std::uint64_t> complete{0};  // sequence + 1 when its records are encoded
    LogOffset end{};
    absl::InlinedVector<Dispatch, 1> dispatches;
  };

  /// Takes the offsets in light queues; returns how many digits they have.
  static std::int64_t TakeLight(std::span<const Request> requests, std::span<Granted> granted);
  /// Takes them back, under the same lock.
  static void ReturnLight(std::span<const Request> requests, std::span<Granted> granted);
  WallTime NextStoreTime(WallTime now) REQUIRES(mutex_);
  /// Publishes what is complete, unless another thread is at it and will see it.
  void Drain();
  void PublishOne(Slot& slot);

  CommitLog& log_;
  KeyIndex* const index_;
  io::Clock& clock_;
  std::function<void()> on_published_;

  Mutex mutex_;
  std::uint64_t next_ GUARDED_BY(mutex_) = 0;
  LogOffset end_ GUARDED_BY(mutex_);  ///< Behind the last place that was handed out.
  std::atomic<std::int64_t> last_store_ms_;

  std::unique_ptr<Slot[]> slots_;
  std::atomic<bool> publishing_{false};  // the publishing token
  std::atomic<std::uint64_t> published_next_{
      0};  // sequence to publish next; advanced by its holder
};

}  // namespace tidemark

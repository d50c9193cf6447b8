// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "src/base/histogram.h"
#include "src/base/mutex.h"
#include "src/commitlog/marks.h"
#include "src/commitlog/tail.h"
#include "src/io/io.h"
#include "src/segment/segmented_file.h"

namespace tidemark {

/// How far the log has come; see docs/architecture.md.
struct Marks {
  Mark published;
  Mark written;
  Mark durable;
  Mark prepared;
};

/// Moves the tail's bytes into the segments and syncs them. Thread-bound: whoever leads the group
/// commit calls it.
///
/// With `zero_ahead`, before a small synced write reaches blocks that were only allocated, it
/// writes zeroes past the page cache into the next MiB: the sync of a write into such blocks has to
/// note that they hold data now, which makes it up to twice as long. Only the leader writes the
/// log, so nothing is ever written at or above the start of a zeroing under way, and none starts
/// below *written* rounded up.
class LogWriter {
 public:
  /// How many operations its ring takes at once.
  static constexpr std::size_t kRingDepth = 16;

  /// Told of each run of bytes, in order, when it was written. The only gaps are the unused ends of
  /// segments behind a filler's header: zeroes, which are never written.
  using OnWritten = std::function<void(LogOffset offset, Bytes bytes)>;

  LogWriter(io::Machine& machine, SegmentedFile& segments, const Tail& tail, Marks& marks,
            std::unique_ptr<io::Ring> ring, bool zero_ahead)
      : machine_(machine),
        segments_(segments),
        tail_(tail),
        marks_(marks),
        ring_(std::move(ring)),
        zero_ahead_(zero_ahead) {}

  void set_on_written(OnWritten on_written) { on_written_ = std::move(on_written); }

  /// Writes what is published and advances *written*; with `sync` goes on until *durable* has come
  /// as far. Crossing a segment's end syncs the old segment before the new one gets a byte.
  /// Errors: kResourceExhausted (can be tried again); any other leaves in doubt what is on the
  /// device: nothing of the log may be acknowledged any more.
  Status Commit(bool sync);

  /// That the segment in use still has its name: a broker started by mistake on a live directory
  /// deletes files. Errors: kDataLoss. Any thread.
  Status CheckSegmentInPlace();

  /// Monotonic time at which the last successful sync began: all published before is durable.
  std::chrono::nanoseconds last_sync_began() const {
    return std::chrono::nanoseconds(last_sync_began_ns_.load(std::memory_order_relaxed));
  }
  const Histogram& sync_latency() const { return sync_latency_; }
  std::uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }

 private:
  Status WriteSegment(LogOffset to, bool sync);
  /// Makes sure that [*written*, to) of the segment in use meets written blocks, if that pays.
  void ZeroAhead(LogOffset to);
  Status Perform(const std::vector<TailPiece>& pieces, bool sync);

  io::Machine& machine_;
  SegmentedFile& segments_;
  const Tail& tail_;
  Marks& marks_;
  const std::unique_ptr<io::Ring> ring_;
  OnWritten on_written_;
  std::shared_ptr<io::File> file_;  // of the segment that holds *written*
  LogOffset file_base_{-1};
  struct InUse {
    std::shared_ptr<io::File> file;
    LogOffset base{};
  };
  Mutex in_use_mutex_;
  InUse in_use_ GUARDED_BY(in_use_mutex_);  // the same two, for others to look at
  const bool zero_ahead_;
  std::shared_ptr<io::File> direct_;  // the same segment past the page cache; opened when needed
  LogOffset zeroed_{};                // blocks below hold data
  std::atomic<std::uint64_t> syncs_{0};
  Histogram sync_latency_;
  std::atomic<std::int64_t> last_sync_began_ns_{0};
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/base/mutex.h"
#include "tidemark/consumer.h"
#include "tidemark/store.h"

namespace tidemark {

/// What a Consumer knows: for each queue of its topic how far it has handed out, and which of the
/// messages before that are not acknowledged. Thread-safe.
class ConsumerState {
 public:
  /// `alive`: tells the store that it is in use.
  ConsumerState(Store& store, const ConsumerOptions& options, std::shared_ptr<const int> alive)
      : store_(store), options_(options), alive_(std::move(alive)) {}

  Result<MessageBatch> Poll(std::chrono::nanoseconds timeout);
  Status Ack(const MessageView& message);

 private:
  struct QueueState {
    QueueOffset next{};               ///< To be handed out next.
    std::set<QueueOffset> in_flight;  ///< Handed out, not acknowledged.
  };

  /// Queues may come at any time.
  void FindNewQueues() REQUIRES(mutex_);
  /// A batch of the next queue in turn that has messages; empty when none has.
  Result<MessageBatch> TakeTurn() REQUIRES(mutex_);
  /// Everything before the oldest message in flight is consumed.
  Status Commit(std::int32_t queue, const QueueState& state) REQUIRES(mutex_);

  Store& store_;
  const ConsumerOptions options_;
  const std::shared_ptr<const int> alive_;
  Mutex mutex_;
  std::map<std::int32_t, QueueState> queues_ GUARDED_BY(mutex_);
  std::int32_t last_turn_ GUARDED_BY(mutex_) = -1;
};

class ConsumerBuilder {
 public:
  static Result<Consumer> Make(Store& store, const ConsumerOptions& options,
                               std::shared_ptr<const int> alive);
};

}  // namespace tidemark

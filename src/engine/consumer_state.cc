// SPDX-License-Identifier: Apache-2.0
#include "src/engine/consumer_state.h"

#include <algorithm>

#include "src/base/status.h"

namespace tidemark {
namespace {

using std::chrono::nanoseconds;

// Queues of other topics wake a waiting poll too, and new queues do not; so look now and then.
constexpr std::chrono::milliseconds kLookAgain{50};

}  // namespace

Result<MessageBatch> ConsumerState::Poll(nanoseconds timeout) {
  const auto began = std::chrono::steady_clock::now();
  while (true) {
    std::int32_t watched = 0;
    QueueOffset next{};
    {
      MutexLock lock(mutex_);
      FindNewQueues();
      TM_ASSIGN_OR_RETURN(MessageBatch batch, TakeTurn());
      if (!batch.empty()) return batch;
      if (!queues_.empty()) {
        watched = queues_.begin()->first;
        next = queues_.begin()->second.next;
      }
    }
    const nanoseconds left = timeout - (std::chrono::steady_clock::now() - began);
    if (left.count() <= 0) return MessageBatch();
    const Status waited =
        store_.Wait({options_.topic, watched}, next, std::min<nanoseconds>(left, kLookAgain));
    if (!waited.ok() && waited.code() != StatusCode::kDeadlineExceeded) return waited;
  }
}

void ConsumerState::FindNewQueues() {
  for (const QueueInfo& info : store_.QueuesOf(options_.topic)) {
    if (queues_.contains(info.queue)) continue;
    QueueState state;
    const auto committed = store_.CommittedOffset(options_.group, {options_.topic, info.queue});
    if (committed.has_value()) {
      state.next = *committed;
    } else {
      state.next = options_.from == ConsumeFrom::kFirst ? info.bounds.min : info.bounds.max;
    }
    queues_.emplace(info.queue, std::move(state));
  }
}

Result<MessageBatch> ConsumerState::TakeTurn() {
  auto turn = queues_.upper_bound(last_turn_);
  for (std::size_t i = 0; i < queues_.size(); ++i, ++turn) {
    if (turn == queues_.end()) turn = queues_.begin();
    auto& [queue, state] = *turn;
    const auto bounds = store_.Bounds({options_.topic, queue});
    if (bounds.error().code() == StatusCode::kNotFound) continue;  // the topic was deleted
    TM_RETURN_IF_ERROR(bounds.error());
    // Retention may have taken what this group had not read; a cut log what it had.
    state.next = std::clamp(state.next, bounds->min, bounds->max);
    if (state.next == bounds->max) continue;
    auto read = store_.Read({options_.topic, queue}, state.next,
                            {.messages_max = options_.messages_max, .filter = options_.filter});
    if (read.error().code() == StatusCode::kOutOfRange) continue;  // retention was faster
    TM_ASSIGN_OR_RETURN(MessageBatch batch, std::move(read));
    for (const MessageView& message : batch) state.in_flight.insert(message.queue_offset());
    state.next = batch.next_offset();
    last_turn_ = queue;
    if (!batch.empty()) return batch;
    // Everything was filtered out: that is progress too.
    TM_RETURN_IF_ERROR(Commit(queue, state));
  }
  return MessageBatch();
}

Status ConsumerState::Ack(const MessageView& message) {
  MutexLock lock(mutex_);
  const auto queue = queues_.find(message.queue());
  if (message.topic() != options_.topic || queue == queues_.end() ||
      message.queue_offset() >= queue->second.next) {
    return InvalidArgument("message {} of queue {}/{} was not handed out by this consumer",
                           ToInt(message.queue_offset()), message.topic(), message.queue());
  }
  if (queue->second.in_flight.erase(message.queue_offset()) == 0) return {};
  return Commit(queue->first, queue->second);
}

Status ConsumerState::Commit(std::int32_t queue, const QueueState& state) {
  const QueueOffset consumed = state.in_flight.empty() ? state.next : *state.in_flight.begin();
  return store_.CommitOffset(options_.group, {options_.topic, queue}, consumed);
}

Result<Consumer> ConsumerBuilder::Make(Store& store, const ConsumerOptions& options,
                                       std::shared_ptr<const int> alive) {
  if (options.group.empty() || options.group.size() > 255 ||
      options.group.find('@') != std::string::npos) {
    return InvalidArgument("group \"{}\": 1 to 255 bytes without \"@\" are needed", options.group);
  }
  if (options.topic.empty()) return InvalidArgument("a consumer needs a topic");
  if (options.messages_max < 1) return InvalidArgument("messages_max {}", options.messages_max);
  return Consumer(std::make_shared<ConsumerState>(store, options, std::move(alive)));
}

Consumer::Consumer(std::shared_ptr<ConsumerState> state) : state_(std::move(state)) {}
Consumer::Consumer(Consumer&&) noexcept = default;
Consumer& Consumer::operator=(Consumer&&) noexcept = default;
Consumer::~Consumer() = default;

Result<MessageBatch> Consumer::Poll(nanoseconds timeout) {
  if (!state_) return FailedPrecondition("the consumer was moved from");
  return state_->Poll(timeout);
}

Status Consumer::Ack(const MessageView& message) {
  if (!state_) return FailedPrecondition("the consumer was moved from");
  return state_->Ack(message);
}

Status Consumer::Ack(const MessageBatch& batch) {
  for (const MessageView& message : batch) TM_RETURN_IF_ERROR(Ack(message));
  return {};
}

}  // namespace tidemark

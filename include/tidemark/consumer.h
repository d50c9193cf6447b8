// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tidemark/export.h"
#include "tidemark/filter.h"
#include "tidemark/message.h"
#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark {

/// Where a group starts in a queue it never consumed from.
enum class ConsumeFrom : std::uint8_t { kFirst, kLast };

struct ConsumerOptions {
  std::string group = {};
  std::string topic = {};
  ConsumeFrom from = ConsumeFrom::kFirst;
  Filter filter = {};
  std::int32_t messages_max = 32;  ///< A poll returns at most so many.
};

class ConsumerState;

/// The one member of a consumer group: hands out the messages of all queues of a topic, each once,
/// and remembers how far the group came. A message counts as consumed when it and all before it in
/// its queue were acknowledged; what was not is handed out again after a restart, so messages come
/// at least once. Two consumers of one group and topic would overwrite each other's progress.
/// Thread-safe. Must be destroyed before the store.
class TIDEMARK_API Consumer {
 public:
  Consumer(Consumer&&) noexcept;
  Consumer& operator=(Consumer&&) noexcept;
  ~Consumer();

  /// The next messages of one queue, waiting at most `timeout` for some; empty when none came.
  Result<MessageBatch> Poll(std::chrono::nanoseconds timeout);
  /// The message was dealt with. Acknowledging twice is fine.
  /// Errors: kInvalidArgument (not a message this consumer handed out).
  Status Ack(const MessageView& message);
  /// All of the batch.
  Status Ack(const MessageBatch& batch);

 private:
  friend class ConsumerBuilder;
  explicit Consumer(std::shared_ptr<ConsumerState> state);
  std::shared_ptr<ConsumerState> state_;
};

}  // namespace tidemark

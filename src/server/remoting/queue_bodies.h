// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/server/remoting/body_json.h"

namespace tidemark::remoting {

/// A queue of a broker, as clients name it.
struct MessageQueue {
  std::string topic;
  std::string broker_name;
  std::int32_t queue = 0;
  friend bool operator==(const MessageQueue&, const MessageQueue&) = default;
};

/// Errors: kInvalidArgument.
Result<MessageQueue> ReadMessageQueue(const Json& object);
Json MessageQueueToJson(const MessageQueue& queue);

/// The body of LOCK_BATCH_MQ and UNLOCK_BATCH_MQ.
struct LockRequestBody {
  std::string client_id;
  std::string group;
  std::vector<MessageQueue> queues;
  bool only_this_broker = false;

  /// Errors: kInvalidArgument.
  static Result<LockRequestBody> Decode(std::string_view text);
  std::string Encode() const;
};

/// What LOCK_BATCH_MQ answers: the queues that are locked now.
std::string EncodeLockAnswerBody(const std::vector<MessageQueue>& locked);

/// The offsets of RESET_CONSUMER_CLIENT_OFFSET and INVOKE_BROKER_TO_RESET_OFFSET.
struct ResetOffsetBody {
  std::vector<std::pair<MessageQueue, std::int64_t>> offsets;

  /// A map whose keys are objects, without blanks: Go's client takes it apart by hand.
  std::string Encode() const;
  /// The list that C++ clients read.
  std::string EncodeForCpp() const;
};

/// What GET_CONSUMER_LIST_BY_GROUP answers.
std::string EncodeConsumerIdList(const std::vector<std::string>& client_ids);

}  // namespace tidemark::remoting

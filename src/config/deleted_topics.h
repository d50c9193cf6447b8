// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/status.h"
#include "tidemark/types.h"

namespace tidemark {

/// `config/deletedTopics.json`, a file of our own that RocketMQ passes over: up to where in the log
/// the records of queues belong to topics that were deleted. Nothing else tells it: the records
/// stay, and queues are made of records.
///
///   {"deletedBatchTopics":{"<topic>":<log offset>,...},
///    "deletedTopics":{"<topic>":{<queue>:<log offset>,...},...}}
///
/// Thread-compatible.
class DeletedTopics {
 public:
  static constexpr std::string_view kFileName = "deletedTopics.json";

  /// Errors: kInvalidArgument (where and what).
  static Result<DeletedTopics> Parse(std::string_view json);
  std::string Write() const;

  /// (topic, queue) -> the log's end when the topic was deleted.
  std::map<std::pair<std::string, std::int32_t>, LogOffset> queues;
  /// The same of BatchCQ topics, whose queues are gone.
  std::map<std::string, LogOffset, std::less<>> batch_topics;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "src/config/data_version.h"
#include "src/config/ordered_table.h"
#include "tidemark/types.h"

namespace tidemark {

/// `config/consumerOffset.json`: the next offset that each group consumes of each queue.
/// Members that are not known here, and entries that name no topic and group, stay as they were
/// read. Thread-compatible.
class ConsumerOffsets {
 public:
  using Queues = std::map<std::int32_t, std::int64_t>;

  /// Errors: kInvalidArgument (where and what).
  static Result<ConsumerOffsets> Parse(std::string_view json);
  std::string Write() const;

  std::optional<QueueOffset> Find(std::string_view group, TopicQueue queue) const;
  /// The caller advances `version`, which RocketMQ does for every 500th commit only. Neither name
  /// holds "@".
  void Set(std::string_view group, TopicQueue queue, QueueOffset offset);
  /// Forgets what groups consumed of the topic. Returns how many entries there were.
  std::size_t EraseTopic(std::string_view topic);
  std::size_t EraseGroup(std::string_view group);

  /// Calls `visit(topic, group, queues)` for each entry, by topic.
  void ForEach(const std::function<void(std::string_view topic, std::string_view group,
                                        const Queues& queues)>& visit) const;

  DataVersion version;

 private:
  OrderedTable<Queues> entries_;  ///< By "topic@group".
  Json document_ = Json::Object();
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/config/data_version.h"
#include "src/config/json_fields.h"
#include "src/config/ordered_table.h"

namespace tidemark {

/// One consumer group of `config/subscriptionGroup.json`, with RocketMQ's defaults.
struct GroupConfig {
  std::string name;
  bool consume_enable = true;
  bool consume_from_min_enable = true;
  bool consume_broadcast_enable = true;
  bool consume_message_orderly = false;
  std::int32_t retry_queues = 1;
  std::int32_t retry_times_max = 16;
  std::int64_t broker_id = 0;
  std::int64_t which_broker_when_consume_slowly = 1;
  bool notify_consumer_ids_changed_enable = true;
  std::int32_t sys_flag = 0;
  std::int32_t consume_timeout_minutes = 15;
  Attributes attributes;
  /// As they were read, with those that are not known here: `groupRetryPolicy`,
  /// `subscriptionDataSet`.
  Json members = Json::Object();
};

/// `config/subscriptionGroup.json`. Members that are not known here stay as they were read.
/// Thread-compatible.
class GroupTable {
 public:
  /// Errors: kInvalidArgument (where and what).
  static Result<GroupTable> Parse(std::string_view json);
  std::string Write() const;

  const GroupConfig* Find(std::string_view name) const { return groups_.Find(name); }
  /// Adds the group or replaces the one of its name; the caller advances `version`.
  void Put(GroupConfig group);
  bool Erase(std::string_view name) { return groups_.Erase(name); }
  const OrderedTable<GroupConfig>& groups() const { return groups_; }

  /// The bits of what the group may not do with the topic; 0: nothing is forbidden.
  std::int32_t Forbidden(std::string_view group, std::string_view topic) const;
  void SetForbidden(std::string_view group, std::string_view topic, std::int32_t bits);

  DataVersion version;

 private:
  OrderedTable<GroupConfig> groups_;
  OrderedTable<OrderedTable<std::int32_t>> forbidden_;  ///< group -> topic -> bits
  Json document_ = Json::Object();
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/config/data_version.h"
#include "src/config/json_fields.h"
#include "src/config/ordered_table.h"

namespace tidemark {

inline constexpr std::int32_t kPermInherit = 1;
inline constexpr std::int32_t kPermWrite = 2;
inline constexpr std::int32_t kPermRead = 4;

/// One topic of `config/topics.json`, with RocketMQ's defaults.
struct TopicConfig {
  std::string name;
  std::int32_t read_queues = 16;
  std::int32_t write_queues = 16;
  std::int32_t perm = kPermRead | kPermWrite;
  std::string filter_type = "SINGLE_TAG";
  std::int32_t sys_flag = 0;
  bool order = false;
  Attributes attributes;          ///< "message.type" and so on.
  Json members = Json::Object();  ///< As they were read, with those that are not known here.
};

/// A topic as topics.json, registrations and answers hold it, `name` aside.
/// Errors: kInvalidArgument (no object, or which member).
Result<TopicConfig> ReadTopicConfig(const Json& from);
Json TopicConfigToJson(const TopicConfig& topic);

/// `config/topics.json`. Members that are not known here stay as they were read.
/// Thread-compatible.
class TopicTable {
 public:
  /// Errors: kInvalidArgument (where and what).
  static Result<TopicTable> Parse(std::string_view json);
  std::string Write() const;

  const TopicConfig* Find(std::string_view name) const { return topics_.Find(name); }
  /// Adds the topic or replaces the one of its name; the caller advances `version`.
  void Put(TopicConfig topic);
  bool Erase(std::string_view name) { return topics_.Erase(name); }
  const OrderedTable<TopicConfig>& topics() const { return topics_; }

  DataVersion version;

 private:
  OrderedTable<TopicConfig> topics_;
  Json document_ = Json::Object();
};

}  // namespace tidemark

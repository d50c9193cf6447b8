// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests that ask for messages.

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "src/server/remoting/header_table.h"

namespace tidemark::remoting {

/// PULL_MESSAGE and LITE_PULL_MESSAGE.
struct PullMessageRequest {
  std::string group;
  std::string topic;
  std::int32_t queue = 0;
  std::int64_t queue_offset = 0;
  std::int32_t messages_max = 0;
  /// 1: commit_offset counts, 2: may wait, 4: subscription counts, 16: lite pull.
  std::int32_t sys_flag = 0;
  std::int64_t commit_offset = 0;
  std::int64_t suspend_ms = 0;
  std::optional<std::string> subscription;
  std::int64_t subscription_version = 0;
  std::optional<std::string> expression_type;
  std::optional<std::int32_t> bytes_max;
  std::optional<std::int32_t> request_source;
  std::optional<std::string> proxy_client_id;  ///< Spelled so on the wire.
  std::optional<bool> logical;
  std::optional<std::string> broker_name;

  static constexpr auto Table() {
    using H = PullMessageRequest;
    return std::tuple(Required("consumerGroup", &H::group), Required("topic", &H::topic),
                      Required("queueId", &H::queue), Required("queueOffset", &H::queue_offset),
                      Required("maxMsgNums", &H::messages_max), Required("sysFlag", &H::sys_flag),
                      Required("commitOffset", &H::commit_offset),
                      Required("suspendTimeoutMillis", &H::suspend_ms),
                      Optional("subscription", &H::subscription),
                      Required("subVersion", &H::subscription_version),
                      Optional("expressionType", &H::expression_type),
                      Optional("maxMsgBytes", &H::bytes_max),
                      Optional("requestSource", &H::request_source),
                      Optional("proxyFrowardClientId", &H::proxy_client_id),
                      Optional("lo", &H::logical), Optional("bname", &H::broker_name));
  }
};

/// What a pull answers; clients want the first four in every outcome that is one.
struct PullMessageAnswer {
  std::int64_t suggested_broker = 0;
  std::int64_t next_offset = 0;
  std::int64_t min_offset = 0;
  std::int64_t max_offset = 0;
  std::optional<std::int64_t> offset_delta;
  std::optional<std::int32_t> topic_sys_flag;
  std::optional<std::int32_t> group_sys_flag;
  std::optional<std::int32_t> forbidden_type;

  static constexpr auto Table() {
    using H = PullMessageAnswer;
    return std::tuple(
        Required("suggestWhichBrokerId", &H::suggested_broker),
        Required("nextBeginOffset", &H::next_offset), Required("minOffset", &H::min_offset),
        Required("maxOffset", &H::max_offset), Optional("offsetDelta", &H::offset_delta),
        Optional("topicSysFlag", &H::topic_sys_flag), Optional("groupSysFlag", &H::group_sys_flag),
        Optional("forbiddenType", &H::forbidden_type));
  }
};

/// QUERY_MESSAGE
struct QueryMessageRequest {
  std::string topic;
  std::string key;
  std::int32_t messages_max = 0;
  std::int64_t begin_timestamp = 0;
  std::int64_t end_timestamp = 0;
  std::optional<std::string> unique_key;  ///< "true": the key is a unique key.

  static constexpr auto Table() {
    using H = QueryMessageRequest;
    return std::tuple(
        Required("topic", &H::topic), Required("key", &H::key),
        Required("maxNum", &H::messages_max), Required("beginTimestamp", &H::begin_timestamp),
        Required("endTimestamp", &H::end_timestamp), Optional("_UNIQUE_KEY_QUERY", &H::unique_key));
  }
};

/// What QUERY_MESSAGE answers.
struct QueryMessageAnswer {
  std::int64_t index_timestamp = 0;
  std::int64_t index_log_offset = 0;

  static constexpr auto Table() {
    using H = QueryMessageAnswer;
    return std::tuple(Required("indexLastUpdateTimestamp", &H::index_timestamp),
                      Required("indexLastUpdatePhyoffset", &H::index_log_offset));
  }
};

/// VIEW_MESSAGE_BY_ID
struct ViewMessageRequest {
  std::optional<std::string> topic;
  std::int64_t offset = 0;  ///< In the commit log.

  static constexpr auto Table() {
    using H = ViewMessageRequest;
    return std::tuple(Optional("topic", &H::topic), Required("offset", &H::offset));
  }
};

}  // namespace tidemark::remoting

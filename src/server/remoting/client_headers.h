// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests about clients, and those that a broker sends to them.

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "src/server/remoting/header_table.h"

namespace tidemark::remoting {

/// What HEART_BEAT answers.
struct HeartBeatAnswer {
  bool supports_v2 = true;
  bool subscription_changed = true;

  static constexpr auto Table() {
    using H = HeartBeatAnswer;
    return std::tuple(Required("IS_SUPPORT_HEART_BEAT_V2", &H::supports_v2),
                      Required("IS_SUB_CHANGE", &H::subscription_changed));
  }
};

/// UNREGISTER_CLIENT. C++ clients send an empty consumer group for none.
struct UnregisterClientRequest {
  std::string client_id;
  std::optional<std::string> producer_group;
  std::optional<std::string> consumer_group;

  static constexpr auto Table() {
    using H = UnregisterClientRequest;
    return std::tuple(Required("clientID", &H::client_id),
                      Optional("producerGroup", &H::producer_group),
                      Optional("consumerGroup", &H::consumer_group));
  }
};

/// GET_CONSUMER_LIST_BY_GROUP, GET_CONSUMER_CONNECTION_LIST, NOTIFY_CONSUMER_IDS_CHANGED.
struct ConsumerGroupRequest {
  std::string group;

  static constexpr auto Table() {
    using H = ConsumerGroupRequest;
    return std::tuple(Required("consumerGroup", &H::group));
  }
};

/// GET_PRODUCER_CONNECTION_LIST
struct ProducerGroupRequest {
  std::string group;

  static constexpr auto Table() {
    using H = ProducerGroupRequest;
    return std::tuple(Required("producerGroup", &H::group));
  }
};

/// INVOKE_BROKER_TO_RESET_OFFSET; to a client RESET_CONSUMER_CLIENT_OFFSET, with the first four.
struct ResetOffsetRequest {
  std::string topic;
  std::string group;
  std::int64_t timestamp = 0;  ///< -1: the end of the queue.
  bool force = false;
  std::int32_t queue = -1;  ///< -1: all.
  std::optional<std::int64_t> offset;

  static constexpr auto Table() {
    using H = ResetOffsetRequest;
    return std::tuple(Required("topic", &H::topic), Required("group", &H::group),
                      Required("timestamp", &H::timestamp), Required("isForce", &H::force),
                      Optional("queueId", &H::queue), Optional("offset", &H::offset));
  }
};

/// INVOKE_BROKER_TO_GET_CONSUMER_STATUS; to a client GET_CONSUMER_STATUS_FROM_CLIENT.
struct ConsumerStatusRequest {
  std::string topic;
  std::string group;
  std::optional<std::string> client_id;

  static constexpr auto Table() {
    using H = ConsumerStatusRequest;
    return std::tuple(Required("topic", &H::topic), Required("group", &H::group),
                      Optional("clientAddr", &H::client_id));
  }
};

/// GET_CONSUMER_RUNNING_INFO
struct ConsumerRunningInfoRequest {
  std::string group;
  std::string client_id;
  std::optional<bool> stacks;

  static constexpr auto Table() {
    using H = ConsumerRunningInfoRequest;
    return std::tuple(Required("consumerGroup", &H::group), Required("clientId", &H::client_id),
                      Optional("jstackEnable", &H::stacks));
  }
};

/// CONSUME_MESSAGE_DIRECTLY
struct ConsumeDirectlyRequest {
  std::string group;
  std::optional<std::string> client_id;
  std::optional<std::string> message_id;
  std::optional<std::string> broker_name;
  std::optional<std::string> topic;
  std::optional<std::int32_t> topic_sys_flag;
  std::optional<std::int32_t> group_sys_flag;

  static constexpr auto Table() {
    using H = ConsumeDirectlyRequest;
    return std::tuple(Required("consumerGroup", &H::group), Optional("clientId", &H::client_id),
                      Optional("msgId", &H::message_id), Optional("brokerName", &H::broker_name),
                      Optional("topic", &H::topic), Optional("topicSysFlag", &H::topic_sys_flag),
                      Optional("groupSysFlag", &H::group_sys_flag));
  }
};

}  // namespace tidemark::remoting

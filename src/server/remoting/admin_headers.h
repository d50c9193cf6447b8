// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests of tools about topics, groups and statistics.

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "src/server/remoting/header_table.h"

namespace tidemark::remoting {

/// UPDATE_AND_CREATE_TOPIC and UPDATE_AND_CREATE_STATIC_TOPIC.
struct CreateTopicRequest {
  std::string topic;
  std::string default_topic;
  std::int32_t read_queues = 0;
  std::int32_t write_queues = 0;
  std::int32_t perm = 0;
  std::string filter_type;
  std::optional<std::int32_t> sys_flag;
  bool order = false;
  std::optional<std::string> attributes;  ///< "+key=value,-key".
  std::optional<bool> force;

  static constexpr auto Table() {
    using H = CreateTopicRequest;
    return std::tuple(Required("topic", &H::topic), Required("defaultTopic", &H::default_topic),
                      Required("readQueueNums", &H::read_queues),
                      Required("writeQueueNums", &H::write_queues), Required("perm", &H::perm),
                      Required("topicFilterType", &H::filter_type),
                      Optional("topicSysFlag", &H::sys_flag), Required("order", &H::order),
                      Optional("attributes", &H::attributes), Optional("force", &H::force));
  }
};

/// DELETE_TOPIC_IN_BROKER, GET_TOPIC_CONFIG, GET_TOPIC_STATS_INFO, QUERY_TOPIC_CONSUME_BY_WHO.
struct TopicRequest {
  std::string topic;
  std::optional<bool> logical;

  static constexpr auto Table() {
    using H = TopicRequest;
    return std::tuple(Required("topic", &H::topic), Optional("lo", &H::logical));
  }
};

/// GET_SUBSCRIPTIONGROUP_CONFIG and QUERY_TOPICS_BY_CONSUMER.
struct GroupRequest {
  std::string group;

  static constexpr auto Table() {
    using H = GroupRequest;
    return std::tuple(Required("group", &H::group));
  }
};

/// QUERY_SUBSCRIPTION_BY_CONSUMER
struct QuerySubscriptionRequest {
  std::string group;
  std::optional<std::string> topic;

  static constexpr auto Table() {
    using H = QuerySubscriptionRequest;
    return std::tuple(Required("group", &H::group), Optional("topic", &H::topic));
  }
};

/// QUERY_CONSUME_TIME_SPAN
struct GroupTopicRequest {
  std::string group;
  std::string topic;

  static constexpr auto Table() {
    using H = GroupTopicRequest;
    return std::tuple(Required("group", &H::group), Required("topic", &H::topic));
  }
};

/// DELETE_SUBSCRIPTIONGROUP. Tools of 4.9 say removeOffset.
struct DeleteGroupRequest {
  std::string group;
  bool clean_offset = false;
  std::optional<bool> remove_offset;

  static constexpr auto Table() {
    using H = DeleteGroupRequest;
    return std::tuple(Required("groupName", &H::group), Optional("cleanOffset", &H::clean_offset),
                      Optional("removeOffset", &H::remove_offset));
  }
};

/// UPDATE_AND_GET_GROUP_FORBIDDEN
struct GroupForbiddenRequest {
  std::string group;
  std::string topic;
  std::optional<bool> readable;  ///< None: only asks.

  static constexpr auto Table() {
    using H = GroupForbiddenRequest;
    return std::tuple(Required("group", &H::group), Required("topic", &H::topic),
                      Optional("readable", &H::readable));
  }
};

/// GET_CONSUME_STATS
struct ConsumeStatsRequest {
  std::string group;
  std::optional<std::string> topic;
  std::optional<std::string> topics;  ///< Separated by ";".

  static constexpr auto Table() {
    using H = ConsumeStatsRequest;
    return std::tuple(Required("consumerGroup", &H::group), Optional("topic", &H::topic),
                      Optional("topicList", &H::topics));
  }
};

/// GET_BROKER_CONSUME_STATS
struct BrokerConsumeStatsRequest {
  bool order = false;

  static constexpr auto Table() {
    using H = BrokerConsumeStatsRequest;
    return std::tuple(Required("isOrder", &H::order));
  }
};

/// VIEW_BROKER_STATS_DATA
struct BrokerStatsRequest {
  std::string name;
  std::string key;

  static constexpr auto Table() {
    using H = BrokerStatsRequest;
    return std::tuple(Required("statsName", &H::name), Required("statsKey", &H::key));
  }
};

/// CLONE_GROUP_OFFSET
struct CloneGroupOffsetRequest {
  std::string from_group;
  std::string to_group;
  std::optional<std::string> topic;
  bool offline = false;

  static constexpr auto Table() {
    using H = CloneGroupOffsetRequest;
    return std::tuple(Required("srcGroup", &H::from_group), Required("destGroup", &H::to_group),
                      Optional("topic", &H::topic), Optional("offline", &H::offline));
  }
};

/// QUERY_CORRECTION_OFFSET
struct CorrectionOffsetRequest {
  std::optional<std::string> filter_groups;
  std::string compare_group;
  std::string topic;

  static constexpr auto Table() {
    using H = CorrectionOffsetRequest;
    return std::tuple(Optional("filterGroups", &H::filter_groups),
                      Required("compareGroup", &H::compare_group), Required("topic", &H::topic));
  }
};

/// QUERY_CONSUME_QUEUE
struct QueryConsumeQueueRequest {
  std::string topic;
  std::int32_t queue = 0;
  std::int64_t index = 0;
  std::int32_t count = 0;
  std::optional<std::string> group;

  static constexpr auto Table() {
    using H = QueryConsumeQueueRequest;
    return std::tuple(Optional("topic", &H::topic), Optional("queueId", &H::queue),
                      Optional("index", &H::index), Optional("count", &H::count),
                      Optional("consumerGroup", &H::group));
  }
};

/// RESUME_CHECK_HALF_MESSAGE
struct ResumeCheckHalfMessageRequest {
  std::optional<std::string> topic;
  std::optional<std::string> message_id;

  static constexpr auto Table() {
    using H = ResumeCheckHalfMessageRequest;
    return std::tuple(Optional("topic", &H::topic), Optional("msgId", &H::message_id));
  }
};

}  // namespace tidemark::remoting

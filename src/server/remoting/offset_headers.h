// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests about positions in queues.

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "src/server/remoting/header_table.h"

namespace tidemark::remoting {

/// GET_MIN_OFFSET and GET_EARLIEST_MSG_STORETIME.
struct QueueRequest {
  std::string topic;
  std::int32_t queue = 0;
  std::optional<bool> logical;

  static constexpr auto Table() {
    using H = QueueRequest;
    return std::tuple(Required("topic", &H::topic), Required("queueId", &H::queue),
                      Optional("lo", &H::logical));
  }
};

/// GET_MAX_OFFSET
struct GetMaxOffsetRequest {
  std::string topic;
  std::int32_t queue = 0;
  bool committed = true;
  std::optional<bool> logical;

  static constexpr auto Table() {
    using H = GetMaxOffsetRequest;
    return std::tuple(Required("topic", &H::topic), Required("queueId", &H::queue),
                      Optional("committed", &H::committed), Optional("lo", &H::logical));
  }
};

/// SEARCH_OFFSET_BY_TIMESTAMP
struct SearchOffsetRequest {
  std::string topic;
  std::int32_t queue = 0;
  std::int64_t timestamp = 0;
  std::string boundary = "LOWER";  ///< "UPPER": the last of several with that time.
  std::optional<bool> logical;

  static constexpr auto Table() {
    using H = SearchOffsetRequest;
    return std::tuple(Required("topic", &H::topic), Required("queueId", &H::queue),
                      Required("timestamp", &H::timestamp), Optional("boundaryType", &H::boundary),
                      Optional("lo", &H::logical));
  }
};

/// QUERY_CONSUMER_OFFSET
struct QueryConsumerOffsetRequest {
  std::string group;
  std::string topic;
  std::int32_t queue = 0;
  bool zero_if_not_found = true;
  std::optional<bool> logical;

  static constexpr auto Table() {
    using H = QueryConsumerOffsetRequest;
    return std::tuple(Required("consumerGroup", &H::group), Required("topic", &H::topic),
                      Required("queueId", &H::queue),
                      Optional("setZeroIfNotFound", &H::zero_if_not_found),
                      Optional("lo", &H::logical));
  }
};

/// UPDATE_CONSUMER_OFFSET
struct UpdateConsumerOffsetRequest {
  std::string group;
  std::string topic;
  std::int32_t queue = 0;
  std::int64_t commit_offset = 0;
  std::optional<bool> logical;

  static constexpr auto Table() {
    using H = UpdateConsumerOffsetRequest;
    return std::tuple(Required("consumerGroup", &H::group), Required("topic", &H::topic),
                      Required("queueId", &H::queue), Required("commitOffset", &H::commit_offset),
                      Optional("lo", &H::logical));
  }
};

/// What all of these answer but GET_EARLIEST_MSG_STORETIME and an update.
struct OffsetAnswer {
  std::int64_t offset = 0;

  static constexpr auto Table() {
    using H = OffsetAnswer;
    return std::tuple(Required("offset", &H::offset));
  }
};

/// What GET_EARLIEST_MSG_STORETIME answers.
struct TimestampAnswer {
  std::int64_t timestamp = 0;  ///< -1: there is no message.

  static constexpr auto Table() {
    using H = TimestampAnswer;
    return std::tuple(Required("timestamp", &H::timestamp));
  }
};

}  // namespace tidemark::remoting

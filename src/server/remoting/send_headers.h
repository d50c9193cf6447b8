// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests that bring messages, and transactions.

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "src/server/remoting/header_table.h"

namespace tidemark::remoting {

/// SEND_MESSAGE and SEND_REPLY_MESSAGE.
struct SendMessageRequest {
  std::string group;
  std::string topic;
  std::string default_topic;  ///< The template when the topic is to be created.
  std::int32_t default_queues = 0;
  std::int32_t queue = 0;  ///< Below 0: any.
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp = 0;  ///< Milliseconds.
  std::int32_t flag = 0;
  std::string properties;  ///< Encoded, see src/format/properties.h.
  std::int32_t reconsume_times = 0;
  bool unit_mode = false;
  std::optional<std::int32_t> reconsume_times_max;
  bool batch = false;  ///< The body is a batch (batch_body.h).
  std::optional<std::string> broker_name;

  static constexpr auto Table() {
    using H = SendMessageRequest;
    return std::tuple(
        Required("producerGroup", &H::group), Required("topic", &H::topic),
        Required("defaultTopic", &H::default_topic),
        Required("defaultTopicQueueNums", &H::default_queues), Required("queueId", &H::queue),
        Required("sysFlag", &H::sys_flag), Required("bornTimestamp", &H::born_timestamp),
        Required("flag", &H::flag), Optional("properties", &H::properties),
        Optional("reconsumeTimes", &H::reconsume_times), Optional("unitMode", &H::unit_mode),
        Optional("maxReconsumeTimes", &H::reconsume_times_max), Optional("batch", &H::batch),
        Optional("bname", &H::broker_name));
  }
};

/// What a send answers. Clients read the region and the trace switch of every answer.
struct SendMessageAnswer {
  std::string message_id;
  std::int32_t queue = 0;
  std::int64_t queue_offset = 0;  ///< Of the first message.
  std::optional<std::string> transaction_id;
  std::optional<std::string> batch_unique_id;
  std::optional<std::string> recall_handle;
  std::optional<std::string> region;
  std::optional<bool> trace_on;

  static constexpr auto Table() {
    using H = SendMessageAnswer;
    return std::tuple(
        Required("msgId", &H::message_id), Required("queueId", &H::queue),
        Required("queueOffset", &H::queue_offset), Optional("transactionId", &H::transaction_id),
        Optional("batchUniqId", &H::batch_unique_id), Optional("recallHandle", &H::recall_handle),
        Optional("MSG_REGION", &H::region), Optional("TRACE_ON", &H::trace_on));
  }
};

/// CONSUMER_SEND_MSG_BACK
struct ConsumerSendMsgBackRequest {
  std::int64_t offset = 0;  ///< In the commit log.
  std::string group;
  std::int32_t delay_level = 0;  ///< 0: the broker chooses; below 0: dead letter.
  std::optional<std::string> origin_message_id;
  std::optional<std::string> origin_topic;
  bool unit_mode = false;
  std::optional<std::int32_t> reconsume_times_max;
  std::optional<std::string> broker_name;

  static constexpr auto Table() {
    using H = ConsumerSendMsgBackRequest;
    return std::tuple(
        Required("offset", &H::offset), Required("group", &H::group),
        Required("delayLevel", &H::delay_level), Optional("originMsgId", &H::origin_message_id),
        Optional("originTopic", &H::origin_topic), Optional("unitMode", &H::unit_mode),
        Optional("maxReconsumeTimes", &H::reconsume_times_max), Optional("bname", &H::broker_name));
  }
};

/// END_TRANSACTION
struct EndTransactionRequest {
  std::optional<std::string> topic;
  std::string group;
  std::int64_t half_queue_offset = 0;
  std::int64_t log_offset = 0;  ///< Of the half message.
  std::int32_t outcome = 0;     ///< 8: commit, 12: rollback.
  bool from_check = false;
  std::string message_id;
  std::optional<std::string> transaction_id;
  std::optional<std::string> broker_name;

  static constexpr auto Table() {
    using H = EndTransactionRequest;
    return std::tuple(
        Optional("topic", &H::topic), Required("producerGroup", &H::group),
        Required("tranStateTableOffset", &H::half_queue_offset),
        Required("commitLogOffset", &H::log_offset), Required("commitOrRollback", &H::outcome),
        Optional("fromTransactionCheck", &H::from_check), Required("msgId", &H::message_id),
        Optional("transactionId", &H::transaction_id), Optional("bname", &H::broker_name));
  }
};

/// CHECK_TRANSACTION_STATE, from broker to producer.
struct CheckTransactionStateRequest {
  std::optional<std::string> topic;
  std::int64_t half_queue_offset = 0;
  std::int64_t log_offset = 0;
  std::optional<std::string> message_id;
  std::optional<std::string> transaction_id;
  std::optional<std::string> offset_message_id;
  std::optional<std::string> broker_name;

  static constexpr auto Table() {
    using H = CheckTransactionStateRequest;
    return std::tuple(
        Optional("topic", &H::topic), Required("tranStateTableOffset", &H::half_queue_offset),
        Required("commitLogOffset", &H::log_offset), Optional("msgId", &H::message_id),
        Optional("transactionId", &H::transaction_id),
        Optional("offsetMsgId", &H::offset_message_id), Optional("bname", &H::broker_name));
  }
};

/// PUSH_REPLY_MESSAGE_TO_CLIENT, from broker to requester.
struct PushReplyRequest {
  std::string group;
  std::string topic;
  std::string default_topic;
  std::int32_t default_queues = 0;
  std::int32_t queue = 0;
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp = 0;
  std::int32_t flag = 0;
  std::optional<std::string> properties;
  std::optional<std::int32_t> reconsume_times;
  std::optional<bool> unit_mode;
  std::string born_host;
  std::string store_host;
  std::int64_t store_timestamp = 0;

  static constexpr auto Table() {
    using H = PushReplyRequest;
    return std::tuple(
        Required("producerGroup", &H::group), Required("topic", &H::topic),
        Required("defaultTopic", &H::default_topic),
        Required("defaultTopicQueueNums", &H::default_queues), Required("queueId", &H::queue),
        Required("sysFlag", &H::sys_flag), Required("bornTimestamp", &H::born_timestamp),
        Required("flag", &H::flag), Optional("properties", &H::properties),
        Optional("reconsumeTimes", &H::reconsume_times), Optional("unitMode", &H::unit_mode),
        Required("bornHost", &H::born_host), Required("storeHost", &H::store_host),
        Required("storeTimestamp", &H::store_timestamp));
  }
};

/// RECALL_MESSAGE
struct RecallMessageRequest {
  std::optional<std::string> group;
  std::string topic;
  std::string recall_handle;
  std::optional<std::string> broker_name;

  static constexpr auto Table() {
    using H = RecallMessageRequest;
    return std::tuple(Optional("producerGroup", &H::group), Required("topic", &H::topic),
                      Required("recallHandle", &H::recall_handle),
                      Optional("bname", &H::broker_name));
  }
};

/// SEND_MESSAGE_V2, SEND_BATCH_MESSAGE and SEND_REPLY_MESSAGE_V2: the same with short names.
struct SendMessageRequestV2 : SendMessageRequest {
  static constexpr auto Table() {
    using H = SendMessageRequest;
    return std::tuple(Required("a", &H::group), Required("b", &H::topic),
                      Required("c", &H::default_topic), Required("d", &H::default_queues),
                      Required("e", &H::queue), Required("f", &H::sys_flag),
                      Required("g", &H::born_timestamp), Required("h", &H::flag),
                      Optional("i", &H::properties), Optional("j", &H::reconsume_times),
                      Optional("k", &H::unit_mode), Optional("l", &H::reconsume_times_max),
                      Optional("m", &H::batch), Optional("n", &H::broker_name));
  }
};

/// By the names that belong to the request's code. A SEND_BATCH_MESSAGE is a batch whatever it
/// says.
Result<SendMessageRequest> DecodeSendMessage(const Command& request);

}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/server/remoting/body_json.h"

namespace tidemark::remoting {

/// What a consumer wants of a topic.
struct Subscription {
  std::string topic;
  std::string expression = "*";         ///< `subString`
  std::string expression_type = "TAG";  ///< Or "SQL92".
  std::vector<std::string> tags;
  std::vector<std::int32_t> codes;  ///< Java hashes of the tags.
  std::int64_t version = 0;         ///< Java and C++: milliseconds; Go: nanoseconds.
  bool class_filter = false;
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

/// Errors: kInvalidArgument (which member).
Result<Subscription> ReadSubscription(const Json& object);
Json SubscriptionToJson(const Subscription& subscription);

enum class ConsumeType : std::uint8_t { kActively, kPassively, kPop };
enum class MessageModel : std::uint8_t { kBroadcasting, kClustering };
enum class ConsumeFrom : std::uint8_t {
  kLastOffset,
  kLastOffsetAndFromMinWhenBootFirst,
  kMinOffset,
  kMaxOffset,
  kFirstOffset,
  kTimestamp,
};

/// A consumer group of a client. A word that is not known counts as missing: Go has one of its own.
struct ConsumerData {
  std::string group;
  std::optional<ConsumeType> type;
  std::optional<MessageModel> model;
  std::optional<ConsumeFrom> from;
  std::vector<Subscription> subscriptions;
  bool unit_mode = false;
  friend bool operator==(const ConsumerData&, const ConsumerData&) = default;
};

/// The body of HEART_BEAT.
struct HeartbeatBody {
  std::string client_id;
  std::vector<ConsumerData> consumers;
  std::vector<std::string> producer_groups;
  std::int32_t fingerprint = 0;  ///< Not 0: the second form, of clients with useHeartbeatV2.
  bool without_subscriptions = false;
  friend bool operator==(const HeartbeatBody&, const HeartbeatBody&) = default;

  /// Takes what Java, Go and C++ clients send. Errors: kInvalidArgument (which member).
  static Result<HeartbeatBody> Decode(std::string_view text);
  std::string Encode() const;
};

}  // namespace tidemark::remoting

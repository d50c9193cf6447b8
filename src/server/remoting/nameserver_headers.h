// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests that a NameServer answers.

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "src/server/remoting/header_table.h"

namespace tidemark::remoting {

/// GET_ROUTEINFO_BY_TOPIC
struct RouteRequest {
  std::string topic;
  std::optional<bool> standard_json_only;
  bool zone_mode = false;
  std::string zone_name;

  static constexpr auto Table() {
    using H = RouteRequest;
    return std::tuple(
        Required("topic", &H::topic), Optional("acceptStandardJsonOnly", &H::standard_json_only),
        Optional("__ZONE_MODE", &H::zone_mode), Optional("__ZONE_NAME", &H::zone_name));
  }
};

/// GET_TOPICS_BY_CLUSTER
struct ClusterRequest {
  std::string cluster;

  static constexpr auto Table() {
    using H = ClusterRequest;
    return std::tuple(Required("cluster", &H::cluster));
  }
};

/// PUT_KV_CONFIG
struct PutKvConfigRequest {
  std::string name_space;
  std::string key;
  std::string value;

  static constexpr auto Table() {
    using H = PutKvConfigRequest;
    return std::tuple(Required("namespace", &H::name_space), Required("key", &H::key),
                      Required("value", &H::value));
  }
};

/// GET_KV_CONFIG and DELETE_KV_CONFIG.
struct KvConfigRequest {
  std::string name_space;
  std::string key;

  static constexpr auto Table() {
    using H = KvConfigRequest;
    return std::tuple(Required("namespace", &H::name_space), Required("key", &H::key));
  }
};

/// What GET_KV_CONFIG answers.
struct KvConfigAnswer {
  std::optional<std::string> value;

  static constexpr auto Table() {
    using H = KvConfigAnswer;
    return std::tuple(Optional("value", &H::value));
  }
};

/// GET_KVLIST_BY_NAMESPACE
struct KvNamespaceRequest {
  std::string name_space;

  static constexpr auto Table() {
    using H = KvNamespaceRequest;
    return std::tuple(Required("namespace", &H::name_space));
  }
};

/// WIPE_WRITE_PERM_OF_BROKER and ADD_WRITE_PERM_OF_BROKER.
struct BrokerNameRequest {
  std::string broker_name;

  static constexpr auto Table() {
    using H = BrokerNameRequest;
    return std::tuple(Required("brokerName", &H::broker_name));
  }
};

/// What WIPE_WRITE_PERM_OF_BROKER answers.
struct WipeWritePermAnswer {
  std::int32_t topics = 0;

  static constexpr auto Table() {
    using H = WipeWritePermAnswer;
    return std::tuple(Required("wipeTopicCount", &H::topics));
  }
};

/// What ADD_WRITE_PERM_OF_BROKER answers.
struct AddWritePermAnswer {
  std::int32_t topics = 0;

  static constexpr auto Table() {
    using H = AddWritePermAnswer;
    return std::tuple(Required("addTopicCount", &H::topics));
  }
};

/// DELETE_TOPIC_IN_NAMESRV
struct DeleteTopicRequest {
  std::string topic;
  std::optional<std::string> cluster;

  static constexpr auto Table() {
    using H = DeleteTopicRequest;
    return std::tuple(Required("topic", &H::topic), Optional("clusterName", &H::cluster));
  }
};

/// REGISTER_TOPIC_IN_NAMESRV
struct RegisterTopicRequest {
  std::string topic;

  static constexpr auto Table() {
    using H = RegisterTopicRequest;
    return std::tuple(Required("topic", &H::topic));
  }
};

/// REGISTER_BROKER
struct RegisterBrokerRequest {
  std::string cluster;
  std::string broker_name;
  std::string address;
  std::int64_t broker_id = 0;  ///< 0: the master.
  std::string ha_address;
  std::optional<std::int64_t> timeout_ms;
  std::optional<bool> enable_acting_master;  ///< None: a broker of 4.9.
  bool compressed = false;
  std::int32_t body_crc = 0;  ///< 0: not given.
  std::optional<std::string> zone_name;

  static constexpr auto Table() {
    using H = RegisterBrokerRequest;
    return std::tuple(Required("clusterName", &H::cluster), Required("brokerName", &H::broker_name),
                      Required("brokerAddr", &H::address), Required("brokerId", &H::broker_id),
                      Required("haServerAddr", &H::ha_address),
                      Optional("heartbeatTimeoutMillis", &H::timeout_ms),
                      Optional("enableActingMaster", &H::enable_acting_master),
                      Optional("compressed", &H::compressed), Optional("bodyCrc32", &H::body_crc),
                      Optional("__ZONE_NAME", &H::zone_name));
  }
};

/// What REGISTER_BROKER answers to a slave whose master lives.
struct RegisterBrokerAnswer {
  std::optional<std::string> ha_address;
  std::optional<std::string> master_address;

  static constexpr auto Table() {
    using H = RegisterBrokerAnswer;
    return std::tuple(Optional("haServerAddr", &H::ha_address),
                      Optional("masterAddr", &H::master_address));
  }
};

/// UNREGISTER_BROKER and QUERY_DATA_VERSION.
struct UnregisterBrokerRequest {
  std::string cluster;
  std::string broker_name;
  std::string address;
  std::int64_t broker_id = 0;

  static constexpr auto Table() {
    using H = UnregisterBrokerRequest;
    return std::tuple(Required("clusterName", &H::cluster), Required("brokerName", &H::broker_name),
                      Required("brokerAddr", &H::address), Required("brokerId", &H::broker_id));
  }
};

/// What QUERY_DATA_VERSION answers.
struct QueryDataVersionAnswer {
  bool changed = false;

  static constexpr auto Table() {
    using H = QueryDataVersionAnswer;
    return std::tuple(Required("changed", &H::changed));
  }
};

/// BROKER_HEARTBEAT
struct BrokerHeartbeatRequest {
  std::string cluster;
  std::string broker_name;
  std::string address;
  std::optional<std::int64_t> broker_id;
  std::optional<std::int32_t> epoch;
  std::optional<std::int64_t> max_offset;
  std::optional<std::int64_t> confirm_offset;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::int32_t> election_priority;

  static constexpr auto Table() {
    using H = BrokerHeartbeatRequest;
    return std::tuple(Required("clusterName", &H::cluster), Required("brokerName", &H::broker_name),
                      Required("brokerAddr", &H::address), Optional("brokerId", &H::broker_id),
                      Optional("epoch", &H::epoch), Optional("maxOffset", &H::max_offset),
                      Optional("confirmOffset", &H::confirm_offset),
                      Optional("heartbeatTimeoutMills", &H::timeout_ms),
                      Optional("electionPriority", &H::election_priority));
  }
};

/// GET_BROKER_MEMBER_GROUP
struct BrokerMemberGroupRequest {
  std::string cluster;
  std::string broker_name;

  static constexpr auto Table() {
    using H = BrokerMemberGroupRequest;
    return std::tuple(Required("clusterName", &H::cluster),
                      Required("brokerName", &H::broker_name));
  }
};

}  // namespace tidemark::remoting

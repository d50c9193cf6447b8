// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace tidemark::nameserver {

/// The namespace with a meaning of its own: topic -> "brokerA:8;brokerB:8".
inline constexpr std::string_view kOrderNamespace = "ORDER_TOPIC_CONFIG";

/// Texts by namespace and key that tools put into a NameServer. Thread-compatible.
class KvConfig {
 public:
  /// RocketMQ's kvConfig.json. Errors: kInvalidArgument.
  static Result<KvConfig> Parse(std::string_view json);
  std::string Write() const;

  void Put(std::string_view name_space, std::string_view key, std::string value);
  void Erase(std::string_view name_space, std::string_view key);
  std::optional<std::string> Find(std::string_view name_space, std::string_view key) const;

  /// {"table":{key:value}}; none when there is no such namespace. One that lost its last key stays.
  std::optional<std::string> TableJson(std::string_view name_space) const;

 private:
  using Table = std::map<std::string, std::string, std::less<>>;
  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace tidemark::nameserver

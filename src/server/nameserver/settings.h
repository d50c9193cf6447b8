// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace tidemark::nameserver {

/// What an operator may change while a NameServer runs; the names of UPDATE_NAMESRV_CONFIG are
/// those of RocketMQ.
struct Settings {
  bool order_message_enable = false;  ///< Routes carry the order configuration of their topic.
  bool return_order_topic_config_to_broker = true;
  bool support_acting_master = false;  ///< The lowest slave stands in for a lost master.
  /// A topic that a full registration does not name any more goes.
  bool delete_topic_with_broker_registration = false;
  bool enable_all_topic_list = true;
  bool enable_topic_list = true;
  bool need_wait_for_service = false;  ///< No routes before wait_for_service has passed.
  std::chrono::seconds wait_for_service{45};
};

enum class SettingsUpdate {
  kDone,
  kUnreadable,  ///< No text of properties.
  kForbidden,   ///< It names a path or what may not be named; nothing is changed.
};

/// Applies lines of `key=value`, by the rules of java.util.Properties. Keys that are not known and
/// values that do not fit are passed over, as RocketMQ does.
SettingsUpdate ApplySettings(std::string_view properties, Settings* settings);

/// A line of `key=value` for each setting.
std::string WriteSettings(const Settings& settings);

}  // namespace tidemark::nameserver

// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/settings.h"

#include "src/config/broker_conf.h"

namespace tidemark::nameserver {
namespace {

struct Switch {
  std::string_view key;
  bool Settings::* member;
};
constexpr Switch kSwitches[] = {
    {"deleteTopicWithBrokerRegistration", &Settings::delete_topic_with_broker_registration},
    {"enableAllTopicList", &Settings::enable_all_topic_list},
    {"enableTopicList", &Settings::enable_topic_list},
    {"needWaitForService", &Settings::need_wait_for_service},
    {"orderMessageEnable", &Settings::order_message_enable},
    {"returnOrderTopicConfigToBroker", &Settings::return_order_topic_config_to_broker},
    {"supportActingMaster", &Settings::support_acting_master},
};
constexpr std::string_view kWaitKey = "waitSecondsForService";
constexpr std::string_view kForbidden[] = {"configBlackList", "configStorePath", "kvConfigPath",
                                           "rocketmqHome"};

}  // namespace

SettingsUpdate ApplySettings(std::string_view properties, Settings* settings) {
  const auto conf = BrokerConf::Parse(properties);
  if (!conf.has_value()) return SettingsUpdate::kUnreadable;
  for (const std::string_view key : kForbidden) {
    if (conf->Find(key) != nullptr) return SettingsUpdate::kForbidden;
  }
  for (const Switch& one : kSwitches) {
    settings->*one.member = conf->Boolean(one.key).value_or(settings->*one.member);
  }
  if (const auto seconds = conf->Integer(kWaitKey); seconds.has_value()) {
    settings->wait_for_service = std::chrono::seconds(*seconds);
  }
  return SettingsUpdate::kDone;
}

std::string WriteSettings(const Settings& settings) {
  std::string text;
  for (const Switch& one : kSwitches) text += Format("{}={}\n", one.key, settings.*one.member);
  return text + Format("{}={}\n", kWaitKey, settings.wait_for_service.count());
}

}  // namespace tidemark::nameserver

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/config/broker_conf.h"

namespace tidemark {
namespace {

/// A size in bytes or a count; what is not positive would be of no use to RocketMQ either.
std::optional<std::int32_t> Size(const BrokerConf& conf, std::string_view key,
                                 std::vector<std::string>* warnings) {
  const BrokerConf::Entry* entry = conf.Find(key);
  if (entry == nullptr) return std::nullopt;
  const auto size = conf.Integer(key);
  if (!size.has_value()) {
    warnings->push_back(Format(
        "line {}: {}={} is no integer of 32 bits (a blank behind it counts too); RocketMQ keeps "
        "its default, and so does this store",
        entry->line, key, entry->value));
    return std::nullopt;
  }
  if (*size <= 0) {
    warnings->push_back(
        Format("line {}: {}={} is not positive and is ignored", entry->line, key, entry->value));
    return std::nullopt;
  }
  return size;
}

void WarnIgnored(const BrokerConf& conf, std::string_view key, std::string_view why,
                 std::vector<std::string>* warnings) {
  const BrokerConf::Entry* entry = conf.Find(key);
  if (entry == nullptr) return;
  warnings->push_back(
      Format("line {}: {} is ignored, as RocketMQ 5.3.3 ignores it: {}", entry->line, key, why));
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return text;
}

struct Switch {
  std::string_view key;
  std::string_view why;
};

constexpr Switch kRefusedSwitches[] = {
    {"enableConsumeQueueExt",
     "queues would point into consumequeue_ext, which is neither read nor written"},
    {"enableDLegerCommitLog", "the log would be DLedger's, another format"},
    {"enableControllerMode", "a controller decides which records count, by files of epochs"},
    {"duplicationEnable", "records count only up to an offset that the broker keeps to itself"},
    {"rocksdbCQDoubleWriteEnable",
     "consume queues would also be in RocksDB, which would fall behind"},
};

}  // namespace

FileSizes FileSizesFrom(const BrokerConf& conf, std::vector<std::string>* warnings) {
  FileSizes sizes;
  sizes.segment_bytes = Size(conf, "mappedFileSizeCommitLog", warnings);
  sizes.queue_file_bytes = Size(conf, "mappedFileSizeConsumeQueue", warnings);
  if (sizes.queue_file_bytes.has_value()) {
    sizes.queue_file_bytes = (*sizes.queue_file_bytes + 19) / 20 * 20;
  }
  if (const auto size = Size(conf, "mapperFileSizeBatchConsumeQueue", warnings)) {
    sizes.batch_queue_file_bytes = *size;
  }
  sizes.index_slots = Size(conf, "maxHashSlotNum", warnings);
  sizes.index_entries = Size(conf, "maxIndexNum", warnings);
  WarnIgnored(conf, "mapedFileSizeCommitLog", "the key is mappedFileSizeCommitLog now", warnings);
  WarnIgnored(conf, "mapedFileSizeConsumeQueue", "the key is mappedFileSizeConsumeQueue now",
              warnings);
  return sizes;
}

bool LightQueuesFrom(const BrokerConf& conf, std::vector<std::string>* warnings) {
  const bool offsets = conf.Boolean("enableLmq").value_or(false);
  const bool dispatch = conf.Boolean("enableMultiDispatch").value_or(false);
  if (offsets != dispatch) {
    warnings->push_back(
        "of enableLmq and enableMultiDispatch only one is true: messages get no places in light "
        "queues (LMQ)");
  }
  return offsets && dispatch;
}

StorePaths StorePathsFrom(const BrokerConf& conf, std::vector<std::string>* warnings) {
  WarnIgnored(conf, "storePathConsumeQueue", "queues lie in consumequeue below the root", warnings);
  WarnIgnored(conf, "storePathIndex", "the index lies in index below the root", warnings);
  WarnIgnored(conf, "storeCheckpoint", "the file is checkpoint below the root", warnings);
  WarnIgnored(conf, "abortFile", "the file is abort below the root", warnings);
  return {conf.Text("storePathRootDir"), conf.Text("storePathCommitLog")};
}

std::vector<std::string> RefusedFeatures(const BrokerConf& conf) {
  std::vector<std::string> refused;
  for (const Switch& feature : kRefusedSwitches) {
    if (conf.Boolean(feature.key).value_or(false)) {
      refused.push_back(
          Format("{}=true (line {}): {}", feature.key, conf.Find(feature.key)->line, feature.why));
    }
  }
  const auto refuse = [&](std::string_view key, std::string_view why) {
    const BrokerConf::Entry* entry = conf.Find(key);
    refused.push_back(Format("{}={} (line {}): {}", key, entry->value, entry->line, why));
  };
  if (Lower(conf.Text("storeType").value_or("")) == "defaultrocksdb") {
    refuse("storeType", "consume queues would be in RocksDB");
  }
  if (Lower(conf.Text("configManagerVersion").value_or("")) == "v2") {
    refuse("configManagerVersion", "topics, groups and offsets would be in RocksDB");
  }
  if (conf.Text("storePathCommitLog").value_or("").find(',') != std::string::npos) {
    refuse("storePathCommitLog", "a log in several directories is not supported");
  }
  if (!conf.Text("readOnlyCommitLogStorePaths").value_or("").empty()) {
    refuse("readOnlyCommitLogStorePaths", "a log in several directories is not supported");
  }
  return refused;
}

}  // namespace tidemark

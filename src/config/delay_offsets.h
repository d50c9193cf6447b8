// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "src/config/data_version.h"
#include "tidemark/types.h"

namespace tidemark {

/// `config/delayOffset.json`: for each delay level the next offset that is delivered of queue
/// level - 1 of SCHEDULE_TOPIC_XXXX. Members that are not known here stay. Thread-compatible.
class DelayOffsets {
 public:
  /// Errors: kInvalidArgument (where and what).
  static Result<DelayOffsets> Parse(std::string_view json);
  std::string Write() const;

  std::map<std::int32_t, QueueOffset> levels;
  /// Advanced by the caller, which RocketMQ does for every 200th delivery only.
  DataVersion version;

 private:
  Json document_ = Json::Object();
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/config/topics.h"
#include "src/server/remoting/command.h"
#include "src/server/remoting/nameserver_headers.h"

namespace tidemark::nameserver {

/// What a broker tells of itself with REGISTER_BROKER, its parameters aside.
struct Registration {
  DataVersion version;
  std::vector<TopicConfig> topics;
  /// TopicQueueMappingInfo of static topics, by topic: kept as the broker wrote them.
  std::vector<std::pair<std::string, Json>> mappings;
  /// None: not said, what is known stays.
  std::optional<std::vector<std::string>> filter_servers;
};

/// Reads the body of a registration: of 5.x, of 4.9, of 3.0 (a bare table of topics), plain or
/// compressed. Compressed (integers big-endian, each text with its length in
/// front as i32), a zlib stream of
///   text DataVersion as JSON
///   i32 topics, for each a text "name read write perm filter attributes", the last from 5.0 on
///   text filter servers as a JSON array
///   i32 mappings, for each a text TopicQueueMappingInfo as JSON          from 5.0 on
/// A body that says it is plain and begins as zlib does is inflated all the same: brokers of 5.3.3
/// forget to say so. Errors: kDataLoss (its CRC is another), kInvalidArgument (what is wrong).
Result<Registration> DecodeRegistration(const remoting::RegisterBrokerRequest& header,
                                        const remoting::Command& request);

}  // namespace tidemark::nameserver

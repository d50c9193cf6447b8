// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

#include "src/config/java_json.h"
#include "tidemark/types.h"

namespace tidemark {

/// Tells two states of a configuration file apart, and which is newer. The comparison is
/// RocketMQ's: first the state version, then the counter, then the time.
struct DataVersion {
  std::int64_t state_version = 0;  ///< 0 unless a controller counts.
  std::int64_t counter = 0;        ///< Of changes.
  WallTime timestamp{};            ///< Of the last change.

  void Advance(WallTime now) {
    ++counter;
    timestamp = now;
  }
  friend auto operator<=>(const DataVersion&, const DataVersion&) = default;
};

/// The document's member `dataVersion`; zeroes where the document has none (4.9).
/// Errors: kInvalidArgument.
Result<DataVersion> ReadDataVersion(const Json& document);

/// A DataVersion that stands alone. Errors: kInvalidArgument.
Result<DataVersion> DataVersionFromJson(const Json& object);
Json DataVersionToJson(const DataVersion& version);

/// Sets the document's member `dataVersion`; members of it that are not known stay.
void WriteDataVersion(const DataVersion& version, Json* document);

}  // namespace tidemark

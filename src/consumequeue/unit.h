// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "src/base/byte_order.h"
#include "tidemark/types.h"

// A unit on disk, 20 bytes, all big-endian:
//   0  i64  log offset of the record
//   8  i32  size of the record
//  12  i64  tags code
namespace tidemark {

inline constexpr std::int64_t kUnitBytes = 20;
static_assert(kUnitBytes == 8 + 4 + 8,
              "RocketMQ reads these files; the size is part of the format");

/// Where one message of a queue lies in the log, and what tag filters need to know of it.
struct Unit {
  LogOffset log_offset{};
  std::int32_t size = 0;
  std::int64_t tags_code = 0;

  /// The byte behind the record.
  LogOffset end() const { return log_offset + size; }
  /// What RocketMQ's recovery takes for a unit; zeroes are not.
  bool IsValid() const { return ToInt(log_offset) >= 0 && size > 0; }
  bool IsPreBlank() const;

  friend bool operator==(const Unit&, const Unit&) = default;
};

/// Fills the file in front of a queue's first unit when the queue does not start at 0. Valid to
/// RocketMQ's recovery; no record is that large, so it is never mistaken for a real one.
inline constexpr Unit kPreBlankUnit{LogOffset{0}, std::numeric_limits<std::int32_t>::max(), 0};

inline bool Unit::IsPreBlank() const {
  return *this == kPreBlankUnit;
}

inline void EncodeUnit(const Unit& unit, std::byte* to) {
  StoreBig(to, ToInt(unit.log_offset));
  StoreBig(to + 8, unit.size);
  StoreBig(to + 12, unit.tags_code);
}

inline Unit DecodeUnit(const std::byte* from) {
  return {LogOffset{LoadBig<std::int64_t>(from)}, LoadBig<std::int32_t>(from + 8),
          LoadBig<std::int64_t>(from + 12)};
}

}  // namespace tidemark

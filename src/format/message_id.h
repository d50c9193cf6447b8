// SPDX-License-Identifier: Apache-2.0
#pragma once

// Ids of messages: upper-case hex text of big-endian bytes.
//   offsetMsgId: store host address (4 or 16), port (i32), log offset (i64)
//   UNIQ_KEY:    producer's address (4 or 16), process id (low 16 bits), client number (4),
//                milliseconds since the local month began (i32), counter (low 16 bits)

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/mutex.h"
#include "tidemark/io.h"
#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark {

struct OffsetMessageId {
  HostAddress store_host;
  LogOffset log_offset{};
  friend bool operator==(const OffsetMessageId&, const OffsetMessageId&) = default;
};

std::string EncodeOffsetMessageId(const OffsetMessageId& id);

/// Takes 32 or 56 hex digits of either case. (Java reads any other length as IPv6.)
/// Errors: kInvalidArgument.
Result<OffsetMessageId> DecodeOffsetMessageId(std::string_view text);

/// The parts of a UNIQ_KEY that RocketMQ's clients and UniqueKeyGenerator make. Anything else may
/// stand in that property as well.
struct UniqueKey {
  HostAddress host;  ///< Its port is not part of the key.
  std::uint16_t process = 0;
  std::uint32_t client = 0;
  std::uint32_t month_ms = 0;  ///< Since the local month began.
  std::uint16_t counter = 0;
  friend bool operator==(const UniqueKey&, const UniqueKey&) = default;
};

/// Errors: kInvalidArgument (not 32 or 56 hex digits).
Result<UniqueKey> DecodeUniqueKey(std::string_view text);

/// When the key was made, as near as it tells: in the month of `now`, or the one before if that
/// would not lie before `now`.
WallTime TimeOf(const UniqueKey& key, WallTime now);

/// 00:00 on the first of the local month that is `months` behind that of `time`.
WallTime MonthStart(WallTime time, int months = 0);

/// Makes UNIQ_KEYs, different ones even in the same millisecond (65,536 of them). Thread-safe.
class UniqueKeyGenerator {
 public:
  /// `client` tells apart the generators of one process. Lifetime: borrows the clock.
  UniqueKeyGenerator(io::Clock& clock, const HostAddress& host, std::uint32_t process,
                     std::uint32_t client);

  std::string Next();

 private:
  std::uint32_t MonthMillis(WallTime now);

  io::Clock& clock_;
  std::array<std::uint8_t, 22> prefix_{};  ///< Address, process, client.
  std::size_t prefix_bytes_ = 0;
  std::atomic<std::uint16_t> counter_{0};
  Mutex mutex_;
  WallTime month_start_ GUARDED_BY(mutex_){};
  WallTime month_end_ GUARDED_BY(mutex_){};
};

}  // namespace tidemark

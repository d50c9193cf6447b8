// SPDX-License-Identifier: Apache-2.0
#pragma once

// RocketMQ's record as a limit leg writes and checks it: only what the benchmarks' messages have.
// That the bytes are those of the store is checked in every run (encoding_check.h).

#include <cstddef>
#include <cstdint>

#include "tidemark/message.h"

namespace tidemark::bench {

struct PlainPlace {
  std::int64_t log_offset = 0;
  std::int64_t queue_offset = 0;
  std::int64_t time_ms = 0;
};

std::size_t PlainRecordBytes(const Message& message);

/// The CRC-32 that the record of `message` holds.
std::uint32_t PlainBodyCrc(Bytes body);

/// Writes the record; returns the byte behind it.
std::byte* EncodePlain(const Message& message, std::uint32_t body_crc, const PlainPlace& place,
                       std::byte* out);

/// The size that the record at `at` tells.
std::int32_t PlainSizeAt(const std::byte* at);

/// Whether the record at `at`, all of which is there, has its magic and its CRC.
bool CheckPlain(const std::byte* at);

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

// The body of a batch: messages one after the other, integers big-endian:
//   i32 size      of the message, this field included
//   i32 magic, i32 CRC of the body        zeroes; nobody looks
//   i32 flag
//   i32 b, b bytes body
//   i16 p, p bytes properties

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark::remoting {

/// One message of a batch. Borrows its parts.
struct BatchEntry {
  std::int32_t flag = 0;
  Bytes body;
  std::string_view properties;  ///< Encoded as in records; the last 0x02 may be missing.
};

inline constexpr std::size_t kBatchEntriesMax = 1024;

/// The messages of a batch, in order; they lie in `body`. Errors: kInvalidArgument (a length that
/// does not fit, no message, more than `entries_max`).
Result<std::vector<BatchEntry>> DecodeBatchBody(Bytes body,
                                                std::size_t entries_max = kBatchEntriesMax);

/// Errors: kInvalidArgument (properties above 32,767 bytes, or more than 2 GiB in all).
Result<std::string> EncodeBatchBody(const std::vector<BatchEntry>& entries);

}  // namespace tidemark::remoting

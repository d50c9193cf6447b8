// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "src/config/java_checkpoint.h"
#include "src/segment/segmented_file.h"
#include "tidemark/types.h"

namespace tidemark {

/// The store time of a record as RocketMQ reads it at a segment's start: by magic and position
/// only. None: no record. `record` has at least kJavaStoreTimeBytes.
inline constexpr std::size_t kJavaStoreTimeBytes = 76;
std::optional<WallTime> JavaStoreTime(std::span<const std::byte> record);

/// Where RocketMQ starts to read a log whose broker was killed: at the last segment whose first
/// record is not younger than what `checkpoint` vouches for, less three seconds.
/// (DefaultMessageStore.recoverAbnormally, without messageIndexSafe.)
Result<LogOffset> JavaStartAfterCrash(SegmentedFile& segments, const JavaCheckpoint& times);

/// After a clean stop: at the last segment that begins at or below the end of the highest indexed
/// record. (recoverNormally of 5.3.2 and later.)
LogOffset JavaStartAfterStop(const SegmentedFile& segments, std::optional<LogOffset> queues_end);

}  // namespace tidemark

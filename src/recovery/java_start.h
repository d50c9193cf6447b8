// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "src/segment/segmented_file.h"
#include "tidemark/types.h"

namespace tidemark {

/// The times in RocketMQ's `checkpoint` file: up to when each structure is on the device.
struct JavaTimes {
  WallTime log{};
  WallTime queues{};
  WallTime index{};
};

/// Zeroes when the file is not there.
Result<JavaTimes> ReadJavaTimes(io::FileSystem& files, const std::filesystem::path& root);

/// Durable when it returns; what else the file holds stays.
Status WriteJavaTimes(io::FileSystem& files, const std::filesystem::path& root,
                      const JavaTimes& times);

/// The store time of a record as RocketMQ reads it at a segment's start: by magic and position
/// only. None: no record. `record` has at least kJavaStoreTimeBytes.
inline constexpr std::size_t kJavaStoreTimeBytes = 76;
std::optional<WallTime> JavaStoreTime(std::span<const std::byte> record);

/// Where RocketMQ starts to read a log whose broker was killed: at the last segment whose first
/// record is not younger than what `checkpoint` vouches for, less three seconds.
/// (DefaultMessageStore.recoverAbnormally, without messageIndexSafe.)
Result<LogOffset> JavaStartAfterCrash(SegmentedFile& segments, const JavaTimes& times);

/// After a clean stop: at the last segment that begins at or below the end of the highest indexed
/// record. (recoverNormally of 5.3.2 and later.)
LogOffset JavaStartAfterStop(const SegmentedFile& segments, std::optional<LogOffset> queues_end);

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "src/io/io.h"
#include "tidemark/types.h"

namespace tidemark {

/// RocketMQ's file `checkpoint`: up to when each structure is on the device. Only what *is* there
/// may be written: a broker skips what it thinks was done.
struct JavaCheckpoint {
  WallTime log_time{};         ///< physicMsgTimestamp
  WallTime queues_time{};      ///< logicsMsgTimestamp
  WallTime index_time{};       ///< indexMsgTimestamp
  LogOffset master_flushed{};  ///< masterFlushedOffset (5.x, high availability)
  LogOffset confirmed{};       ///< confirmPhyOffset (5.1 and later)

  /// All zero when the file is missing or too short to hold a field.
  static Result<JavaCheckpoint> Read(io::FileSystem& files, const std::filesystem::path& path);
  /// Durable when it returns; old or new, never half. Bytes behind the fields stay.
  Status Write(io::FileSystem& files, const std::filesystem::path& path) const;

  friend bool operator==(const JavaCheckpoint&, const JavaCheckpoint&) = default;
};

}  // namespace tidemark

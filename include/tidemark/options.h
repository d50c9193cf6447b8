// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/io.h"
#include "tidemark/types.h"

namespace tidemark {

enum class LogLevel : std::uint8_t { kInfo, kWarning, kError };

/// Receives what the store has to say; called from any of its threads, never under a lock.
using Logger = std::function<void(LogLevel, std::string_view)>;

/// When a record shows up to readers, waits and bounds.
enum class VisibleWhen : std::uint8_t {
  /// At once. A power cut, and a killed process too, may take back what a reader saw.
  kPublished,
  /// When it is handed to the kernel: nobody sees what a killed process could take back.
  kWritten,
  /// When it is on the device: nobody sees what a power cut could take back.
  kDurable,
};

/// Sizes of the files, as RocketMQ's configuration names them. They must be those the directory
/// was written with. Unset ones come from `broker.conf` in the directory, else from the files
/// themselves, else from the default.
struct FileSizes {
  std::optional<std::int64_t> segment_bytes = {};     ///< mappedFileSizeCommitLog, 1 GiB.
  std::optional<std::int64_t> queue_file_bytes = {};  ///< mappedFileSizeConsumeQueue, 6,000,000.
  /// mapperFileSizeBatchConsumeQueue (sic), 13,800,000: of the queues of BatchCQ topics.
  std::optional<std::int64_t> batch_queue_file_bytes = {};
  std::optional<std::int32_t> index_slots = {};    ///< maxHashSlotNum, 5,000,000.
  std::optional<std::int32_t> index_entries = {};  ///< maxIndexNum, 20,000,000.
};

/// What may be deleted, and when.
struct RetentionOptions {
  /// A segment whose file was last written this long ago is expired (fileReservedTime). Nothing
  /// expires while the wall clock cannot be right: it jumped by more than an hour, or was more than
  /// 180 days ahead of the newest message when the store opened.
  std::chrono::hours age_max{72};
  /// Local hours of the day in which expired segments go (deleteWhen); empty: any time.
  std::vector<int> delete_hours{4};
  /// The log is kept below this size; 0: no limit.
  std::int64_t log_bytes_max = 0;
  /// Above this share of the disk expired segments go at any hour (diskMaxUsedSpaceRatio).
  double disk_ratio_expire = 0.75;
  /// Above this share unexpired ones go too, oldest first (diskSpaceCleanForciblyRatio).
  double disk_ratio_force = 0.85;
  /// Above this share appends are refused (diskSpaceWarningLevelRatio).
  double disk_ratio_refuse = 0.90;
  /// Pause between two deleted files, so that the file system is never kept busy for long.
  std::chrono::milliseconds pause{100};
  /// Off: nothing is deleted except by Store::DeleteBefore and Store::DeleteExpired.
  bool automatic = true;
};

/// Who runs flushing, preparing, checkpoints and retention.
enum class Background : std::uint8_t {
  kThreads,  ///< Two threads of the store's own.
  kCaller,   ///< Nobody but Store::DoBackgroundWork: for event loops and simulations.
};

enum class Role : std::uint8_t {
  kPrimary,  ///< Append works.
  kReplica,  ///< Only AppendReplica works.
};

/// Options of a store. Defaults suit a service that embeds one store. The largest value of a
/// duration means never, of a bound in bytes that there is none.
struct StoreOptions {
  /// Make a directory that is not there, or is empty, into a store.
  bool create_if_missing = true;

  /// See the store as recovery would leave it, and write nothing at all: changes stay in memory.
  bool read_only = false;

  FileSizes sizes = {};

  VisibleWhen visible_when = VisibleWhen::kPublished;
  Role role = Role::kPrimary;
  Background background = Background::kThreads;

  /// One bound on what the store keeps in memory for messages: tail, cache and pinned views. At
  /// least 256 KiB; a record, or a batch as a whole, may take a quarter of it, and a batch no more
  /// than two of the largest messages and half of `unsynced_bytes_max`.
  std::int64_t memory_bytes_max = 256 << 20;
  /// The largest body (maxMessageSize).
  std::int32_t message_bytes_max = 4 << 20;

  /// kMemory: appended bytes not yet handed to the kernel. A killed process loses at most these.
  std::int64_t write_behind_bytes_max = 4 << 20;
  /// kMemory, kKernel: acknowledged bytes that a power cut may take at most.
  std::int64_t unsynced_bytes_max = 4 << 20;
  /// kMemory, kKernel: how long ago the acknowledgements may be that a power cut takes.
  std::chrono::milliseconds sync_interval{500};

  /// How long Append waits before it answers kDeadlineExceeded (or, if nothing was appended,
  /// kResourceExhausted).
  std::chrono::milliseconds append_timeout{5000};

  /// A checkpoint is taken when the log grew by this much since the last one, which bounds what a
  /// recovery reads.
  std::int64_t checkpoint_log_bytes = 256 << 20;
  /// And at the latest this long after a change.
  std::chrono::milliseconds checkpoint_interval{5000};

  RetentionOptions retention = {};

  /// Stored in every record and part of offset message ids. Default: 127.0.0.1:10911.
  std::optional<HostAddress> store_host = {};

  /// Write the __CRC32# property over the whole record (enabledAppendPropCRC); Java brokers before
  /// 5.2 take it for an unknown property.
  bool record_crc_property = false;
  /// Show messages that name light queues in their property INNER_MULTI_DISPATCH
  /// ("%LMQ%a,%LMQ%b") in each of these, too: read them as queue 0 of the topic "%LMQ%a"
  /// (enableLmq with enableMultiDispatch). Unset: as `broker.conf` in the directory says, else off,
  /// as in RocketMQ: then the property means nothing. Queues that are there are kept and read
  /// either way.
  std::optional<bool> light_queues = {};
  /// Build the key index (messageIndexEnable).
  bool index = true;

  io::Path io_path = io::Path::kAuto;
  /// Default: this computer, reached by `io_path`.
  std::shared_ptr<io::Machine> machine = {};
  /// Default: warnings and errors to standard error.
  Logger logger = {};
};

}  // namespace tidemark

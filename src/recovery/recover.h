// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "src/config/deleted_topics.h"
#include "src/consumequeue/batch_queues.h"
#include "src/consumequeue/queue_table.h"
#include "src/index/key_index.h"
#include "src/recovery/geometry.h"
#include "src/recovery/log_end.h"
#include "src/recovery/sidecar.h"
#include "src/recovery/trust.h"
#include "src/segment/segmented_file.h"
#include "tidemark/options.h"
#include "tidemark/store.h"

namespace tidemark {

/// What recovery hands to the engine: a store whose log ends at a whole record, whose queues and
/// index hold exactly its records, and whose `abort` says that we have it.
struct RecoveredStore {
  std::unique_ptr<io::File> lock;  ///< Keeps the directory ours while it lives.
  Geometry geometry;
  bool light_queues = false;  ///< StoreOptions::light_queues, completed by `broker.conf`.
  std::unique_ptr<Sidecar> sidecar;
  std::unique_ptr<SegmentedFile> segments;
  std::unique_ptr<QueueTable> queues;
  std::unique_ptr<BatchQueueTable> batch_queues;
  std::unique_ptr<KeyIndex> index;      ///< Null when the index is off.
  DeletedTopics deleted_topics;         ///< Their messages are hidden in `queues`.
  bool deleted_topics_changed = false;  ///< Since they were read from their file.
  Id store_id{};
  Id run_id{};
  LogOffset end{};
  WallTime last_store_time{};
  std::int64_t unsynced_bytes_max = 0;  ///< What this run promised its next recovery.
  RecoveryReport report;
};

struct RecoveryOptions {
  StoreOptions store;
  /// What to do where whole records lie behind a damaged place: refuse, or cut there as Java does
  /// (a copy of what is cut is kept).
  bool cut_at_damage = false;
  /// Go Java's way even where the sidecar could be trusted.
  bool ignore_sidecar = false;
  /// Build queues and index anew from the whole log, whatever the files say.
  bool rebuild = false;
  std::int64_t unsynced_bytes_max = 0;  ///< Of the run that begins.
  Progress progress;
};

/// Recovers the store in `root`; see docs/architecture.md. Can be repeated after a crash at any
/// step. Errors: as Store::Open.
/// `budget` outlives what is returned.
Result<RecoveredStore> Recover(io::Machine& machine, const std::filesystem::path& root,
                               MemoryBudget& budget, const RecoveryOptions& options);

}  // namespace tidemark

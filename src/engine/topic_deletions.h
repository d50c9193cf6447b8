// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "src/base/mutex.h"
#include "src/commitlog/commit_log.h"
#include "src/config/config_file.h"
#include "src/config/deleted_topics.h"
#include "src/engine/sequencer.h"
#include "src/recovery/recover.h"

namespace tidemark {

/// Deletes topics by hiding what their queues hold: a queue keeps its units and its numbering for
/// as long as the log has the records, so that recovery, a rebuild, a replica and a Java broker all
/// find the same queue, and a topic that is made again goes on at its old maximum. Thread-safe.
class TopicDeletions {
 public:
  TopicDeletions(io::FileSystem& files, const std::filesystem::path& root, RecoveredStore& store,
                 CommitLog& log, Sequencer& sequencer)
      : queues_(*store.queues),
        batch_queues_(*store.batch_queues),
        log_(log),
        sequencer_(sequencer),
        file_(files, root, DeletedTopics::kFileName),
        deleted_(std::move(store.deleted_topics)),
        changed_(store.deleted_topics_changed) {}

  /// Hides all messages of the topic that have a place in the log by now. A crash before the return
  /// may undo it. The queues of a BatchCQ topic go at once, with their files: a Java broker would
  /// not start with the files of a topic that it does not know. Errors: as flushing the log and
  /// saving the file; it can be repeated.
  Status Delete(std::string_view topic);

  /// Forgets what retention made needless; saves if there was something.
  Status Update();

 private:
  QueueTable& queues_;
  BatchQueueTable& batch_queues_;
  CommitLog& log_;
  Sequencer& sequencer_;
  Mutex mutex_;
  ConfigFile file_ GUARDED_BY(mutex_);
  DeletedTopics deleted_ GUARDED_BY(mutex_);
  bool changed_ GUARDED_BY(mutex_);
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/container/flat_hash_map.h>

#include "src/consumequeue/batch_queues.h"
#include "src/format/check.h"
#include "src/inspect/findings.h"
#include "src/recovery/recover.h"

namespace tidemark {

/// Whether the queues of BatchCQ topics hold exactly the units of the log's records: record by
/// record in log order, then Finish. Thread-bound.
class BatchQueueCheck {
 public:
  /// `queues`: those to check; `store` tells which topics are BatchCQ, or were.
  BatchQueueCheck(BatchQueueTable& queues, const RecoveredStore& store, LogOffset log_min,
                  Findings& findings, VerifyReport& report)
      : queues_(queues), store_(store), log_min_(log_min), findings_(findings), report_(report) {}

  /// False: the record belongs to a topic of the usual kind.
  Result<bool> Record(const Checked& checked);
  Status Finish();

 private:
  BatchQueueTable& queues_;
  const RecoveredStore& store_;
  const LogOffset log_min_;
  Findings& findings_;
  VerifyReport& report_;
  const DelayLevels levels_;
  /// The messages of the records met.
  absl::flat_hash_map<const BatchQueue*, std::int64_t> messages_;
  std::uint64_t wrong_ = 0;
};

}  // namespace tidemark

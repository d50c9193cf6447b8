// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/rows.h"

namespace tidemark::bench {

Scale Scale::Of(Kind kind) {
  Scale scale;
  scale.kind = kind;
  if (kind == Kind::kQuick) {
    scale.rounds = 3;
    scale.cold_bytes = 256 << 20;
  }
  if (kind == Kind::kSmoke) {
    scale.rounds = 1;
    scale.leg_seconds = 0.001;
    scale.warm_up = false;
    scale.burst_bytes = 256 << 10;
    scale.tail_bytes = 64 << 10;
    scale.cold_bytes = 1 << 20;
    scale.queues_max = 20;
    scale.sizes = {.segment_bytes = 4 << 20,
                   .queue_file_bytes = 2000,
                   .index_slots = 1000,
                   .index_entries = 4000};
  }
  return scale;
}

std::vector<Row> AllRows(const Scale& scale) {
  std::vector<Row> rows;
  AddMemoryRows(scale, rows);
  AddDurableRows(scale, rows);
  AddMemorySizeRows(scale, rows);
  AddDurableSizeRows(scale, rows);
  AddTailRows(scale, rows);
  AddGetRows(scale, rows);
  AddQueueRows(scale, rows);
  AddOpenRows(scale, rows);
  AddRecoveryRows(scale, rows);
  return rows;
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "benchmarks/memory_append.h"
#include "benchmarks/rows.h"

namespace tidemark::bench {

void AddQueueRows(const Scale& scale, std::vector<Row>& rows) {
  for (const std::int64_t queues : {1000, 10'000, 50'000}) {
    Row row{.name = fmt::format("S1/{}", queues),
            .title = fmt::format("append to memory, 1 KiB, over {} queues", queues),
            .target = {.ratio_min = 0.8}};
    const MemoryLoad many{.queues = std::min(queues, scale.queues_max)};
    AddLegs(
        row, "Tidemark with 1 queue", [=] { return MakeMemoryAppend(scale, {.queues = 1}); },
        [=] { return MakeMemoryAppend(scale, many); });
    rows.push_back(std::move(row));
  }
}

}  // namespace tidemark::bench

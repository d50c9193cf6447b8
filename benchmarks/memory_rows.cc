// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "benchmarks/memory_append.h"
#include "benchmarks/rows.h"

namespace tidemark::bench {
namespace {

Row MemoryRow(const Scale& scale, std::string name, std::string title, double target,
              const MemoryLoad& ours, int limit_threads) {
  Row row{.name = std::move(name), .title = std::move(title), .target = {.ratio_min = target}};
  MemoryLoad limit = ours;
  limit.threads = limit_threads;
  AddLegs(
      row, limit_threads == 1 ? "encode, CRC, copy" : "reserve, encode, CRC, copy; 2 threads",
      [=] { return MakeMemoryLimit(scale, limit); }, [=] { return MakeMemoryAppend(scale, ours); });
  return row;
}

}  // namespace

void AddMemoryRows(const Scale& scale, std::vector<Row>& rows) {
  rows.push_back(
      MemoryRow(scale, "E1", "append to memory, 1 KiB, 1 thread", 0.5, {.threads = 1}, 1));
  for (const int threads : {2, 8}) {
    rows.push_back(MemoryRow(scale, fmt::format("E2/{}", threads),
                             fmt::format("append to memory, 1 KiB, {} threads", threads), 0.6,
                             {.threads = threads}, 2));
  }
}

void AddMemorySizeRows(const Scale& scale, std::vector<Row>& rows) {
  struct Size {
    const char* name;
    std::size_t bytes;
    double target;
  };
  for (const Size& size : {Size{"100 B", 100, 0.5}, {"4 KiB", 4096, 0.8}, {"64 KiB", 65536, 0.8}}) {
    rows.push_back(MemoryRow(scale, fmt::format("E5/memory-{}", size.bytes),
                             fmt::format("append to memory, {}, 1 thread", size.name), size.target,
                             {.body_bytes = size.bytes}, 1));
  }
}

}  // namespace tidemark::bench

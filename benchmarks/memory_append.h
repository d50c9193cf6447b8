// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "benchmarks/messages.h"
#include "benchmarks/row.h"

namespace tidemark::bench {

/// What is appended to memory, and by how many threads.
struct MemoryLoad {
  std::size_t body_bytes = 1024;
  int threads = 1;
  std::int64_t queues = 16;
};

/// Tidemark: bursts of asynchronous appends, flushed between two bursts, untimed.
std::unique_ptr<Leg> MakeMemoryAppend(const Scale& scale, const MemoryLoad& load);

/// The limit: the same records encoded one behind the other into memory that is there, with their
/// CRC; each thread takes its place by one atomic addition.
std::unique_ptr<Leg> MakeMemoryLimit(const Scale& scale, const MemoryLoad& load);

}  // namespace tidemark::bench

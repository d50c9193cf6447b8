// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the row files give AllRows.

#include <vector>

#include "benchmarks/row.h"

namespace tidemark::bench {

/// E1 and E2.
void AddMemoryRows(const Scale& scale, std::vector<Row>& rows);
/// E3 and E4.
void AddDurableRows(const Scale& scale, std::vector<Row>& rows);
/// E5, to memory and until the device.
void AddMemorySizeRows(const Scale& scale, std::vector<Row>& rows);
void AddDurableSizeRows(const Scale& scale, std::vector<Row>& rows);
/// E7.
void AddTailRows(const Scale& scale, std::vector<Row>& rows);
/// E8.
void AddGetRows(const Scale& scale, std::vector<Row>& rows);
/// S1: appends to many queues.
void AddQueueRows(const Scale& scale, std::vector<Row>& rows);
/// S4.
void AddOpenRows(const Scale& scale, std::vector<Row>& rows);
/// S5.
void AddRecoveryRows(const Scale& scale, std::vector<Row>& rows);

/// The child process of S5: fills a store with `bytes` of records, says so on standard output, and
/// waits to be killed. Returns the exit code if it could not.
int RunCrashChild(const std::filesystem::path& directory, std::int64_t bytes, const Scale& scale);

}  // namespace tidemark::bench

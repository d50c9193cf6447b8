// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tidemark::bench {

/// Counters of this process since it began, as the kernel has them.
struct Counters {
  double cpu_seconds = 0;
  std::uint64_t faults = 0;    ///< Pages that the kernel had to bring, from memory or device.
  std::uint64_t switches = 0;  ///< Threads that went to sleep or were made to wait.
  /// From /proc/self/io; empty where the kernel has no such file.
  std::optional<std::uint64_t> written_bytes = {};
  std::optional<std::uint64_t> write_calls = {};  ///< write, pwrite and their kin.
  std::optional<std::uint64_t> read_calls = {};
};

Counters CountersNow();

/// What a run used. Time, CPU, faults and switches: of the stretches between Start and Stop. Bytes
/// and calls: of the whole run, what was written behind included.
struct Usage {
  double seconds = 0;
  double cpu_seconds = 0;
  double faults = 0;
  double switches = 0;
  std::optional<double> written_bytes = {};
  std::optional<double> write_calls = {};
  std::optional<double> read_calls = {};
  std::optional<double> syncs = {};  ///< Of the log; only legs that know.
};

/// Thread-bound; counts all threads of the process.
class Meter {
 public:
  Meter();
  void Start();
  void Stop();
  double seconds() const { return usage_.seconds; }
  /// The run is over.
  Usage Finish();

 private:
  const Counters whole_;
  Counters began_;
  std::chrono::steady_clock::time_point began_at_;
  Usage usage_ = {};
};

}  // namespace tidemark::bench

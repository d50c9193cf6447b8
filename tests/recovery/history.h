// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/simulated_machine.h"
#include "tidemark/store.h"

namespace tidemark::test {

/// What a script did to a store, in log order, and was told.
struct History {
  struct Entry {
    std::int32_t queue = 0;
    std::string body = {};
    int batch = -1;  ///< Entries with one number are all there or none.
    std::optional<Durability> acknowledged = {};
    LogOffset end = {};                             ///< Of the record; known when acknowledged.
    std::chrono::nanoseconds acknowledged_at = {};  ///< Monotonic.
  };
  std::vector<Entry> entries;
  int batches = 0;
  std::chrono::nanoseconds now{};  ///< When the script last did something.
  LogOffset deleted_to{};          ///< Segments that end at or below may be gone.
  Status wrong;                    ///< A call failed though nothing had happened to the machine.
  /// What group "g" acknowledged, by queue; offsets.
  std::map<std::int32_t, std::set<QueueOffset>> consumed;
  /// With VisibleWhen::kDurable: the largest end of each queue that anybody saw.
  std::map<std::int32_t, QueueOffset> seen;
};

std::string KeyOf(std::size_t entry);
std::string BodyOf(std::size_t entry, std::size_t bytes);

/// Appends to topic "t" of a store and notes it. Thread-bound; outlives the store. Each call
/// returns whether the store still works.
class Script {
 public:
  Script(simulation::SimulatedMachine& machine, History& history)
      : machine_(machine), history_(history) {}

  bool Append(Store& store, std::int32_t queue, std::size_t bytes, Durability until);
  /// The acknowledgement may come at any later call.
  bool AppendAsync(Store& store, std::int32_t queue, std::size_t bytes, Durability until);
  /// To queues 0 and 1 in turn.
  bool AppendBatch(Store& store, std::size_t count, Durability until);

 private:
  std::size_t Add(std::int32_t queue, std::size_t bytes, int batch);
  void Acknowledge(std::size_t entry, Durability until, const AppendResult& at);

  simulation::SimulatedMachine& machine_;
  History& history_;
};

/// Reads everything that is left of topic "t" after a crash: it must be what the history promises,
/// and nothing else. `killed`: the process died, the machine did not. Returns how many entries of
/// the history are in the log, with those that retention deleted.
Result<std::size_t> CheckStore(Store& store, const History& history, bool killed);

}  // namespace tidemark::test

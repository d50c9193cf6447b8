// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/container/flat_hash_map.h>

#include <set>
#include <string>
#include <vector>

#include "src/consumequeue/queue_table.h"
#include "src/format/check.h"
#include "src/inspect/findings.h"

namespace tidemark {

/// Whether the queues hold exactly the units of the log's records: record by record in log order,
/// then Finish. Memory: some hundred bytes a queue. Thread-bound.
class QueueCheck {
 public:
  /// The log's records lie in [log_min, log_end).
  QueueCheck(QueueTable& queues, LogOffset log_min, LogOffset log_end, Findings& findings,
             VerifyReport& report);

  Status Record(const Checked& checked);
  /// [from, to) of the log is damaged: units that point there are of lost messages.
  void Hole(LogOffset from, LogOffset to);
  Status Finish();

 private:
  struct State {
    QueueOffset next{};  ///< Units before it are checked.
    QueueOffset window_start{};
    std::vector<Unit> window;
  };

  Status OneUnit(TopicQueue name, QueueOffset offset, const Unit& expected);
  /// Units [from, to) belong to no record that was met.
  Status Orphans(ConsumeQueue& queue, State& state, QueueOffset from, QueueOffset to);
  Result<Unit> UnitAt(ConsumeQueue& queue, State& state, QueueOffset offset);
  bool InHole(LogOffset offset) const;
  Finding MakeFinding(const ConsumeQueue& queue, QueueOffset offset, std::string text) const;

  QueueTable& queues_;
  const LogOffset log_min_;
  const LogOffset log_end_;
  Findings& findings_;
  VerifyReport& report_;
  const DelayLevels levels_;
  std::size_t window_units_;
  absl::flat_hash_map<const ConsumeQueue*, State> states_;
  std::vector<std::pair<LogOffset, LogOffset>> holes_;
  std::set<std::string> missing_queues_;
  std::uint64_t missing_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t orphans_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace tidemark

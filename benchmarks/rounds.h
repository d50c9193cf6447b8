// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/row.h"
#include "benchmarks/statistics.h"

namespace tidemark::bench {

/// What a leg used for one unit of work: the median of its rounds.
struct UnitCost {
  double cpu_us = 0;
  double faults = 0;
  double switches = 0;
  std::optional<double> written_bytes = {};
  std::optional<double> write_calls = {};
  std::optional<double> read_calls = {};
  std::optional<double> syncs = {};
};

struct LegResult {
  Role role = Role::kOurs;
  std::string what = {};
  std::string note = {};
  std::vector<double> rates = {};  ///< Units a second, of each round.
  Spread rate = {};
  UnitCost cost = {};
};

struct RowResult {
  std::string name = {};
  std::string title = {};
  std::string unit = {};
  Target target = {};
  double timed = 0;
  std::vector<LegResult> legs = {};
  Spread figure = {};                   ///< ours / limit, the median of the rounds' ratios.
  Spread copy = {};                     ///< ours / copy, the same way.
  std::optional<Spread> straight = {};  ///< limit / straight loop, where there is such a leg.
  std::string error = {};               ///< Why the row has no figures.

  const LegResult* Find(Role role) const;
  /// Seconds for `timed` units.
  double SecondsOf(const LegResult& leg) const { return timed / leg.rate.median; }
  bool met() const;
  /// The machine held still: ours and its copy are within 5 %.
  bool steady() const;
  /// The limit leg did not reach 0.95 of the straight loop: the figure means nothing.
  bool is_void() const { return straight.has_value() && straight->median < 0.95; }
};

/// Runs the legs of a row in turn, another one first each round, in folders of `directory` that are
/// removed afterwards.
RowResult RunRow(const Row& row, const Scale& scale, const std::filesystem::path& directory);

std::string_view ToString(Role role);

}  // namespace tidemark::bench

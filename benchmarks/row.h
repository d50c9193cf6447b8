// SPDX-License-Identifier: Apache-2.0
#pragma once

// A row is one piece of work done by several legs: the limit (the least that this machine needs for
// it, written as plainly as possible), ours, a copy of ours, and, where somebody adds them, peers.
// A row's figure is ours / limit, as rates.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/meter.h"
#include "tidemark/options.h"
#include "tidemark/status.h"

namespace tidemark::bench {

/// How much is done.
struct Scale {
  enum class Kind : std::uint8_t { kFull, kQuick, kSmoke };
  Kind kind = Kind::kFull;
  int rounds = 9;
  double leg_seconds = 0.5;  ///< A leg's timed stretches in a round take at least so long.
  bool warm_up = true;
  std::int64_t burst_bytes = 256 << 20;  ///< Appended to memory in one go.
  std::int64_t tail_bytes = 64 << 20;    ///< Records that reads from memory find there.
  std::int64_t cold_bytes = 512 << 20;   ///< Records that cold reads and recovery find on disk.
  std::int64_t queues_max = 50'000;      ///< Rows with more queues make do with so many.
  FileSizes sizes = {};

  static Scale Of(Kind kind);
};

/// What a leg did in a round.
struct Sample {
  double work = 0;  ///< In the row's unit.
  Usage usage = {};
};

/// One contestant in one row. Thread-bound.
class Leg {
 public:
  virtual ~Leg() = default;
  /// Once, before the warm-up; not timed. `directory` is empty, and the leg's own.
  virtual Status SetUp(const std::filesystem::path& directory) = 0;
  /// A round: works until its timed stretches add up to `seconds`.
  virtual Result<Sample> Run(double seconds) = 0;
  /// After the last round; not timed.
  virtual Status TearDown() { return {}; }
  /// A sentence for the report, after TearDown.
  virtual std::string Note() const { return {}; }
};

enum class Role : std::uint8_t {
  kLimit,     ///< The physical limit, or in rows that scale something the small case.
  kOurs,      ///< Tidemark.
  kCopy,      ///< Tidemark again: ours / copy is 1.00 if the machine holds still.
  kPeer,      ///< Somebody else.
  kStraight,  ///< The limit without its machinery: the limit must come near, or the row is void.
};

struct LegSpec {
  Role role = Role::kOurs;
  std::string what = {};  ///< A few words.
  std::function<std::unique_ptr<Leg>()> make = {};
};

/// What a row is to reach; whichever is above 0 counts.
struct Target {
  double ratio_min = 0;
  double seconds_max = 0;  ///< For one unit of `Row::timed`.
};

struct Row {
  std::string name = {};   ///< "E3/16".
  std::string title = {};  ///< "durable append, 16 producers".
  std::string unit = "message";
  Target target = {};
  /// When above 0 the report shows seconds for so much work instead of a rate.
  double timed = 0;
  std::vector<LegSpec> legs = {};
};

/// A row of the usual legs: limit, ours and its copy.
template <typename MakeLimit, typename MakeOurs>
void AddLegs(Row& row, std::string limit, MakeLimit make_limit, MakeOurs make_ours) {
  row.legs.push_back({Role::kLimit, std::move(limit), make_limit});
  row.legs.push_back({Role::kOurs, "Tidemark", make_ours});
  row.legs.push_back({Role::kCopy, "Tidemark again", make_ours});
}

/// Every row, in the order of the report.
std::vector<Row> AllRows(const Scale& scale);

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "src/base/status.h"
#include "tests/simulation/image.h"
#include "tests/simulation/simulated_machine.h"

namespace tidemark::simulation {

/// One crash that a check looks at.
struct Crash {
  std::uint64_t operation = 0;  ///< The first operation that did not happen.
  bool killed = false;          ///< The process died; otherwise power went.
  int depth = 0;                ///< 0: the script crashed; n: the check that followed crash n - 1.
  /// Power will go in the middle of this check; its result is not looked at.
  bool interrupted = false;
  std::string replay;  ///< For ReplayFrom.
};

struct ExplorerOptions {
  /// In replay commands; distinct within a test program, no spaces.
  std::string name = "crash";
  MachineOptions machine = {};  ///< Its seed decides everything.
  ImageLimits limits = {};
  std::size_t operations_max = 0;  ///< So many crash points, drawn by seed; 0: every one.
  bool power_cuts = true;
  bool kills = true;
  /// The check itself is crashed, and the check of that, so many levels deep.
  int recovery_depth = 0;
  double recovery_share = 1.0;  ///< The part of images whose checks are crashed.
  std::size_t recovery_operations_max = 6;
  ImageLimits recovery_limits = {4, 6, 2, 6, 4, 40, true};
  /// Digest of what the script, and checks that were crashed since, were promised. When given, an
  /// image that was checked under the same promise is not checked again.
  std::function<std::uint64_t(const Crash&)> promise = nullptr;
  std::size_t failures_max = 1;           ///< Stops after so many.
  std::chrono::milliseconds time_max{0};  ///< Stops after so long; 0: never.
};

struct Failure {
  std::string replay;
  Status status;
};

struct ExplorerReport {
  std::uint64_t operations = 0;  ///< Of the script when nothing stops it.
  std::uint64_t crash_points = 0;
  std::uint64_t checks = 0;
  std::uint64_t distinct_images = 0;
  double seconds = 0;
  std::vector<Failure> failures;

  /// One line with the figures, and one for each failure with the command that replays it.
  std::string ToString() const;
};

/// Runs a script, crashes it at every operation, and shows every image that may be left to a check.
/// Thread-bound. Deterministic when script and check use one thread.
class CrashExplorer {
 public:
  /// Runs on a fresh machine many times: starts by forgetting what an earlier run noted. When a
  /// call fails with kUnavailable the machine is gone: return.
  using Script = std::function<void(SimulatedMachine&)>;
  /// Recovers on the machine and says what is wrong, with what the script noted before the crash.
  /// Reports by its Status: nothing is thrown, since a check that is itself crashed may fail.
  using Check = std::function<Status(SimulatedMachine&, const Crash&)>;

  CrashExplorer(ExplorerOptions options, Script script, Check check);

  /// Prints the report's failures to standard error. When the environment has
  /// TIDEMARK_REPLAY=<a replay of this explorer's name>, does that alone, with a trace.
  ExplorerReport Explore();

  /// Does one crash again, as a Failure or `Crash` named it; returns what the check says.
  /// Errors: kInvalidArgument (not a replay of this script).
  Status ReplayFrom(std::string_view replay);

 private:
  struct Replay;

  bool Done() const;
  void Examine(const SimulatedMachine& crashed, const Image& image, Crash crash);
  void CrashTheCheck(const SimulatedMachine& crashed, const Image& image, const Crash& crash,
                     std::uint64_t operations);
  void ForEachImage(const SimulatedMachine& crashed, const ImageLimits& limits,
                    const std::function<bool(const Image&)>& each) const;
  void Fail(const Crash& crash, Status status);

  const ExplorerOptions options_;
  const Script script_;
  const Check check_;
  ExplorerReport report_;
  std::unordered_set<std::uint64_t> images_;
  std::unordered_set<std::uint64_t> checked_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace tidemark::simulation

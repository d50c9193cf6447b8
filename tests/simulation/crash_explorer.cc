// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/crash_explorer.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

#include "tests/simulation/random.h"

namespace tidemark::simulation {
namespace {

/// Numbers from 1 to `last`: all, or `count` drawn by seed, always with the last.
std::vector<std::uint64_t> Points(std::uint64_t last, std::size_t count, std::uint64_t seed) {
  std::set<std::uint64_t> points;
  if (count == 0 || last <= count) {
    for (std::uint64_t i = 1; i <= last; ++i) points.insert(i);
  } else {
    Random random(Mix(seed) ^ last);
    points.insert(last);
    while (points.size() < count) points.insert(1 + random.Below(last));
  }
  return {points.begin(), points.end()};
}

}  // namespace

// A replay reads "name:seed" and for each crash ":operation/choice".

std::string ExplorerReport::ToString() const {
  std::string text =
      Format("{} operations, {} crash points, {} distinct images, {} checks, {:.2f} s", operations,
             crash_points, distinct_images, checks, seconds);
  for (const Failure& failure : failures) {
    text += Format("\n  {}\n  again: TIDEMARK_REPLAY='{}' <this test>", failure.status.ToString(),
                   failure.replay);
  }
  return text;
}

CrashExplorer::CrashExplorer(ExplorerOptions options, Script script, Check check)
    : options_(std::move(options)), script_(std::move(script)), check_(std::move(check)) {}

bool CrashExplorer::Done() const {
  if (report_.failures.size() >= std::max<std::size_t>(options_.failures_max, 1)) return true;
  return options_.time_max.count() > 0 &&
         std::chrono::steady_clock::now() - start_ >= options_.time_max;
}

void CrashExplorer::Fail(const Crash& crash, Status status) {
  std::fprintf(stderr, "crash check failed: %s\n  again: TIDEMARK_REPLAY='%s' <this test>\n",
               status.ToString().c_str(), crash.replay.c_str());
  report_.failures.push_back({crash.replay, std::move(status)});
}

void CrashExplorer::ForEachImage(const SimulatedMachine& crashed, const ImageLimits& limits,
                                 const std::function<bool(const Image&)>& each) const {
  if (options_.kills) crashed.ForEachKill(limits, each);
  if (options_.power_cuts && !Done()) crashed.ForEachPowerCut(limits, each);
}

ExplorerReport CrashExplorer::Explore() {
  report_ = {};
  images_.clear();
  checked_.clear();
  start_ = std::chrono::steady_clock::now();
  const char* wanted = std::getenv("TIDEMARK_REPLAY");
  if (wanted != nullptr && std::string_view(wanted).starts_with(options_.name + ":")) {
    if (Status status = ReplayFrom(wanted); !status.ok()) {
      report_.failures.push_back({wanted, std::move(status)});
    }
    return report_;
  }
  {
    SimulatedMachine whole(options_.machine);
    script_(whole);
    report_.operations = whole.operations();
  }
  for (const std::uint64_t point :
       Points(report_.operations + 1, options_.operations_max, options_.machine.seed)) {
    if (Done()) break;
    ++report_.crash_points;
    SimulatedMachine machine(options_.machine);
    machine.PowerOffAt(point);
    script_(machine);
    machine.PowerOff();
    ForEachImage(machine, options_.limits, [&](const Image& image) {
      Crash crash;
      crash.operation = point;
      crash.killed = image.killed;
      crash.replay =
          Format("{}:{}:{}/{}", options_.name, options_.machine.seed, point, image.choice);
      Examine(machine, image, std::move(crash));
      return !Done();
    });
  }
  report_.distinct_images = images_.size();
  report_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return report_;
}

void CrashExplorer::Examine(const SimulatedMachine& crashed, const Image& image, Crash crash) {
  // A page cache that outlives the process is another state than the same bytes on the device.
  const std::uint64_t state = image.hash ^ (image.killed ? Mix(image.disk.pending().size()) : 0);
  images_.insert(state);
  if (options_.promise) {
    const std::uint64_t under =
        Mix(state ^ Mix(options_.promise(crash)) ^ static_cast<unsigned>(crash.depth));
    if (!checked_.insert(under).second) return;
  }
  const auto booted = crashed.Boot(image);
  ++report_.checks;
  try {
    if (Status status = check_(*booted, crash); !status.ok()) {
      Fail(crash, std::move(status));
      return;
    }
  } catch (...) {
    Fail(crash, DataLoss("the check has thrown"));
    throw;
  }
  if (crash.depth < options_.recovery_depth && Random(image.hash).Chance(options_.recovery_share)) {
    CrashTheCheck(crashed, image, crash, booted->operations());
  }
}

void CrashExplorer::CrashTheCheck(const SimulatedMachine& crashed, const Image& image,
                                  const Crash& crash, std::uint64_t operations) {
  for (const std::uint64_t point :
       Points(operations + 1, options_.recovery_operations_max, image.hash)) {
    if (Done()) return;
    const auto machine = crashed.Boot(image);
    machine->PowerOffAt(point);
    Crash interrupted = crash;
    interrupted.interrupted = true;
    (void)check_(*machine, interrupted);
    machine->PowerOff();
    ForEachImage(*machine, options_.recovery_limits, [&](const Image& left) {
      Crash next = crash;
      next.depth = crash.depth + 1;
      next.operation = point;
      next.killed = left.killed;
      next.replay = Format("{}:{}/{}", crash.replay, point, left.choice);
      Examine(*machine, left, std::move(next));
      return !Done();
    });
  }
}

Status CrashExplorer::ReplayFrom(std::string_view replay) {
  const auto malformed = [&] {
    return InvalidArgument("\"{}\" is no replay of \"{}\"", replay, options_.name);
  };
  std::string_view left = replay;
  if (!left.starts_with(options_.name + ":")) return malformed();
  left.remove_prefix(options_.name.size() + 1);
  MachineOptions options = options_.machine;
  options.keep_trace = true;
  const auto number = [&](std::uint64_t& value, char behind) {
    const auto [end, bad] = std::from_chars(left.begin(), left.end(), value);
    if (bad != std::errc() || end == left.end() || *end != behind) return false;
    left.remove_prefix(static_cast<std::size_t>(end - left.begin()) + 1);
    return true;
  };
  if (!number(options.seed, ':')) return malformed();
  auto machine = std::make_unique<SimulatedMachine>(options);
  Crash crash;
  for (bool first = true; !left.empty(); first = false) {
    std::uint64_t point = 0;
    if (!number(point, '/')) return malformed();
    const std::string_view choice = left.substr(0, left.find(':'));
    left.remove_prefix(std::min(choice.size() + 1, left.size()));
    machine->PowerOffAt(point);
    if (first) {
      script_(*machine);
    } else {
      crash.interrupted = true;
      (void)check_(*machine, crash);
      ++crash.depth;
    }
    machine->PowerOff();
    std::fprintf(stderr, "--- to operation %llu, then %.*s\n",
                 static_cast<unsigned long long>(point), static_cast<int>(choice.size()),
                 choice.data());
    for (const std::string& line : machine->Trace()) std::fprintf(stderr, "%s\n", line.c_str());
    TM_ASSIGN_OR_RETURN(const Image image, machine->Choose(choice));
    crash.operation = point;
    crash.killed = image.killed;
    machine = machine->Boot(image);
  }
  crash.interrupted = false;
  crash.replay = std::string(replay);
  Status status = check_(*machine, crash);
  std::fprintf(stderr, "--- the check\n");
  for (const std::string& line : machine->Trace()) std::fprintf(stderr, "%s\n", line.c_str());
  std::fprintf(stderr, "--- says %s\n", status.ToString().c_str());
  return status;
}

}  // namespace tidemark::simulation

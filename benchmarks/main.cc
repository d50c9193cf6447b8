// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "benchmarks/report.h"
#include "benchmarks/rows.h"
#include "benchmarks/scratch.h"
#include "benchmarks/store_leg.h"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t kFreeBytesMin = std::uint64_t{8} << 30;

enum Exit : int {
  kExitOk = 0,
  kExitFailed = 1,  ///< A row failed, or the report could not be written.
  kExitUsage = 2,
};

struct Arguments {
  std::vector<std::string> rows;
  std::string directory = ".";
  std::string json;
  bool quick = false;
  bool smoke = false;
  bool list = false;
  bool markdown = false;
  std::string crash_child;
  std::int64_t crash_bytes = 0;
};

int Fail(int code, const std::string& why) {
  fmt::print(stderr, "tidemark-bench: {}\n", why);
  return code;
}

void AddArguments(CLI::App& app, Arguments& arguments) {
  app.add_option("--row", arguments.rows,
                 "Only this row, or all whose name goes on with a slash: E3, E3/16; repeatable")
      ->type_name("NAME")
      ->take_all()
      ->expected(1);
  app.add_flag("--quick", arguments.quick, "Three rounds instead of nine");
  app.add_flag("--smoke", arguments.smoke, "Every row once and tiny: whether it works at all");
  app.add_flag("--list", arguments.list, "Name the rows and run nothing");
  app.add_flag("--markdown", arguments.markdown, "Print the table and nothing else");
  app.add_option("--json", arguments.json, "Write the whole report there")->type_name("FILE");
  app.add_option("--directory", arguments.directory,
                 "Where stores are made, in a folder that is removed; the disk to be measured")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--crash-child", arguments.crash_child)->group("");
  app.add_option("--crash-bytes", arguments.crash_bytes)->group("");
  app.footer(
      "Exit codes: 0 all rows ran, whatever they reached; 1 a row failed; 2 wrong usage.\n"
      "Let nothing else run meanwhile. docs/benchmarks.md says what each row means.");
}

bool IsWanted(const std::string& row, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
           return row == name || row.starts_with(name + "/");
         });
}

/// The rows that were asked for; empty when one of the names is none.
std::vector<Row> WantedRows(const Scale& scale, const std::vector<std::string>& wanted) {
  std::vector<Row> rows = AllRows(scale);
  for (const std::string& name : wanted) {
    if (std::none_of(rows.begin(), rows.end(),
                     [&](const Row& row) { return IsWanted(row.name, {name}); })) {
      return {};
    }
  }
  std::erase_if(rows, [&](const Row& row) { return !IsWanted(row.name, wanted); });
  return rows;
}

int RunRows(const Arguments& arguments, const Scale& scale, const std::vector<Row>& rows) {
  const Scratch scratch(arguments.directory);
  if (scratch.path().empty()) {
    return Fail(kExitUsage, fmt::format("no folder can be made in {}", arguments.directory));
  }
  std::error_code ignored;
  if (scale.kind != Scale::Kind::kSmoke &&
      std::filesystem::space(scratch.path(), ignored).available < kFreeBytesMin) {
    return Fail(kExitUsage, fmt::format("{} has less than 8 GiB free", arguments.directory));
  }
  if (const Status same = CheckEncoding(scratch.path() / "encoding"); !same.ok()) {
    return Fail(kExitFailed, same.ToString());
  }
  Report report{.scale = scale, .machine = DescribeMachine(scratch.path()), .rows = {}};
  bool failed = false;
  for (const Row& row : rows) {
    RowResult& result = report.rows.emplace_back(RunRow(row, scale, scratch.path() / "row"));
    failed = failed || !result.error.empty();
    fmt::print(stderr, "{:<16} {}\n", result.name,
               result.error.empty() ? fmt::format("{:.2f}", result.figure.median) : result.error);
  }
  if (!arguments.json.empty()) {
    std::ofstream file(arguments.json);
    file << Json(report) << std::flush;
    if (!file) return Fail(kExitFailed, fmt::format("{} could not be written", arguments.json));
  }
  if (arguments.markdown) {
    fmt::print("{}", Table(report.rows));
  } else {
    fmt::print("{}\n{}\n{}", MachineLine(report.machine), Table(report.rows), Remarks(report));
  }
  return failed ? kExitFailed : kExitOk;
}

int Run(int argc, char** argv) {
  CLI::App app("Tidemark beside the physical limit of this machine, in the same run",
               "tidemark-bench");
  Arguments arguments;
  AddArguments(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  const Scale scale = Scale::Of(arguments.smoke   ? Scale::Kind::kSmoke
                                : arguments.quick ? Scale::Kind::kQuick
                                                  : Scale::Kind::kFull);
  if (!arguments.crash_child.empty()) {
    return RunCrashChild(arguments.crash_child, arguments.crash_bytes, scale);
  }
  const std::vector<Row> rows = WantedRows(scale, arguments.rows);
  if (rows.empty()) return Fail(kExitUsage, "no row of such a name; see --list");
  if (!arguments.list) return RunRows(arguments, scale, rows);
  if (arguments.markdown) {
    fmt::print("{}", Table(Unrun(rows)));
  } else {
    for (const Row& row : rows) fmt::print("{:<16} {}\n", row.name, row.title);
  }
  return kExitOk;
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  try {
    return tidemark::bench::Run(argc, argv);
  } catch (const std::exception& error) {
    return tidemark::bench::Fail(tidemark::bench::kExitFailed, error.what());
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "benchmarks/report.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t kColumns = 10;
using Cells = std::array<std::string, kColumns>;

/// "64.1 k".
std::string Scaled(double value) {
  constexpr std::string_view kPrefixes[] = {"", " k", " M", " G"};
  std::size_t prefix = 0;
  while (value >= 1000 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  return fmt::format("{:.{}f}{}", value, value < 10 ? 2 : (value < 100 ? 1 : 0), kPrefixes[prefix]);
}

std::string Speed(const RowResult& row, const LegResult& leg) {
  if (row.timed > 0) return fmt::format("{:.1f} ms", row.SecondsOf(leg) * 1000);
  const std::string scaled = Scaled(leg.rate.median);
  if (row.unit == "byte") return scaled + (scaled.find(' ') == scaled.npos ? " B/s" : "B/s");
  return scaled + "/s";
}

std::string Cost(const RowResult& row, const LegResult& leg) {
  if (row.unit == "byte") return fmt::format("{:.2f} ns", leg.cost.cpu_us * 1000);
  return fmt::format("{:.2f} us", leg.cost.cpu_us);
}

std::string Wanted(const RowResult& row) {
  if (row.target.seconds_max > 0) return fmt::format("<= {:.0f} ms", row.target.seconds_max * 1000);
  return fmt::format(">= {:.2f}", row.target.ratio_min);
}

std::string Written(const LegResult& leg) {
  if (!leg.cost.written_bytes.has_value()) return "-";
  return fmt::format("{:.0f}", *leg.cost.written_bytes);
}

/// Write calls and syncs, as far as they are known.
std::string Calls(const LegResult& leg) {
  const auto figure = [](const std::optional<double>& value) {
    return value.has_value() ? fmt::format("{:.2f}", *value) : std::string("-");
  };
  return figure(leg.cost.write_calls) + "+" + figure(leg.cost.syncs);
}

Cells CellsOf(const RowResult& row) {
  const LegResult* const limit = row.Find(Role::kLimit);
  const LegResult* const ours = row.Find(Role::kOurs);
  if (limit == nullptr || ours == nullptr) {
    return {row.name, row.title, "-", "-", "-", Wanted(row), "-", "-", "-", "-"};
  }
  return {row.name,
          row.title,
          Speed(row, *limit),
          Speed(row, *ours),
          fmt::format("{:.2f} ({:.2f}-{:.2f})", row.figure.median, row.figure.q1, row.figure.q3),
          Wanted(row) + (row.is_void() ? ", void"
                         : row.met()   ? ", met"
                                       : ", missed"),
          fmt::format("{:.2f}{}", row.copy.median, row.steady() ? "" : " !"),
          Cost(row, *limit) + " / " + Cost(row, *ours),
          Written(*limit) + " / " + Written(*ours),
          Calls(*limit) + " / " + Calls(*ours)};
}

std::string Line(const Cells& cells, const std::array<std::size_t, kColumns>& widths) {
  std::string line = "|";
  for (std::size_t i = 0; i < kColumns; ++i) {
    line += fmt::format(" {:<{}} |", cells[i], widths[i]);
  }
  return line + "\n";
}

}  // namespace

std::string Table(const std::vector<RowResult>& rows) {
  const Cells head = {"row",    "work", "limit", "Tidemark",  "Tidemark / limit",
                      "target", "A/A",  "CPU",   "written B", "writes+syncs"};
  std::vector<Cells> lines = {head};
  for (const RowResult& row : rows) lines.push_back(CellsOf(row));
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text = Line(head, widths) + "|";
  for (const std::size_t width : widths) text += std::string(width + 2, '-') + "|";
  text += "\n";
  for (std::size_t i = 1; i < lines.size(); ++i) text += Line(lines[i], widths);
  return text;
}

std::string MachineLine(const Machine& machine) {
  return fmt::format("{}, {} cores, {}, {}; load {:.1f} before the run\n", machine.cpu,
                     machine.cores, machine.kernel, machine.file_system, machine.load);
}

std::string Remarks(const Report& report) {
  std::string text;
  if (report.scale.kind == Scale::Kind::kSmoke) {
    return "A smoke run: everything is tiny, and no figure means anything.\n";
  }
  if (report.scale.kind == Scale::Kind::kQuick) {
    text += fmt::format("A quick run of {} rounds: good for a look, not for a comparison.\n",
                        report.scale.rounds);
  }
  for (const RowResult& row : report.rows) {
    if (!row.error.empty()) {
      text += fmt::format("{} failed: {}\n", row.name, row.error);
    } else if (row.is_void()) {
      text += fmt::format("{} is void: its limit leg reaches {:.2f} of a straight loop.\n",
                          row.name, row.straight->median);
    } else if (!row.steady()) {
      text += fmt::format("{}: the machine did not hold still; two equal legs differ by {:.2f}.\n",
                          row.name, row.copy.median);
    }
  }
  return text;
}

std::vector<RowResult> Unrun(const std::vector<Row>& rows) {
  std::vector<RowResult> unrun;
  for (const Row& row : rows) {
    unrun.push_back({.name = row.name,
                     .title = row.title,
                     .unit = row.unit,
                     .target = row.target,
                     .timed = row.timed});
  }
  return unrun;
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string_view>

#include "benchmarks/report.h"

namespace tidemark::bench {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Number(std::optional<double> value) {
  if (!value.has_value() || !std::isfinite(*value)) return "null";
  return fmt::format("{}", *value);
}

std::string Of(const Spread& spread) {
  return fmt::format(R"({{"median":{},"q1":{},"q3":{}}})", Number(spread.median), Number(spread.q1),
                     Number(spread.q3));
}

std::string Of(const LegResult& leg) {
  std::string rates;
  for (const double rate : leg.rates) rates += (rates.empty() ? "" : ",") + Number(rate);
  return fmt::format(
      R"({{"leg":{},"what":{},"note":{},"rates":[{}],"rate":{},"perUnit":{{"cpuUs":{},)"
      R"("writtenBytes":{},"writeCalls":{},"readCalls":{},"syncs":{},"pageFaults":{},)"
      R"("switches":{}}}}})",
      Quoted(ToString(leg.role)), Quoted(leg.what), Quoted(leg.note), rates, Of(leg.rate),
      Number(leg.cost.cpu_us), Number(leg.cost.written_bytes), Number(leg.cost.write_calls),
      Number(leg.cost.read_calls), Number(leg.cost.syncs), Number(leg.cost.faults),
      Number(leg.cost.switches));
}

std::string Of(const RowResult& row) {
  std::string legs;
  for (const LegResult& leg : row.legs) legs += (legs.empty() ? "\n    " : ",\n    ") + Of(leg);
  const bool ran = row.error.empty();
  return fmt::format(
      R"({{"row":{},"title":{},"unit":{},"timedUnits":{},"target":{{"ratioMin":{},)"
      R"("secondsMax":{}}},"error":{},"figure":{},"copy":{},"straight":{},"met":{},"void":{},)"
      R"("steady":{},"legs":[{}]}})",
      Quoted(row.name), Quoted(row.title), Quoted(row.unit), Number(row.timed),
      Number(row.target.ratio_min), Number(row.target.seconds_max),
      ran ? "null" : Quoted(row.error), ran ? Of(row.figure) : "null", ran ? Of(row.copy) : "null",
      row.straight.has_value() ? Of(*row.straight) : "null", ran && row.met(), row.is_void(),
      ran && row.steady(), legs);
}

std::string_view Name(Scale::Kind kind) {
  switch (kind) {
    case Scale::Kind::kFull:
      return "full";
    case Scale::Kind::kQuick:
      return "quick";
    case Scale::Kind::kSmoke:
      return "smoke";
  }
  return "";
}

}  // namespace

std::string Json(const Report& report) {
  const Machine& machine = report.machine;
  std::string rows;
  for (const RowResult& row : report.rows) rows += (rows.empty() ? "\n  " : ",\n  ") + Of(row);
  return fmt::format(
      R"({{"format":1,"mode":"{}","rounds":{},"legSeconds":{},"machine":{{"cpu":{},"cores":{},)"
      R"("kernel":{},"fileSystem":{},"load":{}}},"rows":[{}]}})"
      "\n",
      Name(report.scale.kind), report.scale.rounds, report.scale.leg_seconds, Quoted(machine.cpu),
      machine.cores, Quoted(machine.kernel), Quoted(machine.file_system), Number(machine.load),
      rows);
}

}  // namespace tidemark::bench

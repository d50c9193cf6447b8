// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "tools/command.h"
#include "tools/json.h"
#include "tools/output.h"
#include "tools/verb.h"

namespace tidemark::tool {
namespace {

const char* KindText(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::kDamage:
      return "damage";
    case Finding::Kind::kDerived:
      return "derived";
    case Finding::Kind::kNote:
      return "note";
  }
  return "";
}

std::string FindingLine(const Finding& finding, bool json) {
  if (json) {
    return JsonLine("finding")
        .Add("severity", KindText(finding.kind))
        .Add("file", finding.file)
        .Add("position", finding.position)
        .Add("text", finding.text)
        .Line();
  }
  std::string where = finding.file;
  if (finding.position >= 0) where += fmt::format(" at byte {}", finding.position);
  if (!where.empty()) where += ": ";
  return fmt::format("{:<8} {}{}\n", KindText(finding.kind), where, finding.text);
}

std::string SummaryLine(const VerifyReport& report, bool json) {
  if (json) {
    return JsonLine("summary")
        .Add("findings", report.findings)
        .Add("damages", report.damages)
        .Add("records", report.records)
        .Add("logBytes", report.log_bytes)
        .Add("units", report.units)
        .Add("indexEntries", report.index_entries)
        .Add("configFiles", report.config_files)
        .Line();
  }
  return fmt::format(
      "checked {} records ({}), {} queue units, {} index entries, {} files in config: {}\n",
      report.records, SizeText(report.log_bytes), report.units, report.index_entries,
      report.config_files,
      report.findings == 0 ? "sound" : fmt::format("{} findings", report.findings));
}

int RunVerify(const CommonArguments& arguments) {
  ProgressBar bar;
  auto options = LookOptions(arguments, bar);
  if (!options.has_value()) return Fail(options.error(), arguments);
  Output out;
  Status told;
  auto report = Verify(arguments.directory, *options, [&](const Finding& finding) {
    if (told.ok()) told = out.Print(FindingLine(finding, arguments.json));
  });
  bar.Clear();
  if (told.ok() && report.has_value()) told = out.Print(SummaryLine(*report, arguments.json));
  if (told.ok()) told = out.Flush();
  if (!report.has_value()) return Fail(report.error(), arguments);
  if (!told.ok()) return Fail(told, arguments);
  return report->findings == 0 ? kExitOk : kExitDamaged;
}

}  // namespace

void AddVerify(CLI::App& store, Chosen& chosen) {
  auto arguments = std::make_shared<CommonArguments>();
  Verb verb(store, "verify",
            "Check every record, queue unit, index entry and configuration; writes nothing",
            *arguments);
  verb.Footer(
      "Exit codes: 0 sound; 1 findings of the kinds damage (messages are hit) or derived (queues, "
      "index or sidecar are wrong, which repair --rebuild mends); 2 it could not be looked at. "
      "Notes do not count.");
  verb.Runs(chosen, [arguments] { return RunVerify(*arguments); });
}

}  // namespace tidemark::tool

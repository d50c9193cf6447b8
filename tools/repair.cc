// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "tools/command.h"
#include "tools/json.h"
#include "tools/output.h"
#include "tools/verb.h"

namespace tidemark::tool {
namespace {

struct Arguments {
  CommonArguments common;
  bool apply = false;
  bool as_java = false;
  bool salvage = false;
  bool rebuild = false;
};

std::string ReportText(const RepairReport& report, bool applied) {
  std::string text;
  if (!report.damage.empty()) text += report.damage + "\n";
  for (const std::string& step : report.steps) text += step + "\n";
  for (const std::string& refused : report.refused) text += "Left out: " + refused + "\n";
  if (report.steps.empty()) {
    text += "nothing to repair: the store opens by itself (verify looks at everything)\n";
  } else if (!applied) {
    text += "Nothing was written: add --apply to do it\n";
  }
  return text;
}

std::string ReportJson(const RepairReport& report, bool applied) {
  return JsonLine("repair")
      .Add("applied", applied)
      .Add("damage", report.damage)
      .Add("maxPhyOffset", ToInt(report.end))
      .Add("cutBytes", report.cut_bytes)
      .Add("recordsBehind", report.behind)
      .Add("salvaged", report.salvaged)
      .Add("refused", report.refused)
      .Add("quarantined", report.quarantine)
      .Add("rebuilt", report.rebuilt)
      .Add("steps", report.steps)
      .Line();
}

int RunRepair(const Arguments& arguments) {
  ProgressBar bar;
  auto look = LookOptions(arguments.common, bar);
  if (!look.has_value()) return Fail(look.error(), arguments.common);
  RepairOptions options;
  options.sizes = look->sizes;
  options.progress = look->progress;
  options.apply = arguments.apply;
  options.salvage = arguments.salvage;
  options.rebuild = arguments.rebuild;
  auto report = Repair(arguments.common.directory, options);
  bar.Clear();
  if (!report.has_value()) return Fail(report.error(), arguments.common);
  Output out;
  Status told = out.Print(arguments.common.json ? ReportJson(*report, arguments.apply)
                                                : ReportText(*report, arguments.apply));
  if (told.ok()) told = out.Flush();
  if (!told.ok()) return Fail(told, arguments.common);
  return report->damage.empty() || arguments.apply ? kExitOk : kExitDamaged;
}

}  // namespace

void AddRepair(CLI::App& store, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  Verb verb(store, "repair",
            "Say what it takes to make a damaged store open again, and with --apply do it",
            arguments->common);
  verb.Flag("--apply", arguments->apply, "Do it; without, nothing is written");
  verb.Flag("--as-java", arguments->as_java,
            "Cut the log at the first damaged record, as a Java broker does (this is the default)");
  verb.FlagWithout("--as-java", "--salvage", arguments->salvage,
                   "After the cut append the whole records behind the damage again, at the end");
  verb.Flag("--rebuild", arguments->rebuild, "Build queues and index anew from the whole log");
  verb.Footer(
      "What is cut off is kept in tidemark/quarantine. Exit codes: 0 nothing to do, or done; 1 "
      "damaged and not yet repaired; 2 the directory could not be looked at.");
  verb.Runs(chosen, [arguments] { return RunRepair(*arguments); });
}

}  // namespace tidemark::tool

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "tidemark/store.h"
#include "tools/command.h"
#include "tools/json.h"
#include "tools/output.h"
#include "tools/verb.h"

namespace tidemark::tool {
namespace {

std::string ReportText(const RecoveryReport& report) {
  std::string text =
      fmt::format("{}; the log ends at {}\nread {} records from log offset {} in {:.3f} s{}\n",
                  report.clean ? "it had been closed properly" : "it had not been closed properly",
                  ToInt(report.end), report.scanned_records, ToInt(report.scanned_from),
                  std::chrono::duration<double>(report.took).count(),
                  report.used_sidecar ? "" : ", by RocketMQ's procedure");
  if (report.cut_bytes > 0) text += fmt::format("cut {} bytes of a torn tail\n", report.cut_bytes);
  if (!report.quarantined.empty()) text += fmt::format("a copy is in {}\n", report.quarantined);
  for (const std::string& note : report.notes) text += note + "\n";
  return text;
}

std::string ReportJson(const RecoveryReport& report) {
  return JsonLine("recovery")
      .Add("clean", report.clean)
      .Add("usedSidecar", report.used_sidecar)
      .Add("scannedFrom", ToInt(report.scanned_from))
      .Add("scannedRecords", report.scanned_records)
      .Add("maxPhyOffset", ToInt(report.end))
      .Add("cutBytes", report.cut_bytes)
      .Add("quarantined", report.quarantined)
      .Add("seconds", std::chrono::duration<double>(report.took).count())
      .Add("notes", report.notes)
      .Line();
}

int RunRecover(const CommonArguments& arguments) {
  auto options = OpenOptions(arguments);
  if (!options.has_value()) return Fail(options.error(), arguments);
  options->create_if_missing = false;
  auto store = Store::Open(arguments.directory, *options);
  if (!store.has_value()) return Fail(store.error(), arguments);
  const RecoveryReport report = (*store)->Recovery();
  Status status = (*store)->Close();
  Output out;
  if (status.ok()) status = out.Print(arguments.json ? ReportJson(report) : ReportText(report));
  if (status.ok()) status = out.Flush();
  return status.ok() ? kExitOk : Fail(status, arguments);
}

}  // namespace

void AddRecover(CLI::App& store, Chosen& chosen) {
  auto arguments = std::make_shared<CommonArguments>();
  Verb verb(store, "recover",
            "Open the store as a program would, recover it, close it, and say what was done",
            *arguments);
  verb.Runs(chosen, [arguments] { return RunRecover(*arguments); });
}

}  // namespace tidemark::tool

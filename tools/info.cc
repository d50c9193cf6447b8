// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "tools/command.h"
#include "tools/json.h"
#include "tools/output.h"
#include "tools/verb.h"

namespace tidemark::tool {
namespace {

std::string InfoJson(const StoreSummary& summary, const std::vector<QueueInfo>& queues) {
  std::int64_t messages = 0;
  for (const QueueInfo& queue : queues) messages += queue.bounds.max - queue.bounds.min;
  const RecoveryReport& recovery = summary.recovery;
  return JsonLine("info")
      .Add("aborted", summary.aborted)
      .Add("usesSidecar", recovery.used_sidecar)
      .Add("minPhyOffset", ToInt(summary.min))
      .Add("maxPhyOffset", ToInt(summary.max))
      .Add("queues", queues.size())
      .Add("messagesInQueues", messages)
      .Add("mappedFileSizeCommitLog", summary.segment_bytes)
      .Add("mappedFileSizeConsumeQueue", summary.queue_file_bytes)
      .Add("maxHashSlotNum", summary.index_slots)
      .Add("maxIndexNum", summary.index_entries)
      .Add("cutBytes", recovery.cut_bytes)
      .Add("damage", recovery.damage)
      .Add("notes", recovery.notes)
      .Line();
}

std::string InfoText(const StoreSummary& summary, const std::vector<QueueInfo>& queues) {
  std::int64_t messages = 0;
  for (const QueueInfo& queue : queues) messages += queue.bounds.max - queue.bounds.min;
  const RecoveryReport& recovery = summary.recovery;
  std::string text;
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<16} {}\n", name, value);
  };
  row("state", summary.aborted ? "not closed properly; shown as recovery would leave it"
                               : "closed properly");
  row("log", fmt::format("{} .. {} ({})", ToInt(summary.min), ToInt(summary.max),
                         SizeText(summary.max - summary.min)));
  row("queues", fmt::format("{}, {} messages", queues.size(), messages));
  row("segments", fmt::format("{} bytes each", summary.segment_bytes));
  row("queue files", fmt::format("{} bytes each", summary.queue_file_bytes));
  row("index files",
      fmt::format("{} slots, {} entries each", summary.index_slots, summary.index_entries));
  row("checkpoint", recovery.used_sidecar ? "Tidemark's own" : "RocketMQ's");
  if (recovery.cut_bytes > 0 && recovery.damage.empty()) {
    row("torn tail", fmt::format("{} bytes would be cut off", recovery.cut_bytes));
  }
  for (const std::string& note : recovery.notes) row("note", note);
  return text;
}

int RunInfo(const CommonArguments& arguments) {
  ProgressBar bar;
  auto options = LookOptions(arguments, bar);
  if (!options.has_value()) return Fail(options.error(), arguments);
  auto store = Inspection::Open(arguments.directory, *options);
  if (!store.has_value()) return Fail(store.error(), arguments);
  bar.Clear();
  const StoreSummary& summary = (*store)->summary();
  const auto queues = (*store)->Queues();
  Output out;
  Status status = out.Print(arguments.json ? InfoJson(summary, queues) : InfoText(summary, queues));
  if (status.ok()) status = out.Flush();
  if (status.ok() && !summary.recovery.damage.empty()) {
    status = Status(StatusCode::kDataLoss, summary.recovery.damage);
  }
  return status.ok() ? kExitOk : Fail(status, arguments);
}

int RunList(const CommonArguments& arguments) {
  ProgressBar bar;
  auto options = LookOptions(arguments, bar);
  if (!options.has_value()) return Fail(options.error(), arguments);
  auto store = Inspection::Open(arguments.directory, *options);
  if (!store.has_value()) return Fail(store.error(), arguments);
  bar.Clear();
  Output out;
  Status status;
  if (!arguments.json) {
    status = out.Print(
        fmt::format("{:<40} {:>6} {:>12} {:>12} {:>12}\n", "topic", "queue", "min", "max", "held"));
  }
  for (const QueueInfo& queue : (*store)->Queues()) {
    if (!status.ok()) break;
    const auto [min, max] = queue.bounds;
    status =
        out.Print(arguments.json ? JsonLine("queue")
                                       .Add("topic", queue.topic)
                                       .Add("queueId", queue.queue)
                                       .Add("min", ToInt(min))
                                       .Add("max", ToInt(max))
                                       .Line()
                                 : fmt::format("{:<40} {:>6} {:>12} {:>12} {:>12}\n", queue.topic,
                                               queue.queue, ToInt(min), ToInt(max), max - min));
  }
  if (status.ok()) status = out.Flush();
  const std::string& damage = (*store)->summary().recovery.damage;
  if (status.ok() && !damage.empty()) status = Status(StatusCode::kDataLoss, damage);
  return status.ok() ? kExitOk : Fail(status, arguments);
}

void Add(CLI::App& store, Chosen& chosen, const char* name, const char* what,
         int (*run)(const CommonArguments&)) {
  auto arguments = std::make_shared<CommonArguments>();
  Verb(store, name, what, *arguments).Runs(chosen, [arguments, run] { return run(*arguments); });
}

}  // namespace

void AddInfo(CLI::App& store, Chosen& chosen) {
  Add(store, chosen, "info", "Say what a directory holds and in which state it is; writes nothing",
      RunInfo);
}

void AddList(CLI::App& store, Chosen& chosen) {
  Add(store, chosen, "ls", "List topics, queues and their offsets; writes nothing", RunList);
}

}  // namespace tidemark::tool

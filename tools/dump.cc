// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "tools/body.h"
#include "tools/command.h"
#include "tools/json.h"
#include "tools/message_text.h"
#include "tools/output.h"
#include "tools/verb.h"

// Lines of JSON, in this order: one "store"; "record", "blank" and (in a damaged log) "hole" in log
// order; per queue one "queue" and its "unit"s; "key", what the index finds for each key of the
// records shown; one "end".

namespace tidemark::tool {
namespace {

struct Arguments {
  CommonArguments common;
  std::optional<std::string> topic;
  std::optional<std::int64_t> queue;
  std::optional<std::string> key;
  std::string from;
  std::string to;
  bool as_java = false;
  bool no_units = false;
  bool no_keys = false;
};

class Dump {
 public:
  Dump(const Arguments& arguments, TimeRange times, Inspection& store)
      : arguments_(arguments), times_(times), store_(store) {}

  Status Run();

 private:
  bool Filtered() const {
    return arguments_.topic.has_value() || arguments_.queue.has_value() || FilteredByContent();
  }
  bool FilteredByContent() const {
    return arguments_.key.has_value() || !arguments_.from.empty() || !arguments_.to.empty();
  }
  bool IsWanted(const MessageView& message) const;
  bool IsWanted(const QueueInfo& queue) const;
  Status PrintStore();
  Status PrintStretch(const LogStretch& stretch);
  Status PrintRow(const LogStretch& stretch);
  Status PrintQueue(const QueueInfo& queue);
  Status PrintKeys();

  const Arguments& arguments_;
  const TimeRange times_;
  Inspection& store_;
  Output out_;
  std::map<std::pair<std::string, std::string>, std::set<LogOffset>> keys_;
};

bool Dump::IsWanted(const MessageView& message) const {
  if (arguments_.topic.has_value() && *arguments_.topic != message.topic()) return false;
  if (arguments_.queue.has_value() && *arguments_.queue != message.queue()) return false;
  if (message.store_time() < times_.first || message.store_time() > times_.last) return false;
  if (!arguments_.key.has_value()) return true;
  const auto keys = IndexKeys(message);
  return std::find(keys.begin(), keys.end(), *arguments_.key) != keys.end();
}

bool Dump::IsWanted(const QueueInfo& queue) const {
  return (!arguments_.topic.has_value() || *arguments_.topic == queue.topic) &&
         (!arguments_.queue.has_value() || *arguments_.queue == queue.queue);
}

Status Dump::Run() {
  const bool json = arguments_.common.json;
  if (Status status = PrintStore(); !status.ok()) return status;
  Status status = store_.VisitLog([&](const LogStretch& stretch) {
    if (stretch.kind == LogStretch::Kind::kRecord ? !IsWanted(stretch.message) : Filtered()) {
      return Status();
    }
    return json ? PrintStretch(stretch) : PrintRow(stretch);
  });
  if (!status.ok() || !json) return status.ok() ? out_.Flush() : status;
  if (!FilteredByContent()) {
    for (const QueueInfo& queue : store_.Queues()) {
      if (!IsWanted(queue)) continue;
      if (status = PrintQueue(queue); !status.ok()) return status;
    }
  }
  if (status = PrintKeys(); !status.ok()) return status;
  return out_.Flush();
}

Status Dump::PrintStore() {
  if (!arguments_.common.json) {
    return out_.Print(fmt::format("{:>16} {:>8}  {:<24} {:>5} {:>10}  {:<23} {:<12} {:<20} {:>9}\n",
                                  "log offset", "bytes", "topic", "queue", "offset", "stored",
                                  "tags", "keys", "body"));
  }
  const StoreSummary& summary = store_.summary();
  return out_.Print(JsonLine("store")
                        .Add("aborted", summary.aborted)
                        .Add("minPhyOffset", ToInt(summary.min))
                        .Add("maxPhyOffset", ToInt(summary.max))
                        .Add("mappedFileSizeCommitLog", summary.segment_bytes)
                        .Add("mappedFileSizeConsumeQueue", summary.queue_file_bytes)
                        .Add("maxHashSlotNum", summary.index_slots)
                        .Add("maxIndexNum", summary.index_entries)
                        .Line());
}

Status Dump::PrintRow(const LogStretch& stretch) {
  const auto offset = ToInt(stretch.offset);
  switch (stretch.kind) {
    case LogStretch::Kind::kFiller:
      return out_.Print(
          fmt::format("{:>16} {:>8}  (rest of the segment)\n", offset, stretch.bytes));
    case LogStretch::Kind::kHole:
      return out_.Print(fmt::format("{:>16} {:>8}  DAMAGED: {} in {}\n", offset, stretch.bytes,
                                    stretch.why, stretch.file));
    case LogStretch::Kind::kRecord:
      break;
  }
  const MessageView& message = stretch.message;
  return out_.Print(fmt::format("{:>16} {:>8}  {:<24} {:>5} {:>10}  {:<23} {:<12} {:<20} {:>9}\n",
                                offset, stretch.bytes, Shown(message.topic()), message.queue(),
                                ToInt(message.queue_offset()), TimeText(message.store_time()),
                                Shown(message.tags()), Shown(message.keys()),
                                message.body().size()));
}

Status Dump::PrintStretch(const LogStretch& stretch) {
  if (stretch.kind == LogStretch::Kind::kFiller) {
    return out_.Print(
        JsonLine("blank").Add("offset", ToInt(stretch.offset)).Add("size", stretch.bytes).Line());
  }
  if (stretch.kind == LogStretch::Kind::kHole) {
    return out_.Print(JsonLine("hole")
                          .Add("offset", ToInt(stretch.offset))
                          .Add("size", stretch.bytes)
                          .Add("why", stretch.why)
                          .Line());
  }
  const MessageView& message = stretch.message;
  JsonLine line("record");
  line.Add("offset", ToInt(stretch.offset))
      .Add("size", stretch.bytes)
      .Add("magic", MagicText(message))
      .Add("bodyCrc", message.body_crc())
      .Add("topic", message.topic())
      .Add("queueId", message.queue())
      .Add("flag", message.flag())
      .Add("queueOffset", ToInt(message.queue_offset()))
      .Add("physicalOffset", ToInt(message.log_offset()))
      .Add("sysFlag", message.sys_flag())
      .Add("bornTimestamp", message.born_time().time_since_epoch().count())
      .Add("bornHost", HostText(message.born_host()))
      .Add("storeTimestamp", message.store_time().time_since_epoch().count())
      .Add("storeHost", HostText(message.store_host()))
      .Add("reconsumeTimes", message.reconsume_times())
      .Add("preparedTransactionOffset", ToInt(message.prepared_transaction_offset()))
      .Add("offsetMsgId", message.offset_message_id())
      .Add("bodyLength", message.body().size())
      .Add("bodySha256", Sha256(message.body()));
  if ((message.sys_flag() & kSysFlagCompressed) != 0) {
    if (const auto plain = Plain(message.body(), message.sys_flag()); plain.has_value()) {
      line.Add("plainLength", plain->size()).Add("plainSha256", Sha256(*plain));
    }
  }
  line.AddRaw("properties", PropertiesJson(message));
  // The index has to find what recovery keeps, not what it would cut.
  if (!arguments_.no_keys && stretch.offset < store_.summary().max) {
    for (const std::string_view key : IndexKeys(message)) {
      keys_[{std::string(message.topic()), std::string(key)}].insert(stretch.offset);
    }
  }
  return out_.Print(line.Line());
}

Status Dump::PrintQueue(const QueueInfo& queue) {
  Status status = out_.Print(JsonLine("queue")
                                 .Add("topic", queue.topic)
                                 .Add("queueId", queue.queue)
                                 .Add("min", ToInt(queue.bounds.min))
                                 .Add("max", ToInt(queue.bounds.max))
                                 .Line());
  if (!status.ok() || arguments_.no_units) return status;
  return store_.VisitUnits({queue.topic, queue.queue}, [&](const QueueUnit& unit) {
    return out_.Print(JsonLine("unit")
                          .Add("topic", queue.topic)
                          .Add("queueId", queue.queue)
                          .Add("queueOffset", ToInt(unit.queue_offset))
                          .Add("offset", ToInt(unit.log_offset))
                          .Add("size", unit.record_bytes)
                          .Add("tagsCode", unit.tags_code)
                          .Line());
  });
}

Status Dump::PrintKeys() {
  std::uint64_t missed = 0;
  for (const auto& [name, carriers] : keys_) {
    const auto& [topic, key] = name;
    auto found = store_.FindKey(topic, key);
    if (!found.has_value()) return found.error();
    std::vector<LogOffset> missing;
    std::set_difference(carriers.begin(), carriers.end(), found->begin(), found->end(),
                        std::back_inserter(missing));
    missed += missing.size();
    const Status status = out_.Print(JsonLine("key")
                                         .Add("topic", topic)
                                         .Add("key", key)
                                         .Add("found", *found)
                                         .Add("missing", missing)
                                         .Line());
    if (!status.ok()) return status;
  }
  return out_.Print(JsonLine("end").Add("missing", missed).Line());
}

int RunDump(const Arguments& arguments) {
  TimeRange times;
  for (const auto& [text, time] :
       {std::pair(&arguments.from, &times.first), std::pair(&arguments.to, &times.last)}) {
    if (text->empty()) continue;
    auto parsed = ParseTime(*text);
    if (!parsed.has_value()) return Fail(parsed.error(), arguments.common);
    *time = *parsed;
  }
  ProgressBar bar(ProgressBar::Beside::kLongOutput);
  auto options = LookOptions(arguments.common, bar);
  if (!options.has_value()) return Fail(options.error(), arguments.common);
  options->as_java = arguments.as_java;
  auto store = Inspection::Open(arguments.common.directory, *options);
  if (!store.has_value()) return Fail(store.error(), arguments.common);
  if (const Status status = Dump(arguments, times, **store).Run(); !status.ok()) {
    return Fail(status, arguments.common);
  }
  const std::string& damage = (*store)->summary().recovery.damage;
  if (damage.empty() || arguments.as_java) return kExitOk;
  return Fail(Status(StatusCode::kDataLoss, damage), arguments.common);
}

}  // namespace

void AddDump(CLI::App& store, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  Verb verb(store, "dump",
            "Print every record, queue and key as recovery would leave them; writes nothing",
            arguments->common);
  verb.Text("--topic", "TOPIC", arguments->topic, "Only this topic");
  verb.Number("--queue", "N", arguments->queue, {.min = 0}, "Only queues of this number");
  verb.Text("--key", "KEY", arguments->key, "Only messages that carry this key");
  verb.Text("--from", "TIME", arguments->from, "Only messages stored at or after this time");
  verb.Text("--to", "TIME", arguments->to, "Only messages stored at or before this time");
  verb.Flag("--as-java", arguments->as_java,
            "What a Java broker would make of the directory: the log ends at the first damaged "
            "record");
  verb.Flag("--no-units", arguments->no_units, "Leave out the units of queues (JSON)");
  verb.Flag("--no-keys", arguments->no_keys, "Leave out the look-ups of keys (JSON)");
  verb.Footer(
      "In a damaged log the whole records behind the damage are shown as well, and the exit code "
      "is 1. TIME is milliseconds since 1970, or YYYY-MM-DD[THH:MM[:SS]] in local time, with a Z "
      "at the end in UTC.");
  verb.Runs(chosen, [arguments] { return RunDump(*arguments); });
}

}  // namespace tidemark::tool

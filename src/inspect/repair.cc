// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/engine/engine.h"
#include "src/format/message_view.h"
#include "src/inspect/opened.h"
#include "src/recovery/log_walk.h"

namespace tidemark {
namespace {

/// A whole record behind the damage.
struct Place {
  LogOffset offset{};
  std::int32_t size = 0;
};

/// What a look finds: why the store does not open, and what lies behind the damage.
struct Diagnosis {
  RecoveryReport recovery;
  std::vector<Place> behind;
};

Result<Diagnosis> Diagnose(const std::filesystem::path& directory, const RepairOptions& options) {
  TM_ASSIGN_OR_RETURN(
      OpenedStore opened,
      OpenToLook(directory, {options.sizes, false, options.machine, options.progress},
                 options.rebuild));
  Diagnosis diagnosis{opened.recovered.report, {}};
  if (diagnosis.recovery.damage.empty()) return diagnosis;
  const LogOffset end = opened.recovered.end;
  LogWalk walk(*opened.log, end, end + diagnosis.recovery.cut_bytes);
  while (true) {
    TM_ASSIGN_OR_RETURN(const std::optional<LogPiece> piece, walk.Next());
    if (!piece.has_value()) return diagnosis;
    if (piece->kind == LogPiece::Kind::kRecord) {
      diagnosis.behind.push_back({piece->offset, static_cast<std::int32_t>(piece->bytes)});
    }
  }
}

/// Without what ties the record to its place.
std::string PortableProperties(std::string_view encoded) {
  std::string kept;
  PropertyCursor cursor(encoded);
  for (Property property; cursor.Next(property);) {
    if (property.name == kPropertyBatch || property.name == kPropertyCrc) continue;
    AppendProperty(kept, property.name, property.value);
  }
  return kept;
}

Status AppendAgain(Store& store, const Record& record) {
  const std::string properties = PortableProperties(record.properties);
  Message message;
  message.topic = record.topic;
  message.queue = record.queue;
  message.encoded_properties = properties;
  message.body = record.body;
  message.flag = record.flag;
  message.sys_flag = record.sys_flag;
  message.reconsume_times = record.reconsume_times;
  message.prepared_transaction_offset = record.prepared_transaction_offset;
  message.born_time = record.born_time;
  message.born_host = record.born_host;
  const Status appended = store.Append(message, Durability::kMemory).error();
  if (appended.ok()) return {};
  return Prefix(Format("the record that was at log offset {}", ToInt(record.log_offset)), appended);
}

/// Appends the records at `places` again, out of the copy of what was cut from `cut` on.
Status Salvage(io::FileSystem& files, Store& store, const std::filesystem::path& quarantine,
               LogOffset cut, const std::vector<Place>& places, RepairReport& report) {
  TM_ASSIGN_OR_RETURN(const auto copy, files.Open(quarantine, io::Access::kRead));
  std::vector<std::byte> bytes;
  for (const Place& place : places) {
    bytes.resize(static_cast<std::size_t>(place.size));
    TM_RETURN_IF_ERROR(io::ReadExact(*copy, static_cast<std::uint64_t>(place.offset - cut), bytes));
    const Checked checked = CheckRecord(bytes, {.crc = true});
    if (checked.kind != Checked::Kind::kRecord) {
      return DataLoss("{}: the record of log offset {} changed while it was copied",
                      quarantine.string(), ToInt(place.offset));
    }
    const Status appended = AppendAgain(store, checked.record);
    if (appended.code() == StatusCode::kInvalidArgument) {
      // The log is cut already: what can be saved is.
      report.refused.push_back(appended.message());
      continue;
    }
    TM_RETURN_IF_ERROR(appended);
    ++report.salvaged;
  }
  return store.Flush();
}

void Plan(const Diagnosis& diagnosis, const RepairOptions& options, RepairReport& report) {
  if (!report.damage.empty()) {
    report.steps.push_back(Format(
        "Cut the log at offset {}: {} bytes and {} whole records behind it go, a copy of them is "
        "kept in tidemark/quarantine.",
        ToInt(report.end), report.cut_bytes, report.behind));
    if (options.salvage && !diagnosis.behind.empty()) {
      report.steps.push_back(Format(
          "Append these {} records again at the end, in their order: they get new log and queue "
          "offsets.",
          report.behind));
    } else if (!diagnosis.behind.empty()) {
      report.steps.push_back(Format(
          "Leave these {} records out, as a Java broker does; --salvage would append them again.",
          report.behind));
    }
  }
  if (options.rebuild) {
    report.steps.push_back("Build queues and index anew from the whole log.");
  }
}

Status Apply(const std::filesystem::path& directory, const RepairOptions& options,
             const Diagnosis& diagnosis, RepairReport& report) {
  RecoveryOptions recovery;
  recovery.store.create_if_missing = false;
  recovery.store.sizes = options.sizes;
  recovery.store.machine = options.machine;
  recovery.store.retention.automatic = false;
  for (const Place& place : diagnosis.behind) {
    recovery.store.message_bytes_max = std::max(recovery.store.message_bytes_max, place.size);
  }
  recovery.cut_at_damage = true;
  recovery.rebuild = options.rebuild;
  if (options.progress) {
    recovery.progress = [&](std::int64_t done, std::int64_t total) {
      options.progress("repairing", done, total);
    };
  }
  TM_ASSIGN_OR_RETURN(const auto store, Engine::Open(directory, std::move(recovery)));
  const RecoveryReport& done = store->Recovery();
  report.end = done.end;
  report.cut_bytes = done.cut_bytes;
  report.quarantine = done.quarantined;
  report.rebuilt = options.rebuild;
  if (options.salvage && !diagnosis.behind.empty()) {
    TM_RETURN_IF_ERROR(Salvage(store->machine().files(), *store, report.quarantine, report.end,
                               diagnosis.behind, report));
  }
  return store->Close();
}

}  // namespace

Result<RepairReport> Repair(const std::filesystem::path& directory, const RepairOptions& options) {
  TM_ASSIGN_OR_RETURN(const Diagnosis diagnosis, Diagnose(directory, options));
  RepairReport report;
  report.damage = diagnosis.recovery.damage;
  report.end = diagnosis.recovery.end;
  report.cut_bytes = diagnosis.recovery.cut_bytes;
  report.behind = diagnosis.behind.size();
  Plan(diagnosis, options, report);
  if (options.apply && !report.steps.empty()) {
    TM_RETURN_IF_ERROR(Apply(directory, options, diagnosis, report));
  }
  return report;
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/commitlog/block_checksums.h"
#include "src/config/config_seal.h"
#include "src/config/java_checkpoint.h"
#include "src/config/java_json.h"
#include "src/inspect/check_batch_queues.h"
#include "src/inspect/check_index.h"
#include "src/inspect/check_queues.h"
#include "src/inspect/findings.h"
#include "src/inspect/opened.h"
#include "src/recovery/log_walk.h"

namespace tidemark {
namespace {

constexpr std::int64_t kProgressBytes = 16 << 20;

/// Of the two files that are written in turn the second may have waited in vain.
bool IsUnused(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

class Verification {
 public:
  Verification(OpenedStore& opened, const InspectOptions& options,
               const std::function<void(const Finding&)>& visit)
      : opened_(opened), options_(options), findings_(report_, visit) {}

  Result<VerifyReport> Run();

 private:
  Status CheckOpening();
  Status PrepareQueues();
  Status PrepareBatchQueues();
  Status CheckLog();
  Status CheckTimes();
  Status CheckSidecar();
  Status CheckBlocks(LogOffset checkpoint);
  Status CheckConfig();

  LogOffset End() const { return opened_.recovered.end; }
  bool clean() const { return opened_.recovered.report.clean; }
  /// Where queues and index are looked at: a store that was closed has to have them on disk; one
  /// that was not gets them from recovery.
  io::FileSystem& derived_files() {
    return (clean() ? opened_.on_disk : opened_.recovered_machine)->files();
  }

  OpenedStore& opened_;
  const InspectOptions& options_;
  VerifyReport report_;
  Findings findings_;
  std::unique_ptr<QueueTable> own_queues_;
  QueueTable* queues_ = nullptr;  ///< Null: they could not be read.
  std::unique_ptr<BatchQueueTable> own_batch_queues_;
  BatchQueueTable* batch_queues_ = nullptr;  ///< Null: they could not be read.
  WallTime last_store_time_{};
};

Result<VerifyReport> Verification::Run() {
  TM_RETURN_IF_ERROR(CheckOpening());
  TM_RETURN_IF_ERROR(PrepareQueues());
  TM_RETURN_IF_ERROR(CheckLog());
  TM_RETURN_IF_ERROR(CheckTimes());
  TM_RETURN_IF_ERROR(CheckSidecar());
  TM_RETURN_IF_ERROR(CheckConfig());
  return report_;
}

Status Verification::CheckOpening() {
  const RecoveryReport& recovery = opened_.recovered.report;
  if (!recovery.damage.empty()) {
    findings_.Add({Finding::Kind::kDamage, opened_.NameOf(End()), opened_.log->PositionIn(End()),
                   "the store does not open: " + recovery.damage});
  } else if (recovery.cut_bytes > 0) {
    findings_.Add({clean() ? Finding::Kind::kDamage : Finding::Kind::kNote, opened_.NameOf(End()),
                   opened_.log->PositionIn(End()),
                   Format("{} bytes behind the last whole record are cut off when the store "
                          "opens",
                          recovery.cut_bytes)});
  }
  for (const std::string& note : recovery.notes) {
    findings_.Add({Finding::Kind::kNote, "", -1, note});
  }
  return {};
}

Status Verification::PrepareQueues() {
  if (!clean()) {
    queues_ = opened_.recovered.queues.get();
    batch_queues_ = opened_.recovered.batch_queues.get();
    // What recovery would add waits in memory: into the files, which are in memory as well.
    TM_RETURN_IF_ERROR(opened_.recovered.index->Apply(End()));
  } else {
    own_queues_ = std::make_unique<QueueTable>(
        opened_.on_disk->files(),
        QueueTableOptions{opened_.root / "consumequeue",
                          opened_.recovered.geometry.queue_file_bytes, DescriptorCache::kOpenMax},
        *opened_.budget);
    auto loaded = own_queues_->LoadFromDirectory([&](std::int64_t done, std::int64_t total) {
      if (options_.progress) options_.progress("reading queues", done, total);
    });
    if (!loaded.has_value()) {
      findings_.Add({Finding::Kind::kDerived, "consumequeue", -1,
                     loaded.error().message() + "; the queues were not checked"});
      return {};
    }
    queues_ = own_queues_.get();
    TM_RETURN_IF_ERROR(PrepareBatchQueues());
  }
  Status status;
  queues_->ForEach([&](ConsumeQueue& queue) {
    if (status.ok()) status = queue.CorrectMin(opened_.log->first());
  });
  return status;
}

Status Verification::PrepareBatchQueues() {
  own_batch_queues_ = std::make_unique<BatchQueueTable>(
      opened_.on_disk->files(), opened_.root, opened_.recovered.geometry.batch_queue_file_bytes);
  TM_RETURN_IF_ERROR(own_batch_queues_->SetTopics(opened_.recovered.batch_queues->topics()));
  if (const Status loaded = own_batch_queues_->Load(); !loaded.ok()) {
    findings_.Add({Finding::Kind::kDerived, "batchconsumequeue", -1,
                   loaded.message() + "; these queues were not checked"});
    return {};
  }
  batch_queues_ = own_batch_queues_.get();
  return {};
}

Status Verification::CheckLog() {
  const LogOffset from = opened_.log->first();
  std::optional<QueueCheck> queues;
  if (queues_ != nullptr) queues.emplace(*queues_, from, End(), findings_, report_);
  std::optional<BatchQueueCheck> batch_queues;
  if (batch_queues_ != nullptr) {
    batch_queues.emplace(*batch_queues_, opened_.recovered, from, findings_, report_);
  }
  const Geometry& geometry = opened_.recovered.geometry;
  IndexCheck index(derived_files(), opened_.root / "index",
                   {geometry.index_slots, geometry.index_entries}, from, End(), findings_, report_);
  TM_RETURN_IF_ERROR(index.Start());

  LogWalk walk(*opened_.log, from, End());
  std::int64_t reported = 0;
  while (true) {
    TM_ASSIGN_OR_RETURN(const std::optional<LogPiece> piece, walk.Next());
    if (!piece.has_value()) break;
    if (piece->kind == LogPiece::Kind::kRecord) {
      ++report_.records;
      last_store_time_ = std::max(last_store_time_, piece->checked.record.store_time);
      bool of_batch_topic = false;
      if (batch_queues.has_value()) {
        TM_ASSIGN_OR_RETURN(of_batch_topic, batch_queues->Record(piece->checked));
      }
      if (queues.has_value() && !of_batch_topic) {
        TM_RETURN_IF_ERROR(queues->Record(piece->checked));
      }
      TM_RETURN_IF_ERROR(index.Record(piece->checked));
    } else if (piece->kind == LogPiece::Kind::kHole) {
      findings_.Add({Finding::Kind::kDamage, opened_.NameOf(piece->offset),
                     opened_.log->PositionIn(piece->offset),
                     Format("{} bytes from log offset {} on are no record: {}", piece->bytes,
                            ToInt(piece->offset), piece->why)});
      if (queues.has_value()) queues->Hole(piece->offset, piece->end());
      index.Hole(piece->end());
    }
    const std::int64_t done = piece->end() - from;
    if (options_.progress && done - reported >= kProgressBytes) {
      reported = done;
      options_.progress("checking the log", done, End() - from);
    }
  }
  report_.log_bytes = End() - from;
  if (queues.has_value()) TM_RETURN_IF_ERROR(queues->Finish());
  if (batch_queues.has_value()) TM_RETURN_IF_ERROR(batch_queues->Finish());
  return index.Finish();
}

Status Verification::CheckTimes() {
  if (report_.damages > 0) return {};  // the newest record may be among what is lost
  TM_ASSIGN_OR_RETURN(const JavaCheckpoint times,
                      JavaCheckpoint::Read(opened_.on_disk->files(), opened_.root / "checkpoint"));
  const std::pair<const char*, WallTime> all[] = {
      {"log", times.log_time}, {"queues", times.queues_time}, {"index", times.index_time}};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    const auto [name, time] = all[i];
    if (time >= WallTime{} && (report_.records == 0 || time <= last_store_time_)) continue;
    findings_.Add({Finding::Kind::kDerived, "checkpoint", static_cast<std::int64_t>(8 * i),
                   Format("the time of the {} is {} ms, the newest record's {} ms: after a "
                          "crash a Java broker would read too little of the log",
                          name, time.time_since_epoch().count(),
                          last_store_time_.time_since_epoch().count())});
  }
  return {};
}

Status Verification::CheckSidecar() {
  io::FileSystem& files = opened_.on_disk->files();
  TM_ASSIGN_OR_RETURN(const Sidecar::Found found, Sidecar(files, opened_.root).Load());
  for (const std::string& note : found.notes) {
    findings_.Add({Finding::Kind::kDerived, Sidecar::kDirectory, -1, note});
  }
  if (found.snapshot.has_value()) TM_RETURN_IF_ERROR(CheckBlocks(found.snapshot->checkpoint));
  for (int slot = 0; slot < 2; ++slot) {
    const std::string name = Format("{}/mark-{}", Sidecar::kDirectory, slot);
    auto bytes = io::ReadFile(files, opened_.root / name);
    if (!bytes.has_value() || IsUnused(*bytes)) continue;
    if (auto mark = DecodeMark(*bytes); !mark.has_value()) {
      findings_.Add({Finding::Kind::kDerived, name, -1, mark.error().message()});
    }
  }
  const std::string sums = Format("{}/queue-checksums", Sidecar::kDirectory);
  TM_ASSIGN_OR_RETURN(const bool whole_sums, QueueChecksums(files, opened_.root / sums).Load());
  if (!whole_sums) {
    findings_.Add({Finding::Kind::kDerived, sums, -1,
                   "damaged: finished queue files cannot be compared with their checksums"});
  }
  // Only the newest step counts; the other file may hold a torn one.
  bool used = false;
  bool whole = false;
  const std::string journal = Format("{}/index-journal-", Sidecar::kDirectory);
  for (const char* slot : {"0", "1"}) {
    auto bytes = io::ReadFile(files, opened_.root / (journal + slot));
    if (!bytes.has_value() || IsUnused(*bytes)) continue;
    used = true;
    whole = whole || DecodeIndexStep(std::as_bytes(std::span(*bytes))).has_value();
  }
  if (used && !whole) {
    findings_.Add({clean() ? Finding::Kind::kDerived : Finding::Kind::kNote, journal + "*", -1,
                   "neither file holds a whole step of the index"});
  }
  return {};
}

Status Verification::CheckBlocks(LogOffset checkpoint) {
  constexpr std::int64_t kBlock = BlockChecksums::kBlockBytes;
  SegmentedFile& log = *opened_.log;
  if (checkpoint > log.end() && opened_.recovered.report.damage.empty()) {
    findings_.Add({Finding::Kind::kDamage, "commitlog", -1,
                   Format("the log ends at {}, but the store had come to {}: segments are missing, "
                          "or an older copy of the log was restored",
                          ToInt(log.end()), ToInt(checkpoint))});
  }
  LogOffset end = std::min({checkpoint, End(), log.end()});
  end = end + -(log.PositionIn(end) % kBlock);
  BlockChecksums checksums(opened_.on_disk->files(),
                           opened_.root / Sidecar::kDirectory / "checksums", log.segment_bytes());
  checksums.Start(end);
  LogReader reader(log);
  std::uint64_t damaged_entries = 0;
  std::uint64_t seen = 0;
  for (LogOffset at = log.first(); at < end;) {
    if (log.PositionIn(at) == 0) {
      const std::string file =
          Format("{}/checksums/{}", Sidecar::kDirectory, log.PathOf(at).filename().string());
      TM_ASSIGN_OR_RETURN(const auto damaged, checksums.DamagedEntries(at, end));
      for (const LogOffset block : damaged) {
        findings_.AddSome(damaged_entries, [&] {
          return Finding{Finding::Kind::kDerived, file, -1,
                         Format("the checksum of the log's block at {} is damaged: that block "
                                "cannot be compared",
                                ToInt(block))};
        });
      }
    }
    const std::int64_t bytes = std::min(kBlock, log.segment_bytes() - log.PositionIn(at));
    TM_ASSIGN_OR_RETURN(const auto read, reader.At(at, bytes));
    const auto same = checksums.Verify(at, read.first(static_cast<std::size_t>(bytes)));
    if (!same.has_value()) {
      findings_.AddSome(seen, [&] {
        return Finding{Finding::Kind::kDamage, opened_.NameOf(at), log.PositionIn(at),
                       Format("these {} bytes are not those that were written, by their "
                              "checksum in tidemark/checksums",
                              bytes)};
      });
    }
    at = at + bytes;
  }
  return {};
}

Status Verification::CheckConfig() {
  io::FileSystem& files = opened_.on_disk->files();
  const auto directory = opened_.root / "config";
  auto listed = files.List(directory);
  if (!listed.has_value()) {
    return listed.error().code() == StatusCode::kNotFound ? Status() : listed.error();
  }
  for (const io::DirectoryEntry& entry : *listed) {
    if (entry.directory || entry.name.find(".json") == std::string::npos) continue;
    if (entry.name.ends_with(".tmp")) continue;  // a crash came before it replaced its file
    TM_ASSIGN_OR_RETURN(const std::string text, io::ReadFile(files, directory / entry.name));
    ++report_.config_files;
    if (text.empty()) continue;  // RocketMQ writes some of them empty
    const Status parsed = ParseJavaJson(text).error();
    if (parsed.ok()) {
      // What others wrote since has no seal of ours.
      if (!opened_.recovered.report.used_sidecar) continue;
      const ConfigSeal seal(files, ConfigSeal::PathOf(opened_.root, entry.name));
      TM_ASSIGN_OR_RETURN(const std::optional<bool> fits, seal.Fits(text));
      if (!fits.value_or(true)) {
        findings_.Add({Finding::Kind::kDamage, "config/" + entry.name, -1,
                       "not what was written last: a hand or the disk changed it; opening the "
                       "store accepts it"});
      }
      continue;
    }
    const bool backup = entry.name.ends_with(".bak");
    findings_.Add({backup ? Finding::Kind::kNote : Finding::Kind::kDamage, "config/" + entry.name,
                   -1,
                   Format("no JSON: {}{}", parsed.message(),
                          backup ? "" : "; the .bak beside it may be whole")});
  }
  return {};
}

}  // namespace

Result<VerifyReport> Verify(const std::filesystem::path& directory, const InspectOptions& options,
                            const std::function<void(const Finding&)>& visit) {
  auto opened = OpenToLook(directory, options);
  if (opened.has_value()) return Verification(*opened, options, visit).Run();
  if (opened.error().code() != StatusCode::kDataLoss) return std::move(opened).error();
  // Too damaged to look further: a segment is missing, or the disk fails.
  VerifyReport report;
  Findings(report, visit).Add({Finding::Kind::kDamage, "", -1, opened.error().message()});
  return report;
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/trust.h"

#include <algorithm>

#include "src/consumequeue/unit.h"
#include "src/segment/segmented_file.h"

namespace tidemark {

Result<std::vector<FileSeal>> SealFiles(io::FileSystem& files, const std::filesystem::path& root) {
  std::vector<FileSeal> seals;
  for (const char* name : {"commitlog", "index"}) {
    auto listed = files.List(root / name);
    if (!listed.has_value()) {
      if (listed.error().code() == StatusCode::kNotFound) continue;
      return std::move(listed).error();
    }
    for (const io::DirectoryEntry& entry : *listed) {
      if (entry.directory) continue;
      const std::string path = Format("{}/{}", name, entry.name);
      TM_ASSIGN_OR_RETURN(const io::FileInfo info, files.Stat(root / path));
      seals.push_back({path, Fingerprint(info)});
    }
  }
  if (auto info = files.Stat(root / "checkpoint"); info.has_value()) {
    seals.push_back({"checkpoint", Fingerprint(*info)});
  }
  return seals;
}

Result<std::uint64_t> QueueFilePrint(io::FileSystem& files, const std::filesystem::path& root,
                                     std::int64_t queue_file_bytes, const QueueSnapshot& queue) {
  if (queue.max <= queue.min) return std::uint64_t{0};
  const std::int64_t last_byte = (ToInt(queue.max) - 1) * kUnitBytes;
  const LogOffset base{last_byte / queue_file_bytes * queue_file_bytes};
  TM_ASSIGN_OR_RETURN(const io::FileInfo info,
                      files.Stat(root / "consumequeue" / queue.topic / std::to_string(queue.queue) /
                                 SegmentName(base)));
  return Fingerprint(info);
}

Result<TrustVerdict> JudgeSidecar(io::FileSystem& files, const std::filesystem::path& root,
                                  const AbortFile& abort, const Sidecar::Found& found) {
  TrustVerdict verdict;
  if (!found.snapshot.has_value()) {
    verdict.why = "there is no sidecar";
    return verdict;
  }
  const Snapshot& snapshot = *found.snapshot;
  if (abort.exists) {
    if (abort.store_id != snapshot.store_id) {
      verdict.why = abort.store_id.has_value()
                        ? "the sidecar is that of another store"
                        : "a Java broker had the store open last, and did not close it";
      return verdict;
    }
    verdict.trust = Trust::kAfterCrash;
    verdict.crashed_by_us = true;
  } else {
    if (!snapshot.sealed) {
      verdict.why = "a Java broker had the store open since";
      return verdict;
    }
    TM_ASSIGN_OR_RETURN(const std::vector<FileSeal> now, SealFiles(files, root));
    const auto same = [](const FileSeal& a, const FileSeal& b) {
      return a.path == b.path && a.print == b.print;
    };
    if (!std::equal(now.begin(), now.end(), snapshot.files.begin(), snapshot.files.end(), same)) {
      verdict.why =
          "files changed since the store was closed (a Java broker ran, or this is a copy or a "
          "restored backup)";
      return verdict;
    }
    verdict.trust = Trust::kSealed;
  }
  for (const QueueSnapshot& queue : snapshot.queues) {
    const auto print = QueueFilePrint(files, root, snapshot.queue_file_bytes, queue);
    const bool sealed = verdict.trust == Trust::kSealed;
    if (!print.has_value() ? print.error().code() == StatusCode::kNotFound
                           : sealed && *print != queue.file_print) {
      verdict.trust = Trust::kNone;
      verdict.queues_damaged = true;
      verdict.why =
          Format("files of queue {}/{} are missing or were changed", queue.topic, queue.queue);
      return verdict;
    }
    if (!print.has_value()) return print.error();
  }
  return verdict;
}

}  // namespace tidemark

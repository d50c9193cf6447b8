// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/geometry.h"

#include <algorithm>
#include <optional>

#include "src/config/broker_conf.h"
#include "src/consumequeue/batch_queue_files.h"
#include "src/consumequeue/unit.h"

namespace tidemark {
namespace {

/// The size of any file directly in `directory`; none when there is no such file.
Result<std::optional<std::int64_t>> SizeOfAnyFile(io::FileSystem& files,
                                                  const std::filesystem::path& directory) {
  auto listed = files.List(directory);
  if (!listed.has_value()) {
    if (listed.error().code() == StatusCode::kNotFound) return std::optional<std::int64_t>();
    return std::move(listed).error();
  }
  for (const io::DirectoryEntry& entry : *listed) {
    if (entry.directory) continue;
    TM_ASSIGN_OR_RETURN(const io::FileInfo info, files.Stat(directory / entry.name));
    if (info.size_bytes > 0) {
      return std::optional<std::int64_t>(static_cast<std::int64_t>(info.size_bytes));
    }
  }
  return std::optional<std::int64_t>();
}

Result<std::optional<std::int64_t>> SizeOfAnyQueueFile(io::FileSystem& files,
                                                       const std::filesystem::path& root) {
  auto topics = files.List(root);
  if (!topics.has_value()) return std::optional<std::int64_t>();
  for (const io::DirectoryEntry& topic : *topics) {
    if (!topic.directory) continue;
    TM_ASSIGN_OR_RETURN(const auto queues, files.List(root / topic.name));
    for (const io::DirectoryEntry& queue : queues) {
      if (!queue.directory) continue;
      TM_ASSIGN_OR_RETURN(const auto size, SizeOfAnyFile(files, root / topic.name / queue.name));
      if (size.has_value()) return size;
    }
  }
  return std::optional<std::int64_t>();
}

/// The directory's broker.conf; none when it has none.
Result<std::optional<BrokerConf>> ReadBrokerConf(io::FileSystem& files,
                                                 const std::filesystem::path& root) {
  auto text = io::ReadFile(files, root / "broker.conf", 1 << 20);
  if (!text.has_value()) {
    if (text.error().code() == StatusCode::kNotFound) return std::optional<BrokerConf>();
    return std::move(text).error();
  }
  TM_ASSIGN_OR_RETURN(BrokerConf conf, BrokerConf::Parse(*text));
  return std::optional<BrokerConf>(std::move(conf));
}

/// A broker that keeps its log elsewhere left a directory that looks like a store without one.
Status CheckLogIsHere(io::FileSystem& files, const std::filesystem::path& root,
                      const BrokerConf& conf, std::vector<std::string>* notes) {
  const StorePaths paths = StorePathsFrom(conf, notes);
  if (!paths.commit_log.has_value()) return {};
  std::filesystem::path there = std::filesystem::path(*paths.commit_log).lexically_normal();
  if (!there.has_filename()) there = there.parent_path();
  const std::filesystem::path here = root / "commitlog";
  if (there == here || there == std::filesystem::absolute(here).lexically_normal()) return {};
  if (!io::Exists(files, here)) {
    return FailedPrecondition(
        "{}: storePathCommitLog={} keeps the log elsewhere, and Tidemark looks for it in {} only: "
        "move it there and remove the key",
        (root / "broker.conf").string(), *paths.commit_log, here.string());
  }
  notes->push_back(Format("{}: storePathCommitLog={} is passed over: the log is taken from {}",
                          (root / "broker.conf").string(), *paths.commit_log, here.string()));
  return {};
}

/// The options, completed by the directory's broker.conf.
Result<FileSizes> SizesGiven(io::FileSystem& files, const std::filesystem::path& root,
                             const FileSizes& options, std::vector<std::string>* notes) {
  TM_ASSIGN_OR_RETURN(const std::optional<BrokerConf> conf, ReadBrokerConf(files, root));
  if (!conf.has_value()) return options;
  if (const std::vector<std::string> refused = RefusedFeatures(*conf); !refused.empty()) {
    return FailedPrecondition("{}: {}", (root / "broker.conf").string(), refused[0]);
  }
  TM_RETURN_IF_ERROR(CheckLogIsHere(files, root, *conf, notes));
  FileSizes sizes = FileSizesFrom(*conf, notes);
  if (options.segment_bytes.has_value()) sizes.segment_bytes = options.segment_bytes;
  if (options.queue_file_bytes.has_value()) sizes.queue_file_bytes = options.queue_file_bytes;
  if (options.batch_queue_file_bytes.has_value()) {
    sizes.batch_queue_file_bytes = options.batch_queue_file_bytes;
  }
  if (options.index_slots.has_value()) sizes.index_slots = options.index_slots;
  if (options.index_entries.has_value()) sizes.index_entries = options.index_entries;
  return sizes;
}

}  // namespace

Result<bool> FindLightQueues(io::FileSystem& files, const std::filesystem::path& root,
                             std::optional<bool> option, std::vector<std::string>* notes) {
  if (option.has_value()) return *option;
  TM_ASSIGN_OR_RETURN(const std::optional<BrokerConf> conf, ReadBrokerConf(files, root));
  return conf.has_value() && LightQueuesFrom(*conf, notes);
}

Result<Geometry> FindGeometry(io::FileSystem& files, const std::filesystem::path& root,
                              const FileSizes& given, const Snapshot* snapshot,
                              std::vector<std::string>* notes) {
  TM_ASSIGN_OR_RETURN(const FileSizes options, SizesGiven(files, root, given, notes));
  Geometry geometry;
  if (options.segment_bytes.has_value()) {
    geometry.segment_bytes = *options.segment_bytes;
  } else if (snapshot != nullptr) {
    geometry.segment_bytes = snapshot->segment_bytes;
  } else {
    TM_ASSIGN_OR_RETURN(const auto size, SizeOfAnyFile(files, root / "commitlog"));
    geometry.segment_bytes = size.value_or(geometry.segment_bytes);
  }
  if (options.queue_file_bytes.has_value()) {
    geometry.queue_file_bytes =
        (*options.queue_file_bytes + kUnitBytes - 1) / kUnitBytes * kUnitBytes;
  } else if (snapshot != nullptr) {
    geometry.queue_file_bytes = snapshot->queue_file_bytes;
  } else {
    TM_ASSIGN_OR_RETURN(const auto size, SizeOfAnyQueueFile(files, root / "consumequeue"));
    geometry.queue_file_bytes = size.value_or(geometry.queue_file_bytes);
  }
  TM_ASSIGN_OR_RETURN(const auto batch_size, SizeOfAnyQueueFile(files, root / "batchconsumequeue"));
  geometry.batch_queue_file_bytes =
      options.batch_queue_file_bytes.value_or(batch_size.value_or(geometry.batch_queue_file_bytes));
  geometry.index_slots = options.index_slots.value_or(snapshot != nullptr ? snapshot->index_slots
                                                                          : geometry.index_slots);
  geometry.index_entries = options.index_entries.value_or(
      snapshot != nullptr ? snapshot->index_entries : geometry.index_entries);

  if (geometry.segment_bytes < 1024 || geometry.segment_bytes >= (std::int64_t{1} << 31)) {
    return InvalidArgument("segment_bytes {} lies outside [1024, 2^31)", geometry.segment_bytes);
  }
  if (geometry.queue_file_bytes < kUnitBytes || geometry.queue_file_bytes % kUnitBytes != 0 ||
      geometry.queue_file_bytes >= (std::int64_t{1} << 31)) {
    return InvalidArgument("queue_file_bytes {} is no multiple of {} in [{}, 2^31)",
                           geometry.queue_file_bytes, kUnitBytes, kUnitBytes);
  }
  if (geometry.batch_queue_file_bytes < kBatchUnitBytes ||
      geometry.batch_queue_file_bytes % kBatchUnitBytes != 0 ||
      geometry.batch_queue_file_bytes >= (std::int64_t{1} << 31)) {
    return InvalidArgument("batch_queue_file_bytes {} is no multiple of {} in [{}, 2^31)",
                           geometry.batch_queue_file_bytes, kBatchUnitBytes, kBatchUnitBytes);
  }
  return geometry;
}

}  // namespace tidemark

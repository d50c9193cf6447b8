// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/java_start.h"

#include <algorithm>
#include <array>

#include "src/base/byte_order.h"
#include "src/format/layout.h"
#include "src/recovery/log_reader.h"
#include "tidemark/message.h"

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kJavaSlack{3000};
constexpr std::uint64_t kJavaCheckpointBytes = 4096;

}  // namespace

std::optional<WallTime> JavaStoreTime(std::span<const std::byte> record) {
  if (record.size() < kJavaStoreTimeBytes) return std::nullopt;
  const auto magic = LoadBig<std::int32_t>(record.data() + kRecordMagicAt);
  if (magic != kRecordMagicV1 && magic != kRecordMagicV2) return std::nullopt;
  const auto sys_flag = LoadBig<std::int32_t>(record.data() + kRecordSysFlagAt);
  const std::int64_t born_host = (sys_flag & kSysFlagBornHostV6) != 0 ? kHostBytesV6 : kHostBytesV4;
  const auto time = LoadBig<std::int64_t>(record.data() + kRecordBornHostAt + born_host);
  if (time == 0) return std::nullopt;
  return WallTime(std::chrono::milliseconds(time));
}

Result<JavaTimes> ReadJavaTimes(io::FileSystem& files, const std::filesystem::path& root) {
  auto bytes = io::ReadFile(files, root / "checkpoint", 1 << 20);
  if (!bytes.has_value()) {
    if (bytes.error().code() == StatusCode::kNotFound) return JavaTimes{};
    return std::move(bytes).error();
  }
  bytes->resize(std::max<std::size_t>(bytes->size(), 24));
  const auto* at = reinterpret_cast<const std::byte*>(bytes->data());
  const auto time = [&](std::size_t i) {
    return WallTime(std::chrono::milliseconds(LoadBig<std::int64_t>(at + 8 * i)));
  };
  return JavaTimes{time(0), time(1), time(2)};
}

Status WriteJavaTimes(io::FileSystem& files, const std::filesystem::path& root,
                      const JavaTimes& times) {
  const auto path = root / "checkpoint";
  if (!io::Exists(files, path)) {
    TM_RETURN_IF_ERROR(
        files.CreateWhole(path, kJavaCheckpointBytes, io::Blocks::kAllocated).error());
    TM_RETURN_IF_ERROR(io::SyncDirectory(files, root));
  }
  std::array<std::byte, 24> bytes;
  StoreBig<std::int64_t>(bytes.data(), times.log.time_since_epoch().count());
  StoreBig<std::int64_t>(bytes.data() + 8, times.queues.time_since_epoch().count());
  StoreBig<std::int64_t>(bytes.data() + 16, times.index.time_since_epoch().count());
  // One sector: old or new, never half.
  TM_ASSIGN_OR_RETURN(const auto file, files.Open(path, io::Access::kReadWrite));
  TM_RETURN_IF_ERROR(io::WriteAll(*file, 0, bytes));
  return file->Sync();
}

Result<LogOffset> JavaStartAfterCrash(SegmentedFile& segments, const JavaTimes& times) {
  const WallTime limit = std::max(WallTime{}, std::min(times.log, times.queues) - kJavaSlack);
  LogReader reader(segments);
  for (LogOffset base = segments.end() + -segments.segment_bytes(); base >= segments.first();
       base = base + -segments.segment_bytes()) {
    TM_ASSIGN_OR_RETURN(const auto bytes, reader.At(base, kJavaStoreTimeBytes));
    const std::optional<WallTime> time = JavaStoreTime(bytes);
    if (time.has_value() && *time <= limit) return base;
  }
  return segments.first();
}

LogOffset JavaStartAfterStop(const SegmentedFile& segments, std::optional<LogOffset> queues_end) {
  if (!queues_end.has_value() || *queues_end < segments.first()) return segments.first();
  return std::min(segments.BaseOf(*queues_end), segments.end() + -segments.segment_bytes());
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/java_start.h"

#include <algorithm>

#include "src/base/byte_order.h"
#include "src/format/layout.h"
#include "src/recovery/log_reader.h"
#include "tidemark/message.h"

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kJavaSlack{3000};

/// The store time of the record at a segment's start, as Java reads it without a check.
Result<std::optional<WallTime>> FirstStoreTime(LogReader& reader, LogOffset base) {
  constexpr std::int64_t kBytes = kRecordBornHostAt + kHostBytesV6 + 8;
  TM_ASSIGN_OR_RETURN(const auto bytes, reader.At(base, kBytes));
  const auto magic = LoadBig<std::int32_t>(bytes.data() + kRecordMagicAt);
  if (magic != kRecordMagicV1 && magic != kRecordMagicV2) return std::optional<WallTime>();
  const auto sys_flag = LoadBig<std::int32_t>(bytes.data() + kRecordSysFlagAt);
  const std::int64_t born_host = (sys_flag & kSysFlagBornHostV6) != 0 ? kHostBytesV6 : kHostBytesV4;
  const auto time = LoadBig<std::int64_t>(bytes.data() + kRecordBornHostAt + born_host);
  if (time == 0) return std::optional<WallTime>();
  return std::optional<WallTime>(std::chrono::milliseconds(time));
}

}  // namespace

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

Result<LogOffset> JavaStartAfterCrash(SegmentedFile& segments, const JavaTimes& times) {
  const WallTime limit = std::max(WallTime{}, std::min(times.log, times.queues) - kJavaSlack);
  LogReader reader(segments);
  for (LogOffset base = segments.end() + -segments.segment_bytes(); base >= segments.first();
       base = base + -segments.segment_bytes()) {
    TM_ASSIGN_OR_RETURN(const std::optional<WallTime> time, FirstStoreTime(reader, base));
    if (time.has_value() && *time <= limit) return base;
  }
  return segments.first();
}

LogOffset JavaStartAfterStop(const SegmentedFile& segments, std::optional<LogOffset> queues_end) {
  if (!queues_end.has_value() || *queues_end < segments.first()) return segments.first();
  return std::min(segments.BaseOf(*queues_end), segments.end() + -segments.segment_bytes());
}

}  // namespace tidemark

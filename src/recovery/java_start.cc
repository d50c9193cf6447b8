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

Result<LogOffset> JavaStartAfterCrash(SegmentedFile& segments, const JavaCheckpoint& times) {
  const WallTime limit =
      std::max(WallTime{}, std::min(times.log_time, times.queues_time) - kJavaSlack);
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

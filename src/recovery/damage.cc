// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/damage.h"

namespace tidemark {

std::string DescribeDamage(const SegmentedFile& segments, const LogEnd& log_end,
                           LogOffset durable) {
  const LogOffset base = segments.BaseOf(log_end.end);
  std::string text =
      Format("{} is damaged at byte {} (log offset {}): {}. ", segments.PathOf(base).string(),
             segments.PositionIn(log_end.end), ToInt(log_end.end), log_end.why);
  if (log_end.end < durable) {
    text += Format("The log was durable up to {}, {} bytes further. ", ToInt(durable),
                   durable - log_end.end);
  }
  if (log_end.behind.has_value()) {
    std::string where;
    for (const LogOffset offset : log_end.behind->offsets) {
      where += Format("{}{}", where.empty() ? "" : ", ", ToInt(offset));
    }
    text += Format("{} whole records lie behind it, at log offsets {}{}:", log_end.behind->records,
                   where, log_end.behind->records > log_end.behind->offsets.size() ? ", ..." : "");
    int shown = 0;
    for (const auto& [queue, offsets] : log_end.behind->queues) {
      if (++shown > 16) {
        text += Format(" and {} more queues", log_end.behind->queues.size() - 16);
        break;
      }
      text += Format("{} queue {} offsets {}..{}", shown == 1 ? "" : ",", queue,
                     ToInt(offsets.first), ToInt(offsets.second));
    }
    text += ". ";
  }
  text.pop_back();
  return text;
}

}  // namespace tidemark

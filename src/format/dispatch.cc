// SPDX-License-Identifier: Apache-2.0
#include "src/format/dispatch.h"

#include <algorithm>
#include <limits>

#include "src/base/java_text.h"
#include "src/base/status.h"

namespace tidemark {
namespace {

constexpr std::string_view kDefaultDelayLevels =
    "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
constexpr std::string_view kSystemTopicPrefix = "rmq_sys_";

std::int64_t UnitMillis(char unit) {
  switch (unit) {
    case 's':
      return 1000;
    case 'm':
      return 60 * 1000;
    case 'h':
      return 60 * 60 * 1000;
    case 'd':
      return 24 * 60 * 60 * 1000;
    default:
      return 0;
  }
}

bool HasLmqLists(const DispatchView& record) {
  return NamesLmqQueues(record) && !record.lmq_offsets.empty() && !JavaIsBlank(record.lmq_offsets);
}

/// False when the lists do not fit each other or an offset is no number.
bool ReadLmqLists(const DispatchView& record, std::vector<LmqUnit>& units) {
  const std::vector<std::string_view> names = JavaSplit(record.lmq_names, ',');
  const std::vector<std::string_view> offsets = JavaSplit(record.lmq_offsets, ',');
  if (names.size() != offsets.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('/') != std::string_view::npos) continue;  // Java does not read its offset
    const std::optional<std::int64_t> offset = JavaParseLong(offsets[i], 0);
    if (!offset.has_value()) return false;
    if (!IsQueueName(names[i])) continue;
    units.push_back({.name = names[i],
                     .queue = names[i].starts_with(kLmqPrefix) ? 0 : record.queue,
                     .offset = QueueOffset{*offset}});
  }
  return true;
}

}  // namespace

DispatchView::BadNumber DispatchView::SetProperties(const KnownProperties& known) {
  tags = known.tags;
  keys = known.keys;
  unique_key = known.unique_key;
  lmq_names = known.lmq_names;
  lmq_offsets = known.lmq_offsets;
  delay_level = 0;
  inner_base.reset();
  batch_number = 1;
  if (!known.delay.empty() && topic == kScheduleTopic) {
    const auto level = JavaParseLong(known.delay, std::numeric_limits<std::int32_t>::min(),
                                     std::numeric_limits<std::int32_t>::max());
    if (!level.has_value()) return BadNumber::kDelay;
    delay_level = static_cast<std::int32_t>(*level);
  }
  if (!known.inner_number.empty() && !known.inner_base.empty()) {
    const auto base = JavaParseLong(known.inner_base);
    const auto number = JavaParseLong(known.inner_number, std::numeric_limits<std::int16_t>::min(),
                                      std::numeric_limits<std::int16_t>::max());
    if (!base.has_value() || !number.has_value()) return BadNumber::kInner;
    inner_base = QueueOffset{*base};
    batch_number = static_cast<std::int16_t>(*number);
  }
  return BadNumber::kNone;
}

bool IsQueueName(std::string_view name) {
  constexpr std::string_view kForbidden("/\0", 2);
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find_first_of(kForbidden) == std::string_view::npos;
}

bool GetsUnit(const DispatchView& record) {
  return TakesQueueOffset(record.sys_flag) && IsQueueName(record.topic);
}

bool GetsIndexEntries(const DispatchView& record) {
  return TransactionType(record.sys_flag) != kSysFlagTransactionRollback;
}

DelayLevels::DelayLevels() : DelayLevels(*Parse(kDefaultDelayLevels)) {}

Result<DelayLevels> DelayLevels::Parse(std::string_view text) {
  std::vector<std::chrono::milliseconds> delays;
  if (JavaIsBlank(text)) {
    return InvalidArgument("messageDelayLevel is empty; write it like \"{}\"", kDefaultDelayLevels);
  }
  for (const std::string_view part : JavaSplit(text, ' ')) {
    const std::int64_t unit = part.empty() ? 0 : UnitMillis(part.back());
    const auto number =
        unit == 0 ? std::nullopt : JavaParseLong(part.substr(0, part.size() - 1), 0, 1'000'000'000);
    if (!number.has_value()) {
      return InvalidArgument(
          "messageDelayLevel \"{}\": \"{}\" is not a number with s, m, h or d; write it like "
          "\"{}\"",
          text, part, kDefaultDelayLevels);
    }
    delays.emplace_back(*number * unit);
  }
  return DelayLevels(std::move(delays));
}

std::chrono::milliseconds DelayLevels::Delay(std::int32_t level) const {
  return delays_[static_cast<std::size_t>(std::clamp(level, 1, max()) - 1)];
}

std::int64_t TagsHash(std::string_view tags) {
  return JavaHash(tags);
}

std::int64_t TagsCode(const DispatchView& record, const DelayLevels& levels) {
  if (record.delay_level <= 0) return TagsHash(record.tags);
  // A stored time may be anything: add as Java does, wrapping.
  return static_cast<std::int64_t>(
      static_cast<std::uint64_t>(record.store_time.time_since_epoch().count()) +
      static_cast<std::uint64_t>(levels.Delay(record.delay_level).count()));
}

std::int32_t IndexKeyHash(std::string_view topic, std::string_view key) {
  const std::int32_t hash = JavaHash(key, JavaHash("#", JavaHash(topic)));
  if (hash == std::numeric_limits<std::int32_t>::min()) return 0;
  return hash < 0 ? -hash : hash;
}

std::vector<LmqUnit> MultiDispatch(const DispatchView& record) {
  std::vector<LmqUnit> units;
  if (HasLmqLists(record) && !ReadLmqLists(record, units)) units.clear();
  return units;
}

bool NamesLmqQueues(const DispatchView& record) {
  return !record.lmq_names.empty() && TakesQueueOffset(record.sys_flag) &&
         !record.topic.starts_with(kRetryTopicPrefix) &&
         !record.topic.starts_with(kSystemTopicPrefix) && record.topic != kScheduleTopic &&
         !JavaIsBlank(record.lmq_names);
}

Result<std::vector<std::string_view>> LmqNames(std::string_view list) {
  std::vector<std::string_view> names = JavaSplit(list, ',');
  if (names.empty()) return InvalidArgument("INNER_MULTI_DISPATCH \"{}\" names no queue", list);
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (!name->starts_with(kLmqPrefix) || !IsQueueName(*name)) {
      return InvalidArgument("INNER_MULTI_DISPATCH: \"{}\" is no name of a light queue ({}...)",
                             *name, kLmqPrefix);
    }
    if (std::find(names.begin(), name, *name) != name) {
      return InvalidArgument("INNER_MULTI_DISPATCH names \"{}\" twice", *name);
    }
  }
  return names;
}

}  // namespace tidemark

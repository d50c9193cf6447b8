// SPDX-License-Identifier: Apache-2.0
#pragma once

// What queues and index need to know of a record, the same for one that is being appended and one
// that was read.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/format/properties.h"
#include "tidemark/message.h"
#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark {

/// Where delay levels wait for their time: tags codes of this topic are delivery times.
inline constexpr std::string_view kScheduleTopic = "SCHEDULE_TOPIC_XXXX";
inline constexpr std::string_view kRetryTopicPrefix = "%RETRY%";
inline constexpr std::string_view kLmqPrefix = "%LMQ%";

/// The facts of one record. Made by RecordPlan::Dispatch or CheckRecord; borrows their text.
struct DispatchView {
  std::string_view topic;
  std::string_view tags;  ///< Empty: none. So below.
  std::string_view keys;
  std::string_view unique_key;
  std::string_view lmq_names;
  std::string_view lmq_offsets;
  LogOffset log_offset{};  ///< The stored one.
  QueueOffset queue_offset{};
  WallTime store_time{};
  std::int32_t queue = 0;
  std::int32_t size = 0;
  std::int32_t sys_flag = 0;
  std::int32_t delay_level = 0;   ///< DELAY of a record on kScheduleTopic, as stored; else 0.
  std::int16_t batch_number = 1;  ///< Messages in the record, as stored: INNER_NUM or 1.
  std::optional<QueueOffset> inner_base;  ///< INNER_BASE, with INNER_NUM only.

  /// A number among the properties that cannot be read, which makes Java refuse the record.
  enum class BadNumber : std::uint8_t { kNone, kDelay, kInner };

  /// The queue offset of the first message in the record.
  QueueOffset batch_base() const { return inner_base.value_or(queue_offset); }

  /// Takes over the properties; the topic must be set.
  BadNumber SetProperties(const KnownProperties& known);
};

constexpr std::int32_t TransactionType(std::int32_t sys_flag) {
  return sys_flag & kSysFlagTransactionMask;
}

/// Prepared and rolled back messages are in no queue and store the queue offset 0.
constexpr bool TakesQueueOffset(std::int32_t sys_flag) {
  return TransactionType(sys_flag) == 0 || TransactionType(sys_flag) == kSysFlagTransactionCommit;
}

/// Whether a queue's directory may have this name: one path component that is not "." or "..", of
/// at most 255 bytes without a NUL. Whatever Java's broker accepts as a topic is.
bool IsQueueName(std::string_view name);

/// Whether the record has a unit in the queue of its topic.
bool GetsUnit(const DispatchView& record);

/// Whether the record's keys are indexed.
bool GetsIndexEntries(const DispatchView& record);

/// RocketMQ's table of delays (`messageDelayLevel`). Thread-compatible.
class DelayLevels {
 public:
  /// The default, level 1 to 18: "1s 5s 10s 30s 1m ... 30m 1h 2h".
  DelayLevels();
  /// Numbers with s, m, h or d, separated by single spaces. Errors: kInvalidArgument.
  static Result<DelayLevels> Parse(std::string_view text);

  std::int32_t max() const { return static_cast<std::int32_t>(delays_.size()); }
  /// Of a level above 0; levels above the highest are the highest.
  std::chrono::milliseconds Delay(std::int32_t level) const;

 private:
  explicit DelayLevels(std::vector<std::chrono::milliseconds> delays)
      : delays_(std::move(delays)) {}
  std::vector<std::chrono::milliseconds> delays_;  ///< Level 1 first; never empty.
};

/// The third field of the record's queue unit: Java's hash of the tags sign-extended, 0 without
/// tags, the delivery time in ms for a delayed record on kScheduleTopic.
std::int64_t TagsCode(const DispatchView& record, const DelayLevels& levels);

/// Of tags alone.
std::int64_t TagsHash(std::string_view tags);

/// Calls `fn(std::string_view key)` for every key to index, in Java's order: UNIQ_KEY, then those
/// of KEYS, duplicates as often as they occur; not at all when the record gets no entries.
template <typename Fn>
void ForEachIndexKey(const DispatchView& record, Fn&& fn) {
  if (!GetsIndexEntries(record)) return;
  if (!record.unique_key.empty()) fn(record.unique_key);
  std::string_view rest = record.keys;
  while (!rest.empty()) {
    const std::string_view key = rest.substr(0, rest.find(' '));
    rest.remove_prefix(key.size() < rest.size() ? key.size() + 1 : rest.size());
    if (!key.empty()) fn(key);
  }
}

/// What the index stores for `topic#key`: its Java hash without sign, 0 for INT32_MIN.
std::int32_t IndexKeyHash(std::string_view topic, std::string_view key);

/// A further queue (LMQ) that a record shows up in.
struct LmqUnit {
  std::string_view name;  ///< Takes the place of the topic.
  std::int32_t queue = 0;
  QueueOffset offset{};
  friend bool operator==(const LmqUnit&, const LmqUnit&) = default;
};

/// The further queues of the record, none when its lists do not fit each other. (Java's dispatcher
/// hangs on some of those lists.) Names that are no queue names are left out.
std::vector<LmqUnit> MultiDispatch(const DispatchView& record);

/// Whether a store with light queues gives the record a place in the queues it names.
bool NamesLmqQueues(const DispatchView& record);

/// The names of an INNER_MULTI_DISPATCH that is to be stored. Errors: kInvalidArgument (one without
/// %LMQ% in front, one that cannot name a queue, one twice: RocketMQ would count offsets without
/// units, or stop dispatching).
Result<std::vector<std::string_view>> LmqNames(std::string_view list);

}  // namespace tidemark

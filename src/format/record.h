// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writing records. The layout is in layout.h.
//
// Properties are written in this order: KEYS, UNIQ_KEY, TAGS, Message::properties,
// Message::encoded_properties, then ours:
//   INNER_MULTI_QUEUE_OFFSET 0x01 <decimal numbers, ','> 0x02
//       with light queues: the record's offsets in the queues that INNER_MULTI_DISPATCH names.
//   __TIDEMARK_BATCH 0x01 <10 digits: length of the batch in bytes> '@' <19 digits: log offset>
//   0x02
//       on the first record of a batch. The offset is the record's own: a copy of the record
//       elsewhere, made by a program that knows nothing of batches, does not look like the start of
//       one.
//   __CRC32# 0x01 <10 digits, least significant first> 0x02
//       the last 20 bytes of the record: CRC-32 of all bytes before, its top bit cleared.
// None is ever taken over from a message.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/format/dispatch.h"
#include "src/format/layout.h"
#include "tidemark/message.h"
#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark {

inline constexpr std::size_t kBatchLengthDigits = 10;
inline constexpr std::size_t kBatchOffsetDigits = 19;
inline constexpr char kBatchValueSeparator = '@';
inline constexpr std::size_t kBatchValueBytes = kBatchLengthDigits + 1 + kBatchOffsetDigits;
/// What the batch property adds to the first record of a batch.
inline constexpr std::int32_t kBatchPropertyBytes =
    static_cast<std::int32_t>(PropertyBytes(kPropertyBatch, {}) + kBatchValueBytes);

inline constexpr std::size_t kCrcDigits = 10;
inline constexpr std::size_t kCrcPropertyBytes = PropertyBytes(kPropertyCrc, {}) + kCrcDigits;
static_assert(kCrcPropertyBytes == 20, "part of RocketMQ's format");

/// What the store allows beyond the limits of the format.
struct RecordLimits {
  std::int32_t message_bytes_max = 4 << 20;
  /// Messages with INNER_MULTI_DISPATCH get offsets in the queues that it names (LMQ).
  bool light_queues = false;
};

/// The most digits that an offset takes.
inline constexpr std::int32_t kOffsetDigitsMax = 19;
/// The digits that it takes.
std::int32_t OffsetDigits(QueueOffset offset);

/// Where and when a record is stored.
struct Placement {
  LogOffset log_offset{};
  QueueOffset queue_offset{};  ///< Not stored when !TakesQueueOffset(sys_flag).
  WallTime store_time{};
};

/// All that is known of a record before it has its place: checked, sized, the body's CRC computed.
/// Lifetime: borrows the message and everything it borrows. Thread-compatible.
class RecordPlan {
 public:
  /// Plans the record of `message`. Allocates only when it refuses, and for light queues.
  /// `crc_property`: with the CRC trailer. `batch_bytes`: above 0 the record is the first of a
  /// batch of this length, see SetBatchBytes. Errors: kInvalidArgument (a name or a limit; what,
  /// and which limit).
  static Result<RecordPlan> Make(const Message& message, const RecordLimits& limits,
                                 const HostAddress& store_host, bool crc_property,
                                 std::int32_t batch_bytes = 0);
  static Result<RecordPlan> Make(Message&& message, const RecordLimits& limits,
                                 const HostAddress& store_host, bool crc_property,
                                 std::int32_t batch_bytes = 0) = delete;  // would dangle

  /// Of the whole record; final once SetLmqOffsets was called where it has to be.
  std::int32_t size() const { return facts_.size; }
  /// What size() may come to.
  std::int32_t size_max() const {
    return facts_.size + kOffsetDigitsMax * static_cast<std::int32_t>(lmq_names_.size());
  }
  /// The light queues that the record gets offsets in, before it is encoded.
  std::span<const std::string_view> lmq_names() const { return lmq_names_; }
  /// One offset for each of lmq_names(), once.
  void SetLmqOffsets(std::span<const QueueOffset> offsets);
  std::string_view tags() const { return facts_.tags; }
  std::int32_t sys_flag() const { return facts_.sys_flag; }
  const Message& message() const { return *message_; }

  /// Corrects the length of the batch, which is known only when all its records are planned.
  /// The plan must have been made with batch_bytes > 0; its size stays.
  void SetBatchBytes(std::int32_t batch_bytes);

  /// The same facts as of a record that was read.
  DispatchView Dispatch(const Placement& placement) const;

 private:
  friend void Encode(const RecordPlan& plan, const Placement& placement, std::span<std::byte> out);

  RecordPlan() = default;
  Status CheckNames(const RecordLimits& limits) const;
  Status AddProperties(const RecordLimits& limits);
  /// False: the message has it as a field already.
  bool NoteKnown(const Property& property, KnownProperties& known) const;
  Status RefuseProperty(const Property& property) const;
  Status SetHosts(const HostAddress& store_host);
  char* WriteProperties(const Placement& placement, char* to) const;

  const Message* message_ = nullptr;
  DispatchView facts_;  ///< Without what the placement decides.
  HostAddress born_host_;
  HostAddress store_host_;
  std::vector<std::string_view> lmq_names_;
  std::string lmq_offsets_;
  std::uint32_t body_crc_ = 0;
  std::int32_t properties_bytes_ = 0;
  std::int32_t batch_bytes_ = 0;
  bool crc_property_ = false;
  bool drop_ours_ = false;  ///< Encoded properties hold some that are not taken over.
};

/// Writes the record into the first plan.size() bytes of `out`, every one of them.
void Encode(const RecordPlan& plan, const Placement& placement, std::span<std::byte> out);

/// Writes the filler's header; `remaining` counts it and all bytes to the segment's end.
void EncodeBlank(std::int32_t remaining, std::span<std::byte> out8);

}  // namespace tidemark

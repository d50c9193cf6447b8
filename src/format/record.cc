// SPDX-License-Identifier: Apache-2.0
#include "src/format/record.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "src/base/byte_order.h"
#include "src/base/check.h"
#include "src/base/crc32.h"
#include "src/base/status.h"

namespace tidemark {
namespace {

constexpr auto kTopicCharacters = [] {
  std::array<bool, 256> allowed{};
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (const char c : {'_', '%', '|', '-'}) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}();

/// Java takes an IPv4-mapped IPv6 address for the IPv4 address and stores that.
HostAddress Unmapped(const HostAddress& host) {
  constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (!host.v6 || std::memcmp(host.address.data(), kMapped, sizeof(kMapped)) != 0) return host;
  HostAddress v4;
  std::memcpy(v4.address.data(), host.address.data() + sizeof(kMapped), 4);
  v4.port = host.port;
  return v4;
}

std::int32_t HostBytes(const HostAddress& host) {
  return host.v6 ? kHostBytesV6 : kHostBytesV4;
}

std::byte* WriteHost(std::byte* to, const HostAddress& host) {
  const std::size_t address_bytes = host.v6 ? 16 : 4;
  std::memcpy(to, host.address.data(), address_bytes);
  StoreBig<std::int32_t>(to + address_bytes, host.port);
  return to + address_bytes + 4;
}

template <typename T>
std::byte* Write(std::byte* to, T value) {
  StoreBig<T>(to, value);
  return to + sizeof(T);
}

template <typename Char>
Char* WriteRaw(Char* to, const void* from, std::size_t size) {
  if (size != 0) std::memcpy(to, from, size);
  return to + size;
}

char* WriteDigits(char* to, std::int64_t value, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
  return to + digits;
}

bool IsEncodable(const Property& property) {
  return !property.name.empty() && !HasPropertySeparator(property.name) &&
         !HasPropertySeparator(property.value) && !HasSectorOfZeroes(property.name) &&
         !HasSectorOfZeroes(property.value);
}

bool IsOurs(std::string_view name) {
  return name == kPropertyCrc || name == kPropertyBatch || name == kPropertyLmqOffsets;
}

/// Calls `fn` for the pieces of encoded properties that are no entries of ours, without 0x02.
template <typename Fn>
void ForEachOther(std::string_view encoded, Fn&& fn) {
  while (!encoded.empty()) {
    const std::string_view piece = encoded.substr(0, encoded.find(kPropertyEnd));
    encoded.remove_prefix(std::min(piece.size() + 1, encoded.size()));
    const std::size_t name_end = piece.find(kPropertyNameEnd);
    if (name_end == std::string_view::npos || !IsOurs(piece.substr(0, name_end))) fn(piece);
  }
}

}  // namespace

Status RecordPlan::CheckNames(const RecordLimits& limits) const {
  const Message& message = *message_;
  const std::string_view topic = message.topic;
  const std::size_t topic_max =
      topic.starts_with(kRetryTopicPrefix) ? kTopicBytesMax : kTopicBytesMaxV1;
  if (topic.empty() || topic.size() > topic_max) {
    return InvalidArgument("topic \"{}\" has {} bytes; 1 to {} are allowed", topic, topic.size(),
                           topic_max);
  }
  bool allowed = true;
  for (const char c : topic) allowed &= kTopicCharacters[static_cast<unsigned char>(c)];
  if (!allowed) {
    return InvalidArgument("topic \"{}\" holds other characters than letters, digits and _ % | -",
                           topic);
  }
  if (message.queue < 0 || message.queue > kQueueMax) {
    return InvalidArgument("topic \"{}\": queue {}; 0 to {} are allowed", topic, message.queue,
                           kQueueMax);
  }
  if (message.body.size() > static_cast<std::size_t>(std::max(limits.message_bytes_max, 0))) {
    return InvalidArgument("topic \"{}\": the body has {} bytes; message_bytes_max allows {}",
                           topic, message.body.size(), limits.message_bytes_max);
  }
  return Status();
}

bool RecordPlan::NoteKnown(const Property& property, KnownProperties& known) const {
  std::string_view* place = known.Find(property.name);
  if (place == nullptr) return true;
  if ((place == &known.keys && !message_->keys.empty()) ||
      (place == &known.tags && !message_->tags.empty()) ||
      (place == &known.unique_key && !message_->unique_key.empty()))
    return false;
  *place = property.value;
  return true;
}

Status RecordPlan::RefuseProperty(const Property& property) const {
  if (IsEncodable(property)) {
    return InvalidArgument("topic \"{}\": {} is given both as a field and as a property; give one",
                           message_->topic, property.name);
  }
  return InvalidArgument(
      "topic \"{}\": property \"{}\" has no name, a byte 0x01 or 0x02, which RocketMQ's "
      "properties cannot hold, or 512 zero bytes in a row",
      message_->topic, property.name);
}

Status RecordPlan::AddProperties(const RecordLimits& limits) {
  const Message& message = *message_;
  KnownProperties known;
  known.keys = message.keys;
  known.unique_key = message.unique_key;
  known.tags = message.tags;
  std::size_t bytes = 0;
  for (const Property& field :
       {Property{kPropertyKeys, message.keys}, Property{kPropertyUniqueKey, message.unique_key},
        Property{kPropertyTags, message.tags}}) {
    if (field.value.empty()) continue;
    if (!IsEncodable(field)) return RefuseProperty(field);
    bytes += PropertyBytes(field.name, field.value);
  }
  for (const Property& property : message.properties) {
    if (property.value.empty() || IsOurs(property.name)) continue;
    if (!IsEncodable(property) || !NoteKnown(property, known)) return RefuseProperty(property);
    bytes += PropertyBytes(property.name, property.value);
  }
  if (HasSectorOfZeroes(message.encoded_properties)) {
    return InvalidArgument("topic \"{}\": properties hold 512 zero bytes in a row", message.topic);
  }
  PropertyCursor cursor(message.encoded_properties);
  for (Property property; cursor.Next(property);) {
    if (IsOurs(property.name)) {
      drop_ours_ = true;
    } else if (!NoteKnown(property, known)) {
      return RefuseProperty({property.name, {}});
    }
  }
  if (drop_ours_) {
    ForEachOther(message.encoded_properties,
                 [&](std::string_view piece) { bytes += piece.size() + 1; });
  } else if (!message.encoded_properties.empty()) {
    bytes += message.encoded_properties.size() +
             (message.encoded_properties.back() == kPropertyEnd ? 0 : 1);
  }
  facts_.lmq_names = known.lmq_names;
  std::size_t offsets_bytes_max = 0;
  if (limits.light_queues && NamesLmqQueues(facts_)) {
    auto names = LmqNames(known.lmq_names);
    if (!names.has_value()) return Prefix(Format("topic \"{}\"", message.topic), names.error());
    lmq_names_ = *std::move(names);
    bytes += PropertyBytes(kPropertyLmqOffsets, {}) + lmq_names_.size() - 1;
    offsets_bytes_max = kOffsetDigitsMax * lmq_names_.size();
  }
  if (batch_bytes_ > 0) bytes += kBatchPropertyBytes;
  if (crc_property_) bytes += kCrcPropertyBytes;
  if (bytes + offsets_bytes_max > static_cast<std::size_t>(kPropertiesBytesMax)) {
    return InvalidArgument("topic \"{}\": properties take {} bytes; {} are allowed", message.topic,
                           bytes, kPropertiesBytesMax);
  }
  properties_bytes_ = static_cast<std::int32_t>(bytes);

  if (facts_.SetProperties(known) != DispatchView::BadNumber::kNone) {
    return InvalidArgument(
        "topic \"{}\": DELAY \"{}\", INNER_NUM \"{}\" or INNER_BASE \"{}\" is not a number, and "
        "RocketMQ could not read the message",
        message.topic, known.delay, known.inner_number, known.inner_base);
  }
  if (!known.inner_number.empty() && (message.sys_flag & kSysFlagInnerBatch) == 0) {
    return InvalidArgument("topic \"{}\": INNER_NUM without kSysFlagInnerBatch", message.topic);
  }
  return Status();
}

Status RecordPlan::SetHosts(const HostAddress& store_host) {
  store_host_ = Unmapped(store_host);
  born_host_ = message_->born_host.has_value() ? Unmapped(*message_->born_host) : store_host_;
  for (const std::int32_t port : {born_host_.port, store_host_.port}) {
    if (port < 0 || port > 65535) {
      return InvalidArgument("topic \"{}\": the host's port {} is not in 0..65535", message_->topic,
                             port);
    }
  }
  facts_.sys_flag = (message_->sys_flag & ~(kSysFlagBornHostV6 | kSysFlagStoreHostV6)) |
                    (born_host_.v6 ? kSysFlagBornHostV6 : 0) |
                    (store_host_.v6 ? kSysFlagStoreHostV6 : 0);
  return Status();
}

Result<RecordPlan> RecordPlan::Make(const Message& message, const RecordLimits& limits,
                                    const HostAddress& store_host, bool crc_property,
                                    std::int32_t batch_bytes) {
  TM_CHECK(batch_bytes >= 0, "a batch of {} bytes", batch_bytes);
  RecordPlan plan;
  plan.message_ = &message;
  plan.crc_property_ = crc_property;
  plan.batch_bytes_ = batch_bytes;
  plan.facts_.topic = message.topic;
  plan.facts_.queue = message.queue;
  TM_RETURN_IF_ERROR(plan.CheckNames(limits));
  TM_RETURN_IF_ERROR(plan.SetHosts(store_host));
  TM_RETURN_IF_ERROR(plan.AddProperties(limits));
  const bool v2 = message.topic.size() > kTopicBytesMaxV1;
  const std::int64_t size = std::int64_t{74} + HostBytes(plan.born_host_) +
                            HostBytes(plan.store_host_) + (v2 ? 2 : 1) +
                            static_cast<std::int64_t>(message.body.size() + message.topic.size()) +
                            plan.properties_bytes_;
  if (size > std::numeric_limits<std::int32_t>::max()) {
    return InvalidArgument("topic \"{}\": a record of {} bytes; the format allows 2^31 - 1",
                           message.topic, size);
  }
  plan.facts_.size = static_cast<std::int32_t>(size);
  plan.body_crc_ = RocketCrc32(message.body);
  return plan;
}

std::int32_t OffsetDigits(QueueOffset offset) {
  std::int32_t digits = 1;
  for (std::int64_t rest = ToInt(offset) / 10; rest > 0; rest /= 10) ++digits;
  return digits;
}

void RecordPlan::SetLmqOffsets(std::span<const QueueOffset> offsets) {
  TM_CHECK(offsets.size() == lmq_names_.size() && lmq_offsets_.empty(),
           "{} offsets for {} light queues", offsets.size(), lmq_names_.size());
  std::int32_t digits = 0;
  for (const QueueOffset offset : offsets) {
    if (!lmq_offsets_.empty()) lmq_offsets_ += ',';
    lmq_offsets_ += std::to_string(ToInt(offset));
    digits += OffsetDigits(offset);
  }
  properties_bytes_ += digits;
  facts_.size += digits;
}

void RecordPlan::SetBatchBytes(std::int32_t batch_bytes) {
  TM_CHECK(batch_bytes_ > 0 && batch_bytes > 0, "batch of {} bytes, planned with {}", batch_bytes,
           batch_bytes_);
  batch_bytes_ = batch_bytes;
}

DispatchView RecordPlan::Dispatch(const Placement& placement) const {
  DispatchView view = facts_;
  view.log_offset = placement.log_offset;
  view.store_time = placement.store_time;
  if (TakesQueueOffset(view.sys_flag)) view.queue_offset = placement.queue_offset;
  view.lmq_offsets = lmq_offsets_;
  return view;
}

char* RecordPlan::WriteProperties(const Placement& placement, char* to) const {
  const Message& message = *message_;
  if (!message.keys.empty()) to = WriteProperty(to, kPropertyKeys, message.keys);
  if (!message.unique_key.empty()) to = WriteProperty(to, kPropertyUniqueKey, message.unique_key);
  if (!message.tags.empty()) to = WriteProperty(to, kPropertyTags, message.tags);
  for (const Property& property : message.properties) {
    if (property.value.empty() || IsOurs(property.name)) continue;
    to = WriteProperty(to, property.name, property.value);
  }
  if (drop_ours_) {
    ForEachOther(message.encoded_properties, [&](std::string_view piece) {
      to = WriteRaw(to, piece.data(), piece.size());
      *to++ = kPropertyEnd;
    });
  } else if (!message.encoded_properties.empty()) {
    to = WriteRaw(to, message.encoded_properties.data(), message.encoded_properties.size());
    if (message.encoded_properties.back() != kPropertyEnd) *to++ = kPropertyEnd;
  }
  if (!lmq_offsets_.empty()) to = WriteProperty(to, kPropertyLmqOffsets, lmq_offsets_);
  if (batch_bytes_ > 0) {
    char value[kBatchValueBytes];
    char* at = WriteDigits(value, batch_bytes_, kBatchLengthDigits);
    *at++ = kBatchValueSeparator;
    WriteDigits(at, ToInt(placement.log_offset), kBatchOffsetDigits);
    to = WriteProperty(to, kPropertyBatch, std::string_view(value, sizeof(value)));
  }
  return to;
}

void Encode(const RecordPlan& plan, const Placement& placement, std::span<std::byte> out) {
  const Message& message = *plan.message_;
  const DispatchView& facts = plan.facts_;
  TM_CHECK(out.size() >= static_cast<std::size_t>(facts.size), "{} bytes for a record of {}",
           out.size(), facts.size);
  const bool v2 = message.topic.size() > kTopicBytesMaxV1;
  const std::int64_t store_time = placement.store_time.time_since_epoch().count();
  std::byte* to = out.data();
  to = Write<std::int32_t>(to, facts.size);
  to = Write<std::int32_t>(to, v2 ? kRecordMagicV2 : kRecordMagicV1);
  to = Write<std::uint32_t>(to, plan.body_crc_);
  to = Write<std::int32_t>(to, message.queue);
  to = Write<std::int32_t>(to, message.flag);
  to =
      Write<std::int64_t>(to, TakesQueueOffset(facts.sys_flag) ? ToInt(placement.queue_offset) : 0);
  to = Write<std::int64_t>(to, ToInt(placement.log_offset));
  to = Write<std::int32_t>(to, facts.sys_flag);
  to = Write<std::int64_t>(to, message.born_time.has_value()
                                   ? message.born_time->time_since_epoch().count()
                                   : store_time);
  to = WriteHost(to, plan.born_host_);
  to = Write<std::int64_t>(to, store_time);
  to = WriteHost(to, plan.store_host_);
  to = Write<std::int32_t>(to, message.reconsume_times);
  to = Write<std::int64_t>(to, ToInt(message.prepared_transaction_offset));
  to = Write<std::int32_t>(to, static_cast<std::int32_t>(message.body.size()));
  to = WriteRaw(to, message.body.data(), message.body.size());
  to = v2 ? Write(to, static_cast<std::int16_t>(message.topic.size()))
          : Write(to, static_cast<std::int8_t>(message.topic.size()));
  to = WriteRaw(to, message.topic.data(), message.topic.size());
  to = Write(to, static_cast<std::int16_t>(plan.properties_bytes_));
  to = reinterpret_cast<std::byte*>(plan.WriteProperties(placement, reinterpret_cast<char*>(to)));
  if (plan.crc_property_) {
    std::uint32_t crc = RocketCrc32(Bytes(out.data(), static_cast<std::size_t>(to - out.data())));
    char digits[kCrcDigits];
    for (char& digit : digits) {
      digit = static_cast<char>('0' + crc % 10);
      crc /= 10;
    }
    to = reinterpret_cast<std::byte*>(WriteProperty(reinterpret_cast<char*>(to), kPropertyCrc,
                                                    std::string_view(digits, sizeof(digits))));
  }
  TM_CHECK(to - out.data() == facts.size, "wrote {} bytes of a record of {}", to - out.data(),
           facts.size);
}

void EncodeBlank(std::int32_t remaining, std::span<std::byte> out8) {
  TM_CHECK(
      out8.size() >= static_cast<std::size_t>(kBlankHeaderBytes) && remaining >= kBlankHeaderBytes,
      "{} bytes remain, {} given", remaining, out8.size());
  StoreBig<std::int32_t>(out8.data(), remaining);
  StoreBig<std::int32_t>(out8.data() + kRecordMagicAt, kBlankMagic);
}

}  // namespace tidemark

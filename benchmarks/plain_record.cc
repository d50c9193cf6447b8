// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/plain_record.h"

#include <libdeflate.h>

#include <bit>
#include <cstring>
#include <string_view>

namespace tidemark::bench {
namespace {

constexpr std::int32_t kMagic = -626843481;
constexpr std::size_t kFixedBytes = 91;  // without topic, body and properties
constexpr std::size_t kBodyLengthAt = 84;
constexpr std::uint8_t kStoreHost[8] = {127, 0, 0, 1, 0, 0, 10911 >> 8, 10911 & 0xFF};

template <typename T>
T Swapped(T value) {
  if constexpr (sizeof(T) == 8) {
    return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
  } else if constexpr (sizeof(T) == 4) {
    return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  } else {
    return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  }
}
static_assert(std::endian::native == std::endian::little);

template <typename T>
std::byte* Put(std::byte* to, T value) {
  value = Swapped(value);
  std::memcpy(to, &value, sizeof(value));
  return to + sizeof(value);
}

std::byte* PutRaw(std::byte* to, const void* from, std::size_t size) {
  std::memcpy(to, from, size);
  return to + size;
}

std::byte* PutProperty(std::byte* to, std::string_view name, std::string_view value) {
  to = PutRaw(to, name.data(), name.size());
  *to++ = std::byte{1};
  to = PutRaw(to, value.data(), value.size());
  *to++ = std::byte{2};
  return to;
}

std::size_t PropertiesBytes(const Message& message) {
  return 4 + 2 + message.keys.size() + 4 + 2 + message.tags.size();
}

std::int32_t Load32(const std::byte* from) {
  std::int32_t value = 0;
  std::memcpy(&value, from, sizeof(value));
  return Swapped(value);
}

}  // namespace

std::size_t PlainRecordBytes(const Message& message) {
  return kFixedBytes + message.body.size() + message.topic.size() + PropertiesBytes(message);
}

std::uint32_t PlainBodyCrc(Bytes body) {
  return libdeflate_crc32(0, body.data(), body.size()) & 0x7FFFFFFFu;
}

std::byte* EncodePlain(const Message& message, std::uint32_t body_crc, const PlainPlace& place,
                       std::byte* out) {
  std::byte* to = out;
  to = Put(to, static_cast<std::int32_t>(PlainRecordBytes(message)));
  to = Put(to, kMagic);
  to = Put(to, body_crc);
  to = Put(to, message.queue);
  to = Put(to, std::int32_t{0});  // flag
  to = Put(to, place.queue_offset);
  to = Put(to, place.log_offset);
  to = Put(to, std::int32_t{0});  // sys flag
  to = Put(to, place.time_ms);
  to = PutRaw(to, kStoreHost, sizeof(kStoreHost));
  to = Put(to, place.time_ms);
  to = PutRaw(to, kStoreHost, sizeof(kStoreHost));
  to = Put(to, std::int32_t{0});  // reconsume times
  to = Put(to, std::int64_t{0});  // prepared transaction offset
  to = Put(to, static_cast<std::int32_t>(message.body.size()));
  to = PutRaw(to, message.body.data(), message.body.size());
  *to++ = static_cast<std::byte>(message.topic.size());
  to = PutRaw(to, message.topic.data(), message.topic.size());
  to = Put(to, static_cast<std::int16_t>(PropertiesBytes(message)));
  to = PutProperty(to, "KEYS", message.keys);
  return PutProperty(to, "TAGS", message.tags);
}

std::int32_t PlainSizeAt(const std::byte* at) {
  return Load32(at);
}

bool CheckPlain(const std::byte* at) {
  if (Load32(at + 4) != kMagic) return false;
  const auto body_bytes = static_cast<std::size_t>(Load32(at + kBodyLengthAt));
  return PlainBodyCrc(Bytes(at + kBodyLengthAt + 4, body_bytes)) ==
         static_cast<std::uint32_t>(Load32(at + 8));
}

}  // namespace tidemark::bench

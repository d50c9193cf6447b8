// SPDX-License-Identifier: Apache-2.0
#include "src/format/message_id.h"

#include <time.h>

#include <cstring>
#include <span>

#include "src/base/byte_order.h"
#include "src/base/status.h"

namespace tidemark {
namespace {

constexpr std::size_t kIdBytesV4 = 16;
constexpr std::size_t kIdBytesV6 = 28;

std::string Hex(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text(2 * bytes.size(), '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 0xF];
  }
  return text;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The bytes of an id, and how many are its address.
struct IdBytes {
  std::array<std::byte, kIdBytesV6> bytes{};
  std::size_t address_bytes = 0;

  HostAddress Host() const {
    HostAddress host;
    host.v6 = address_bytes == 16;
    std::memcpy(host.address.data(), bytes.data(), address_bytes);
    return host;
  }
  template <typename T>
  T At(std::size_t behind_address) const {
    return LoadBig<T>(bytes.data() + address_bytes + behind_address);
  }
};

Result<IdBytes> ParseId(std::string_view text, std::string_view what) {
  if (text.size() != 2 * kIdBytesV4 && text.size() != 2 * kIdBytesV6) {
    return InvalidArgument("{} \"{}\" has {} characters; it must have {} or {}", what, text,
                           text.size(), 2 * kIdBytesV4, 2 * kIdBytesV6);
  }
  IdBytes id;
  id.address_bytes = text.size() == 2 * kIdBytesV4 ? 4 : 16;
  for (std::size_t i = 0; i < text.size() / 2; ++i) {
    const int high = HexDigit(text[2 * i]), low = HexDigit(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return InvalidArgument("{} \"{}\" holds other characters than hex digits", what, text);
    }
    id.bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return id;
}

template <typename T, std::size_t N>
void Append(std::array<std::uint8_t, N>& to, std::size_t& size, T value) {
  StoreBig<T>(reinterpret_cast<std::byte*>(to.data() + size), value);
  size += sizeof(T);
}

template <std::size_t N>
void AppendAddress(std::array<std::uint8_t, N>& to, std::size_t& size, const HostAddress& host) {
  const std::size_t address_bytes = host.v6 ? 16 : 4;
  std::memcpy(to.data() + size, host.address.data(), address_bytes);
  size += address_bytes;
}

}  // namespace

std::string EncodeOffsetMessageId(const OffsetMessageId& id) {
  std::array<std::uint8_t, kIdBytesV6> bytes;
  std::size_t size = 0;
  AppendAddress(bytes, size, id.store_host);
  Append<std::int32_t>(bytes, size, id.store_host.port);
  Append<std::int64_t>(bytes, size, ToInt(id.log_offset));
  return Hex(std::span(bytes).first(size));
}

Result<OffsetMessageId> DecodeOffsetMessageId(std::string_view text) {
  TM_ASSIGN_OR_RETURN(const IdBytes bytes, ParseId(text, "offset message id"));
  OffsetMessageId id;
  id.store_host = bytes.Host();
  id.store_host.port = bytes.At<std::int32_t>(0);
  id.log_offset = LogOffset{bytes.At<std::int64_t>(4)};
  return id;
}

Result<UniqueKey> DecodeUniqueKey(std::string_view text) {
  TM_ASSIGN_OR_RETURN(const IdBytes bytes, ParseId(text, "unique key"));
  return UniqueKey{.host = bytes.Host(),
                   .process = bytes.At<std::uint16_t>(0),
                   .client = bytes.At<std::uint32_t>(2),
                   .month_ms = bytes.At<std::uint32_t>(6),
                   .counter = bytes.At<std::uint16_t>(10)};
}

WallTime MonthStart(WallTime time, int months) {
  const time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  tm local{};
  localtime_r(&seconds, &local);
  local.tm_mon -= months;
  local.tm_mday = 1;
  local.tm_hour = local.tm_min = local.tm_sec = 0;
  local.tm_isdst = -1;
  return WallTime(std::chrono::seconds(mktime(&local)));
}

WallTime TimeOf(const UniqueKey& key, WallTime now) {
  const std::chrono::milliseconds since(key.month_ms);
  const WallTime time = MonthStart(now) + since;
  return time < now ? time : MonthStart(now, 1) + since;
}

UniqueKeyGenerator::UniqueKeyGenerator(io::Clock& clock, const HostAddress& host,
                                       std::uint32_t process, std::uint32_t client)
    : clock_(clock) {
  AppendAddress(prefix_, prefix_bytes_, host);
  Append(prefix_, prefix_bytes_, static_cast<std::uint16_t>(process));
  Append(prefix_, prefix_bytes_, client);
}

std::uint32_t UniqueKeyGenerator::MonthMillis(WallTime now) {
  MutexLock lock(mutex_);
  if (now >= month_end_) {
    month_start_ = MonthStart(now);
    month_end_ = MonthStart(now, -1);
  }
  const std::int64_t since = (now - month_start_).count();
  // A clock that stepped back a little over the month's start, as Java has it.
  return since < 0 && since > -1'000'000 ? 0 : static_cast<std::uint32_t>(since);
}

std::string UniqueKeyGenerator::Next() {
  const WallTime now(std::chrono::floor<std::chrono::milliseconds>(clock_.Wall()));
  std::array<std::uint8_t, kIdBytesV6> bytes;
  std::memcpy(bytes.data(), prefix_.data(), prefix_bytes_);
  std::size_t size = prefix_bytes_;
  Append(bytes, size, MonthMillis(now));
  Append(bytes, size, counter_.fetch_add(1, std::memory_order_relaxed));
  return Hex(std::span(bytes).first(size));
}

}  // namespace tidemark

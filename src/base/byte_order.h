// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tidemark {

/// Every integer in RocketMQ's files and frames is big-endian two's complement.
template <std::integral T>
T LoadBig(const std::byte* from) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, from, sizeof(T));
  if constexpr (sizeof(T) == 8)
    return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
  if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  return value;
}

template <std::integral T>
void StoreBig(std::byte* to, T value) {
  const T swapped = LoadBig<T>(reinterpret_cast<const std::byte*>(&value));
  std::memcpy(to, &swapped, sizeof(T));
}

/// Our own files (the sidecar) are little-endian.
template <std::integral T>
T LoadLittle(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <std::integral T>
void StoreLittle(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace tidemark

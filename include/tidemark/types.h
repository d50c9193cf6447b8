// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A byte's position in the commit log; never reused. Not a QueueOffset.
enum class LogOffset : std::int64_t {};

/// A message's number in its queue, from 0. Not a LogOffset.
enum class QueueOffset : std::int64_t {};

constexpr std::int64_t ToInt(LogOffset offset) {
  return static_cast<std::int64_t>(offset);
}
constexpr std::int64_t ToInt(QueueOffset offset) {
  return static_cast<std::int64_t>(offset);
}

constexpr LogOffset operator+(LogOffset offset, std::int64_t bytes) {
  return LogOffset{ToInt(offset) + bytes};
}
constexpr std::int64_t operator-(LogOffset end, LogOffset start) {
  return ToInt(end) - ToInt(start);
}
constexpr QueueOffset operator+(QueueOffset offset, std::int64_t messages) {
  return QueueOffset{ToInt(offset) + messages};
}
constexpr std::int64_t operator-(QueueOffset end, QueueOffset start) {
  return ToInt(end) - ToInt(start);
}

/// Wall-clock time as RocketMQ stores it: milliseconds since the Unix epoch.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Both ends included.
struct TimeRange {
  WallTime first = WallTime::min();
  WallTime last = WallTime::max();
};

/// Names a queue in a call: `{"orders", 3}`. Borrows the topic's characters for the call only.
struct TopicQueue {
  std::string_view topic;
  std::int32_t queue = 0;
  friend bool operator==(const TopicQueue&, const TopicQueue&) = default;
};

/// Bytes that somebody else owns; made from text, vectors, arrays and spans without a copy.
class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr Bytes(const std::byte* data, std::size_t size) : data_(data), size_(size) {}
  constexpr Bytes(std::span<const std::byte> bytes)  // NOLINT: implicit by design
      : data_(bytes.data()), size_(bytes.size()) {}
  Bytes(const std::vector<std::byte>& bytes)  // NOLINT: implicit by design
      : data_(bytes.data()), size_(bytes.size()) {}
  Bytes(std::string_view text)  // NOLINT: implicit by design
      : data_(reinterpret_cast<const std::byte*>(text.data())), size_(text.size()) {}
  Bytes(const std::string& text) : Bytes(std::string_view(text)) {}  // NOLINT: implicit by design
  Bytes(const char* text) : Bytes(std::string_view(text)) {}         // NOLINT: implicit by design

  constexpr const std::byte* data() const { return data_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr std::span<const std::byte> span() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// An IPv4 or IPv6 address with its port, as records hold it.
struct HostAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> address{};  ///< Network order; IPv4 uses the first four.
  std::int32_t port = 0;
  friend bool operator==(const HostAddress&, const HostAddress&) = default;
};

/// How safe an append is before it is acknowledged.
enum class Durability : std::uint8_t {
  kMemory,  ///< In this process's memory; a killed process may lose `write_behind_bytes_max`.
  kKernel,  ///< Handed to the kernel: survives a killed process, not a power cut.
  kDevice,  ///< Flushed to the device: survives a power cut.
};

}  // namespace tidemark

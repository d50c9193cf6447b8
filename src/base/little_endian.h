// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/byte_order.h"

// How our own files (the sidecar) are put together and taken apart: little-endian integers, texts
// with their length in front.
namespace tidemark {

class LittleWriter {
 public:
  template <typename T>
  void Put(T value) {
    std::array<std::byte, sizeof(T)> little;
    StoreLittle(little.data(), value);
    bytes_.insert(bytes_.end(), little.begin(), little.end());
  }
  void PutBytes(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void PutText(std::string_view text) {
    Put(static_cast<std::uint16_t>(text.size()));
    PutBytes(std::as_bytes(std::span(text)));
  }
  /// Zeroes to be filled in before the next call.
  std::byte* Add(std::size_t size) {
    bytes_.resize(bytes_.size() + size);
    return bytes_.data() + (bytes_.size() - size);
  }
  void Reserve(std::size_t size) { bytes_.reserve(size); }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::vector<std::byte> Take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Never reads past the end: once the bytes have run out every call answers zeroes, and good() says
/// so.
class LittleReader {
 public:
  explicit LittleReader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <typename T>
  T Get() {
    const std::byte* from = Take(sizeof(T));
    return from == nullptr ? T{} : LoadLittle<T>(from);
  }
  std::string GetText() {
    const auto size = Get<std::uint16_t>();
    const std::byte* from = Take(size);
    return from == nullptr ? "" : std::string(reinterpret_cast<const char*>(from), size);
  }
  /// A count of things that take at least `each` bytes; 0 when there cannot be so many.
  template <typename T>
  T GetCount(std::size_t each) {
    const auto count = Get<T>();
    if (count <= left_.size() / each) return count;
    good_ = false;
    return 0;
  }
  /// The next `size` bytes, or null.
  const std::byte* Take(std::size_t size) {
    if (size > left_.size()) good_ = false;
    if (!good_) return nullptr;
    const std::byte* from = left_.data();
    left_ = left_.subspan(size);
    return from;
  }
  bool good() const { return good_; }
  /// Everything asked for was there, and nothing is left.
  bool done() const { return good_ && left_.empty(); }

 private:
  std::span<const std::byte> left_;
  bool good_ = true;
};

}  // namespace tidemark

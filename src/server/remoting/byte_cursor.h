// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "src/base/byte_order.h"
#include "src/base/status.h"
#include "tidemark/types.h"

namespace tidemark::remoting {

/// Reads foreign bytes from front to end and never beyond it. Thread-bound.
class ByteCursor {
 public:
  explicit ByteCursor(Bytes bytes) : rest_(bytes) {}

  std::size_t left() const { return rest_.size(); }

  /// A big-endian integer. Errors: kInvalidArgument.
  template <std::integral T>
  Result<T> Integer() {
    TM_ASSIGN_OR_RETURN(const Bytes bytes, Take(sizeof(T)));
    return LoadBig<T>(bytes.data());
  }

  /// The next `size` bytes, a length that somebody claims. Errors: kInvalidArgument.
  Result<Bytes> Take(std::int64_t size) {
    if (size < 0 || static_cast<std::uint64_t>(size) > rest_.size()) {
      return InvalidArgument("{} bytes claimed where {} are left", size, rest_.size());
    }
    const Bytes taken = rest_.span().first(static_cast<std::size_t>(size));
    rest_ = rest_.span().subspan(taken.size());
    return taken;
  }

  /// Bytes with their length in front, an integer of type T. Errors: kInvalidArgument.
  template <std::signed_integral T>
  Result<Bytes> Counted() {
    TM_ASSIGN_OR_RETURN(const T size, Integer<T>());
    return Take(size);
  }

 private:
  Bytes rest_;
};

/// Adds a big-endian integer.
template <std::integral T>
void AppendBig(std::string* to, T value) {
  std::byte bytes[sizeof(T)];
  StoreBig(bytes, value);
  to->append(reinterpret_cast<const char*>(bytes), sizeof(T));
}

}  // namespace tidemark::remoting

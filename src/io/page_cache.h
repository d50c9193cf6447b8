// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidemark::io {

/// Whether [offset, offset + size) of an open file lies in the page cache as a whole, found without
/// reading any of it. False also where the kernel does not tell.
///
/// A read with RWF_NOWAIT would not do: before it answers EAGAIN it starts read-ahead, and so fills
/// the page cache with what it said was not there.
bool InPageCache(int fd, std::uint64_t offset, std::size_t size);

}  // namespace tidemark::io

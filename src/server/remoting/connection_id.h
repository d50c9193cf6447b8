// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tidemark::remoting {

/// A connection while it is open; never reused by one process.
enum class ConnectionId : std::uint64_t {};

}  // namespace tidemark::remoting

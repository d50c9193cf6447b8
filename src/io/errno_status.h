// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/base/status.h"

namespace tidemark::io {

/// What the kernel's `error` (an errno) of `call` on the file `path` means, as a Status that says
/// what to do: "/s/commitlog/00..0: fdatasync: Input/output error (EIO); the device failed: ...".
Status SystemError(int error, std::string_view call, std::string_view path);

/// The same of a transfer of `size` bytes at `offset`.
Status SystemError(int error, std::string_view call, std::string_view path, std::uint64_t offset,
                   std::size_t size);

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tidemark/io.h"

namespace tidemark::io {

/// A ring served by io_uring. Files of another kind than PosixFile are served by their own methods
/// at Submit, and so is what the kernel cannot take.
/// Errors: kUnavailable (the kernel refuses; the message has the errno and what limits apply).
Result<std::unique_ptr<Ring>> NewUring(std::size_t depth);

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "src/io/io.h"

namespace tidemark::io {

/// Performs the operations one after the other through their files and appends their completions
/// to `done`. `cancelled`: what the first one was linked to did not succeed in full.
void PerformInline(std::span<const Operation> operations, bool cancelled,
                   std::deque<Completion>& done);

/// Moves completions from the front of `done` to `out`; returns how many.
std::size_t TakeCompletions(std::deque<Completion>& done, std::span<Completion> out);

/// What an operation says whose predecessor did not succeed in full.
Status CancelledStatus();

}  // namespace tidemark::io

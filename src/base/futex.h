// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tidemark {

/// Sleeps while `word` holds `expected`, at most `timeout`; may return early without reason.
void FutexWait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
               std::chrono::nanoseconds timeout);

/// Wakes everybody who sleeps on `word`.
void FutexWakeAll(std::atomic<std::uint32_t>& word);

/// Wakes one.
void FutexWakeOne(std::atomic<std::uint32_t>& word);

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/base/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>

namespace tidemark {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

long Futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* timeout) {
  return syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation, value, timeout,
                 nullptr, 0);
}

}  // namespace

void FutexWait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
               std::chrono::nanoseconds timeout) {
  if (timeout.count() <= 0) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  timespec relative{};
  relative.tv_sec = seconds.count();
  relative.tv_nsec = (timeout - seconds).count();
  Futex(word, FUTEX_WAIT_PRIVATE, expected, &relative);
}

void FutexWakeAll(std::atomic<std::uint32_t>& word) {
  Futex(word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr);
}

void FutexWakeOne(std::atomic<std::uint32_t>& word) {
  Futex(word, FUTEX_WAKE_PRIVATE, 1, nullptr);
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/engine/waiters.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/base/futex.h"

namespace tidemark {

Waiters::~Waiters() {
  if (event_fd_.load() >= 0) close(event_fd_.load());
}

void Waiters::Notify() {
  // Sleepers count themselves before they look at what is visible, and what became visible was
  // stored before this load: one of the two sees the other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_relaxed) > 0) {
    generation_.fetch_add(1, std::memory_order_release);
    FutexWakeAll(generation_);
  }
  const int fd = event_fd_.load(std::memory_order_relaxed);
  if (fd >= 0 && !event_raised_.exchange(true, std::memory_order_acq_rel)) {
    const std::uint64_t one = 1;
    // Cannot fail: the counter is at most 1.
    [[maybe_unused]] const auto written = write(fd, &one, sizeof(one));
  }
}

void Waiters::NotifyAll() {
  generation_.fetch_add(1, std::memory_order_release);
  FutexWakeAll(generation_);
}

void Waiters::Sleep(std::uint32_t seen, std::chrono::nanoseconds timeout) {
  FutexWait(generation_, seen, timeout);
}

Result<int> Waiters::EventFd() {
  MutexLock lock(mutex_);
  if (event_fd_.load() < 0) {
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) return ResourceExhausted("eventfd: {}", std::strerror(errno));
    event_fd_.store(fd);
  }
  return event_fd_.load();
}

void Waiters::DrainEvents() {
  const int fd = event_fd_.load();
  if (fd < 0) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(fd, &count, sizeof(count));
  // Only now may the next Notify write again: what it announces is seen by whoever reads after us.
  event_raised_.store(false, std::memory_order_release);
}

}  // namespace tidemark

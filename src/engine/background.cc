// SPDX-License-Identifier: Apache-2.0
#include "src/engine/background.h"

#include <pthread.h>

#include <system_error>

#include "src/base/check.h"

namespace tidemark {

Status Worker::Start() {
  TM_CHECK(!thread_.joinable(), "{} runs already", name_);
  try {
    thread_ = std::thread([this] { Loop(); });
  } catch (const std::system_error& error) {
    return ResourceExhausted("thread {}: {}; raise the limit of threads", name_, error.what());
  }
  pthread_setname_np(thread_.native_handle(), name_);
  return {};
}

void Worker::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    due_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Worker::Poke() {
  if (poked_.load(std::memory_order_relaxed) || poked_.exchange(true, std::memory_order_acq_rel)) {
    return;
  }
  MutexLock lock(mutex_);
  due_.NotifyAll();
}

void Worker::Loop() {
  while (true) {
    std::chrono::nanoseconds rest{};
    poked_.store(false, std::memory_order_release);
    turn_(&rest);
    MutexLock lock(mutex_);
    if (!stopping_ && !poked_.load(std::memory_order_acquire)) due_.WaitFor(mutex_, rest);
    if (stopping_) return;
  }
}

}  // namespace tidemark

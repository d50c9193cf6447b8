// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "src/base/mutex.h"
#include "src/base/status.h"

namespace tidemark {

/// One background worker: calls `turn` when its time has come or somebody poked it, on a thread of
/// its own or from whoever calls RunOnce. Thread-safe.
class Worker {
 public:
  /// Does what is due; returns whether there was something, and sets how long to rest.
  using Turn = std::function<bool(std::chrono::nanoseconds* rest)>;

  Worker(const char* name, Turn turn) : name_(name), turn_(std::move(turn)) {}
  ~Worker() { Stop(); }

  /// Errors: kResourceExhausted (the system gives no thread).
  Status Start();
  /// Returns when the turn in progress, if any, has ended.
  void Stop();

  /// The next turn comes now. Costs a load when one is coming anyway.
  void Poke();

  /// A turn on the caller's thread; only when Start was not called.
  bool RunOnce() {
    std::chrono::nanoseconds rest{};
    return turn_(&rest);
  }

 private:
  void Loop();

  const char* const name_;
  const Turn turn_;
  std::thread thread_;
  std::atomic<bool> poked_{false};
  Mutex mutex_;
  CondVar due_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/together.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace tidemark::bench {

Status RunTogether(int threads, Meter& meter, const std::function<Status(int thread)>& work) {
  if (threads == 1) {
    meter.Start();
    Status status = work(0);
    meter.Stop();
    return status;
  }
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::mutex mutex;
  Status first;
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      ready.fetch_add(1);
      go.wait(false);
      Status status = work(thread);
      const std::lock_guard lock(mutex);
      if (first.ok()) first = std::move(status);
    });
  }
  while (ready.load() < threads) std::this_thread::yield();
  meter.Start();
  go = true;
  go.notify_all();
  for (std::thread& thread : running) thread.join();
  meter.Stop();
  return first;
}

Result<double> RunFor(double seconds, int threads, Meter& meter,
                      const std::function<Result<std::int64_t>(int thread)>& step) {
  using Clock = std::chrono::steady_clock;
  const auto length =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::atomic<std::int64_t> sum{0};
  Status status = RunTogether(threads, meter, [&](int thread) {
    const Clock::time_point deadline = Clock::now() + length;
    std::int64_t own = 0;
    Status failed;
    do {
      auto did = step(thread);
      if (!did.has_value()) {
        failed = did.error();
        break;
      }
      own += *did;
    } while (Clock::now() < deadline);
    sum.fetch_add(own);
    return failed;
  });
  if (!status.ok()) return status;
  return static_cast<double>(sum.load());
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/memory_append.h"

#include <algorithm>
#include <atomic>

#include "benchmarks/plain_file.h"
#include "benchmarks/plain_record.h"
#include "benchmarks/store_leg.h"
#include "benchmarks/together.h"
#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

/// How many messages each thread appends in a burst.
std::uint64_t Share(const Scale& scale, const MemoryLoad& load, const Messages& messages) {
  return static_cast<std::uint64_t>(scale.burst_bytes) / messages.record_bytes() /
         static_cast<std::uint64_t>(load.threads);
}

class MemoryAppend final : public StoreLeg {
 public:
  MemoryAppend(const Scale& scale, const MemoryLoad& load)
      : StoreLeg(scale, BurstOptions(scale)),
        load_(load),
        messages_(load.body_bytes, load.queues),
        share_(Share(scale, load, messages_)) {}

  Status SetUp(const std::filesystem::path& directory) override {
    BENCH_TRY(StoreLeg::SetUp(directory));
    // As in a store that has run for a while: the queues are there, and so is all of its memory.
    const auto enough = static_cast<std::uint64_t>(options().memory_bytes_max);
    BENCH_TRY(
        Fill(store(), messages_, std::max(messages_.queues(), enough / messages_.record_bytes())));
    return Settle();
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      const auto threads = static_cast<std::uint64_t>(load_.threads);
      const Status appended = RunTogether(load_.threads, meter, [&](int thread) -> Status {
        for (std::uint64_t i = 0; i < share_; ++i) {
          const std::uint64_t n = i * threads + static_cast<std::uint64_t>(thread);
          auto at = store().Append(messages_.At(n), Durability::kMemory);
          if (!at.has_value()) return at.error();
        }
        return {};
      });
      BENCH_TRY(appended);
      sample.work += static_cast<double>(share_ * threads);
      unsettled_ += share_ * threads;
      BENCH_TRY(store().Flush());
      // Else the store would take a checkpoint by itself, in the middle of a burst.
      if (unsettled_ > kUnsettledMax) BENCH_TRY(Settle());
    }
    sample.usage = meter.Finish();
    BENCH_TRY(Settle());
    return sample;
  }

 private:
  static constexpr std::uint64_t kUnsettledMax = 1'000'000;

  Status Settle() {
    unsettled_ = 0;
    BENCH_TRY(store().Checkpoint());
    return store().DeleteBefore(store().Marks().checkpoint).error();
  }

  const MemoryLoad load_;
  const Messages messages_;
  const std::uint64_t share_;
  std::uint64_t unsettled_ = 0;  ///< Messages since the last checkpoint.
};

class MemoryLimit final : public Leg {
 public:
  MemoryLimit(const Scale& scale, const MemoryLoad& load)
      : load_(load),
        messages_(load.body_bytes, load.queues),
        share_(Share(scale, load, messages_)) {}

  Status SetUp(const std::filesystem::path&) override {
    memory_ = std::make_unique<PlainMemory>(share_ * static_cast<std::uint64_t>(load_.threads) *
                                            messages_.record_bytes());
    return {};
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    const auto threads = static_cast<std::uint64_t>(load_.threads);
    while (meter.seconds() < seconds) {
      std::atomic<std::size_t> reserved{0};
      const Status filled = RunTogether(load_.threads, meter, [&](int thread) -> Status {
        for (std::uint64_t i = 0; i < share_; ++i) {
          const std::uint64_t n = i * threads + static_cast<std::uint64_t>(thread);
          const Message message = messages_.At(n);
          const std::uint32_t crc = PlainBodyCrc(message.body);
          const std::size_t at =
              reserved.fetch_add(PlainRecordBytes(message), std::memory_order_relaxed);
          EncodePlain(message, crc, {.log_offset = static_cast<std::int64_t>(at)},
                      memory_->data() + at);
        }
        return {};
      });
      BENCH_TRY(filled);
      sample.work += static_cast<double>(share_ * threads);
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  const MemoryLoad load_;
  const Messages messages_;
  const std::uint64_t share_;
  std::unique_ptr<PlainMemory> memory_;
};

}  // namespace

std::unique_ptr<Leg> MakeMemoryAppend(const Scale& scale, const MemoryLoad& load) {
  return std::make_unique<MemoryAppend>(scale, load);
}

std::unique_ptr<Leg> MakeMemoryLimit(const Scale& scale, const MemoryLoad& load) {
  return std::make_unique<MemoryLimit>(scale, load);
}

}  // namespace tidemark::bench

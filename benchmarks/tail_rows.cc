// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "benchmarks/messages.h"
#include "benchmarks/plain_tail.h"
#include "benchmarks/rows.h"
#include "benchmarks/store_leg.h"
#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t kPull = 32;
constexpr std::size_t kBodyBytes = 1024;

struct TailLoad {
  std::int64_t queues = 1;
  bool copied = true;
};

/// Messages of a tail of about `scale.tail_bytes`, each queue a whole number of pulls.
std::uint64_t CountOf(const Scale& scale, const Messages& messages) {
  const std::uint64_t wanted =
      static_cast<std::uint64_t>(scale.tail_bytes) / messages.record_bytes();
  const std::uint64_t pulls = std::max<std::uint64_t>(1, wanted / messages.queues() / kPull);
  return messages.queues() * pulls * kPull;
}

class TailPulls final : public StoreLeg {
 public:
  TailPulls(const Scale& scale, const TailLoad& load)
      : StoreLeg(scale, BurstOptions(scale)),
        load_(load),
        messages_(kBodyBytes, load.queues),
        count_(CountOf(scale, messages_)),
        copy_(kPull * messages_.record_bytes()) {}

  Status SetUp(const std::filesystem::path& directory) override {
    BENCH_TRY(StoreLeg::SetUp(directory));
    BENCH_TRY(Fill(store(), messages_, count_));
    return store().Flush();
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      meter.Start();
      const Status pulled = PullAll();
      meter.Stop();
      BENCH_TRY(pulled);
      sample.work += static_cast<double>(count_);
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  Status PullAll() {
    const std::uint64_t each = count_ / messages_.queues();
    for (std::uint64_t from = 0; from < each; from += kPull) {
      for (std::uint64_t queue = 0; queue < messages_.queues(); ++queue) {
        auto batch =
            store().Read(messages_.Name(queue), QueueOffset{static_cast<std::int64_t>(from)},
                         {.messages_max = static_cast<std::int32_t>(kPull)});
        if (!batch.has_value()) return batch.error();
        if (batch->size() != kPull) {
          return Status(StatusCode::kDataLoss, fmt::format("a pull gave {}", batch->size()));
        }
        if (load_.copied) Copy(*batch);
      }
    }
    return {};
  }

  void Copy(const MessageBatch& batch) {
    std::byte* to = copy_.data();
    for (const MessageView& message : batch) {
      std::memcpy(to, message.record().data(), message.record().size());
      to += message.record().size();
    }
  }

  const TailLoad load_;
  const Messages messages_;
  const std::uint64_t count_;
  std::vector<std::byte> copy_;
};

class TailCopies final : public Leg {
 public:
  TailCopies(const Scale& scale, std::int64_t queues)
      : messages_(kBodyBytes, queues),
        count_(CountOf(scale, messages_)),
        tail_(messages_, count_),
        copy_(kPull * messages_.record_bytes()) {}

  Status SetUp(const std::filesystem::path&) override { return {}; }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      meter.Start();
      CopyAll();
      meter.Stop();
      sample.work += static_cast<double>(count_);
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  void CopyAll() {
    const std::uint64_t each = count_ / messages_.queues();
    const std::size_t bytes = tail_.record_bytes();
    for (std::uint64_t from = 0; from < each; from += kPull) {
      for (std::uint64_t queue = 0; queue < messages_.queues(); ++queue) {
        const std::vector<std::uint64_t>& offsets = tail_.OffsetsOf(queue);
        std::byte* to = copy_.data();
        for (std::uint64_t i = 0; i < kPull; ++i, to += bytes) {
          std::memcpy(to, tail_.at(offsets[from + i]), bytes);
        }
        asm volatile("" : : "r"(copy_.data()) : "memory");  // the copy is wanted
      }
    }
  }

  const Messages messages_;
  const std::uint64_t count_;
  const PlainTail tail_;
  std::vector<std::byte> copy_;
};

}  // namespace

void AddTailRows(const Scale& scale, std::vector<Row>& rows) {
  for (const std::int64_t queues : {1, 1000}) {
    for (const bool copied : {true, false}) {
      const char* const how = copied ? "copied" : "views";
      Row row{.name = fmt::format("E7/{}-{}", queues, how),
              .title = fmt::format("tail reads, pulls of 32 of 1 KiB, {}, {}",
                                   queues == 1 ? "1 queue" : "1000 queues", how),
              .target = {.ratio_min = 0.7}};
      const TailLoad load{std::min(queues, scale.queues_max), copied};
      AddLegs(
          row, "memcpy of the same records",
          [=] { return std::make_unique<TailCopies>(scale, load.queues); },
          [=] { return std::make_unique<TailPulls>(scale, load); });
      rows.push_back(std::move(row));
    }
  }
}

}  // namespace tidemark::bench

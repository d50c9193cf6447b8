// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "benchmarks/rows.h"
#include "benchmarks/store_leg.h"
#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t kBodyBytes = 100;

/// A store with one message in each queue, closed properly.
class QueuesLeg : public StoreLeg {
 public:
  QueuesLeg(const Scale& scale, std::int64_t queues)
      : StoreLeg(scale, DefaultOptions(scale)), queues_(queues) {}

  Status SetUp(const std::filesystem::path& directory) override {
    BENCH_TRY(StoreLeg::SetUp(directory));
    BENCH_TRY(Fill(store(), Messages(kBodyBytes, queues_), static_cast<std::uint64_t>(queues_)));
    return Close();
  }

 protected:
  double queues() const { return static_cast<double>(queues_); }

 private:
  const std::int64_t queues_;
};

class CleanOpen final : public QueuesLeg {
 public:
  using QueuesLeg::QueuesLeg;

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      meter.Start();
      const Status opened = Open();
      meter.Stop();
      BENCH_TRY(opened);
      if (!store().Recovery().clean) {
        return Status(StatusCode::kDataLoss, "the store was not found closed properly");
      }
      BENCH_TRY(Close());
      sample.work += queues();
    }
    sample.usage = meter.Finish();
    return sample;
  }
};

/// Asks the kernel for size and times of each queue's file: what tells that nobody changed it.
class StatLoop final : public QueuesLeg {
 public:
  using QueuesLeg::QueuesLeg;

  Status SetUp(const std::filesystem::path& directory) override {
    BENCH_TRY(QueuesLeg::SetUp(directory));
    const auto root = directory / "consumequeue";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) paths_.push_back(entry.path().string());
    }
    return {};
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      meter.Start();
      for (const std::string& path : paths_) {
        struct stat info{};
        if (stat(path.c_str(), &info) != 0) return Status(StatusCode::kNotFound, path);
      }
      meter.Stop();
      sample.work += queues();
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  std::vector<std::string> paths_;
};

}  // namespace

void AddOpenRows(const Scale& scale, std::vector<Row>& rows) {
  for (const std::int64_t wanted : {1000, 50'000}) {
    const std::int64_t queues = std::min(wanted, scale.queues_max);
    Row row{.name = fmt::format("S4/{}", wanted),
            .title = fmt::format("open, closed properly before, {} queues", wanted),
            .unit = "queue",
            .target = {.seconds_max = 0.050 + 6e-6 * static_cast<double>(queues)},
            .timed = static_cast<double>(queues)};
    AddLegs(
        row, "stat of each queue file", [=] { return std::make_unique<StatLoop>(scale, queues); },
        [=] { return std::make_unique<CleanOpen>(scale, queues); });
    rows.push_back(std::move(row));
  }
}

}  // namespace tidemark::bench

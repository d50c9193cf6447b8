// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>

#include "benchmarks/floor_commit.h"
#include "benchmarks/messages.h"
#include "benchmarks/plain_record.h"
#include "benchmarks/rows.h"
#include "benchmarks/store_leg.h"
#include "benchmarks/together.h"
#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

struct DurableLoad {
  std::size_t body_bytes = 1024;
  int producers = 1;
  std::int64_t batch = 1;
};

constexpr std::int64_t kQueues = 16;

/// What the legs have in common: each producer takes the next numbers and appends their messages.
class Producers {
 public:
  explicit Producers(const DurableLoad& load) : load_(load), messages_(load.body_bytes, kQueues) {}

  template <typename AppendAll>
  Result<double> Run(double seconds, Meter& meter, AppendAll append_all) {
    return RunFor(seconds, load_.producers, meter, [&](int) -> Result<std::int64_t> {
      const std::uint64_t first = next_.fetch_add(static_cast<std::uint64_t>(load_.batch));
      Message batch[64];
      for (std::int64_t i = 0; i < load_.batch; ++i) {
        batch[i] = messages_.At(first + static_cast<std::uint64_t>(i));
      }
      BENCH_TRY(append_all(std::span(batch).first(static_cast<std::size_t>(load_.batch))));
      return load_.batch;
    });
  }

  const Messages& messages() const { return messages_; }

 private:
  const DurableLoad load_;
  const Messages messages_;
  std::atomic<std::uint64_t> next_{0};
};

class DurableAppend final : public StoreLeg {
 public:
  DurableAppend(const Scale& scale, const DurableLoad& load)
      : StoreLeg(scale, DefaultOptions(scale)), producers_(load) {}

  Result<Sample> Run(double seconds) override {
    Meter meter;
    const std::uint64_t syncs = store().Stats().syncs;
    auto work = producers_.Run(seconds, meter, [&](std::span<const Message> batch) -> Status {
      if (batch.size() == 1) return store().Append(batch[0], Durability::kDevice).error();
      return store().AppendBatch(batch, Durability::kDevice).error();
    });
    if (!work.has_value()) return work.error();
    Sample sample{*work, meter.Finish()};
    sample.usage.syncs = static_cast<double>(store().Stats().syncs - syncs);
    BENCH_TRY(DeleteOld());
    return sample;
  }

 private:
  Status DeleteOld() {
    auto deleted = store().DeleteBefore(store().Marks().checkpoint);
    return deleted.error();
  }

  Producers producers_;
};

std::uint64_t FloorFileBytes(const Scale& scale) {
  return scale.kind == Scale::Kind::kSmoke ? 4 << 20 : 256 << 20;
}

class DurableFloor final : public Leg {
 public:
  DurableFloor(const Scale& scale, const DurableLoad& load) : scale_(scale), producers_(load) {}

  Status SetUp(const std::filesystem::path& directory) override {
    auto floor = FloorCommit::Create(directory / "log", FloorFileBytes(scale_));
    if (floor.has_value()) floor_ = *std::move(floor);
    return floor.error();
  }

  Result<Sample> Run(double seconds) override {
    Meter meter;
    const std::uint64_t syncs = floor_->syncs();
    auto work = producers_.Run(
        seconds, meter, [&](std::span<const Message> batch) { return floor_->Append(batch); });
    if (!work.has_value()) return work.error();
    Sample sample{*work, meter.Finish()};
    sample.usage.syncs = static_cast<double>(floor_->syncs() - syncs);
    return sample;
  }

 private:
  const Scale scale_;
  Producers producers_;
  std::unique_ptr<FloorCommit> floor_;
};

/// One thread, one buffer: write, sync, again.
class StraightLoop final : public Leg {
 public:
  explicit StraightLoop(const Scale& scale) : scale_(scale), producers_({}) {}

  Status SetUp(const std::filesystem::path& directory) override {
    auto file = PlainFile::Open(directory / "log", PlainFile::Mode::kCreate);
    if (!file.has_value()) return file.error();
    file_ = *std::move(file);
    return file_->WriteZeroes(FloorFileBytes(scale_));
  }

  Result<Sample> Run(double seconds) override {
    std::vector<std::byte> record(producers_.messages().record_bytes());
    Meter meter;
    double syncs = 0;
    auto work = producers_.Run(seconds, meter, [&](std::span<const Message> batch) {
      EncodePlain(batch[0], PlainBodyCrc(batch[0].body), {}, record.data());
      if (written_ + record.size() > FloorFileBytes(scale_)) written_ = 0;
      Status status = file_->Write(written_, record);
      written_ += record.size();
      if (status.ok()) status = file_->Sync();
      ++syncs;
      return status;
    });
    if (!work.has_value()) return work.error();
    Sample sample{*work, meter.Finish()};
    sample.usage.syncs = syncs;
    return sample;
  }

 private:
  const Scale scale_;
  Producers producers_;
  std::unique_ptr<PlainFile> file_;
  std::uint64_t written_ = 0;
};

Row DurableRow(const Scale& scale, std::string name, std::string title, double target,
               const DurableLoad& load) {
  Row row{.name = std::move(name), .title = std::move(title), .target = {.ratio_min = target}};
  AddLegs(
      row, "group commit, pwrite, fdatasync",
      [=] { return std::make_unique<DurableFloor>(scale, load); },
      [=] { return std::make_unique<DurableAppend>(scale, load); });
  return row;
}

}  // namespace

void AddDurableRows(const Scale& scale, std::vector<Row>& rows) {
  for (const int producers : {1, 4, 8, 16, 32, 64}) {
    rows.push_back(DurableRow(
        scale, fmt::format("E3/{}", producers),
        fmt::format("durable append, 1 KiB, {} producer{}", producers, producers == 1 ? "" : "s"),
        0.95, {.producers = producers}));
    if (producers == 1) {
      rows.back().legs.push_back({Role::kStraight, "one thread, pwrite, fdatasync",
                                  [=] { return std::make_unique<StraightLoop>(scale); }});
    }
  }
  rows.push_back(DurableRow(scale, "E4", "durable batches of 32 of 1 KiB, 8 producers", 0.9,
                            {.producers = 8, .batch = 32}));
}

void AddDurableSizeRows(const Scale& scale, std::vector<Row>& rows) {
  struct Size {
    const char* name;
    std::size_t bytes;
  };
  for (const Size& size : {Size{"100 B", 100}, {"4 KiB", 4096}, {"64 KiB", 65536}}) {
    rows.push_back(DurableRow(scale, fmt::format("E5/durable-{}", size.bytes),
                              fmt::format("durable append, {}, 8 producers", size.name),
                              size.bytes == 100 ? 0.5 : 0.8,
                              {.body_bytes = size.bytes, .producers = 8}));
  }
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "benchmarks/plain_file.h"
#include "benchmarks/plain_record.h"
#include "benchmarks/plain_tail.h"
#include "benchmarks/rows.h"
#include "benchmarks/store_leg.h"
#include "benchmarks/together.h"
#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t kBodyBytes = 1024;
constexpr std::int64_t kQueues = 16;
constexpr int kColdThreads = 16;
constexpr std::uint64_t kColdStride = 256 << 10;  // one get of each: no two meet in read-ahead
constexpr std::uint64_t kPageBytes = 4096;

/// Offsets of records in random order: of every one, or of one in each stretch of `stride` bytes.
std::vector<std::uint64_t> RandomOffsets(std::uint64_t count, std::uint64_t record_bytes,
                                         std::uint64_t stride, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::uint64_t step = std::max<std::uint64_t>(1, stride / record_bytes);
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t first = 0; first + step <= count; first += step) {
    offsets.push_back((first + random() % step) * record_bytes);
  }
  std::shuffle(offsets.begin(), offsets.end(), random);
  return offsets;
}

std::uint64_t CountOf(std::int64_t bytes, const Messages& messages) {
  return static_cast<std::uint64_t>(bytes) / messages.record_bytes();
}

/// A whole segment holds no record across its end, so that offsets are multiples only in the first.
std::int64_t ColdBytes(const Scale& scale) {
  return std::min(scale.cold_bytes, scale.sizes.segment_bytes.value_or(1 << 30) / 2);
}

Status CopyRecord(Store& store, std::uint64_t offset, std::span<std::byte> out) {
  auto batch = store.FindByLogOffset(LogOffset{static_cast<std::int64_t>(offset)});
  if (!batch.has_value()) return batch.error();
  const Bytes record = (*batch)[0].record();
  std::memcpy(out.data(), record.data(), std::min(out.size(), record.size()));
  return {};
}

// --- Cached ---

class CachedGets final : public StoreLeg {
 public:
  explicit CachedGets(const Scale& scale)
      : StoreLeg(scale, BurstOptions(scale)),
        messages_(kBodyBytes, kQueues),
        count_(CountOf(scale.tail_bytes, messages_)),
        offsets_(RandomOffsets(count_, messages_.record_bytes(), 0, 1)) {}

  Status SetUp(const std::filesystem::path& directory) override {
    BENCH_TRY(StoreLeg::SetUp(directory));
    BENCH_TRY(Fill(store(), messages_, count_));
    return store().Flush();
  }

  Result<Sample> Run(double seconds) override {
    std::vector<std::byte> out(messages_.record_bytes());
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      const Status got = RunTogether(1, meter, [&](int) -> Status {
        for (const std::uint64_t offset : offsets_) BENCH_TRY(CopyRecord(store(), offset, out));
        return {};
      });
      BENCH_TRY(got);
      sample.work += static_cast<double>(offsets_.size());
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  const Messages messages_;
  const std::uint64_t count_;
  const std::vector<std::uint64_t> offsets_;
};

/// Records of a file that is mapped and in the page cache.
class MappedCopies final : public Leg {
 public:
  explicit MappedCopies(const Scale& scale)
      : messages_(kBodyBytes, kQueues), tail_(messages_, CountOf(scale.tail_bytes, messages_)) {}

  ~MappedCopies() override {
    if (mapped_ != nullptr) munmap(mapped_, tail_.bytes().size());
  }

  Status SetUp(const std::filesystem::path& directory) override {
    auto file = PlainFile::Open(directory / "log", PlainFile::Mode::kCreate);
    if (!file.has_value()) return file.error();
    BENCH_TRY((*file)->Write(0, tail_.bytes()));
    void* const mapped = mmap(nullptr, tail_.bytes().size(), PROT_READ, MAP_SHARED | MAP_POPULATE,
                              (*file)->descriptor(), 0);
    if (mapped == MAP_FAILED) return Status(StatusCode::kUnavailable, "mmap of the limit's file");
    mapped_ = mapped;
    offsets_ =
        RandomOffsets(tail_.bytes().size() / tail_.record_bytes(), tail_.record_bytes(), 0, 1);
    return {};
  }

  Result<Sample> Run(double seconds) override {
    std::vector<std::byte> out(tail_.record_bytes());
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      meter.Start();
      for (const std::uint64_t offset : offsets_) {
        const std::byte* const at = static_cast<const std::byte*>(mapped_) + offset;
        std::memcpy(out.data(), at, static_cast<std::size_t>(PlainSizeAt(at)));
        asm volatile("" : : "r"(out.data()) : "memory");  // the copy is wanted
      }
      meter.Stop();
      sample.work += static_cast<double>(offsets_.size());
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  const Messages messages_;
  const PlainTail tail_;
  void* mapped_ = nullptr;
  std::vector<std::uint64_t> offsets_;
};

// --- Cold ---

/// Calls get(offset, out) for offsets in random order, from several threads; `out` is aligned.
template <typename Get>
Status GetAll(const std::vector<std::uint64_t>& offsets, Meter& meter, Get get) {
  return RunTogether(kColdThreads, meter, [&](int thread) -> Status {
    const PlainMemory out(2 * kPageBytes);
    for (std::size_t i = static_cast<std::size_t>(thread); i < offsets.size(); i += kColdThreads) {
      BENCH_TRY(get(offsets[i], out.span()));
    }
    return {};
  });
}

class ColdGets final : public StoreLeg {
 public:
  explicit ColdGets(const Scale& scale)
      : StoreLeg(scale, DefaultOptions(scale)), messages_(kBodyBytes, kQueues) {}

  Status SetUp(const std::filesystem::path& directory) override {
    BENCH_TRY(StoreLeg::SetUp(directory));
    count_ = CountOf(ColdBytes(scale()), messages_);
    return Fill(store(), messages_, count_);
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      // Neither the store's memory nor the kernel's has them.
      BENCH_TRY(Close());
      BENCH_TRY(Evict(directory() / "commitlog"));
      BENCH_TRY(Open());
      const auto offsets = RandomOffsets(count_, messages_.record_bytes(), kColdStride, ++seed_);
      BENCH_TRY(GetAll(offsets, meter, [&](std::uint64_t offset, std::span<std::byte> out) {
        return CopyRecord(store(), offset, out);
      }));
      sample.work += static_cast<double>(offsets.size());
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  const Messages messages_;
  std::uint64_t count_ = 0;
  std::uint64_t seed_ = 0;
};

/// The pages that hold the record, past the page cache.
class DirectReads final : public Leg {
 public:
  explicit DirectReads(const Scale& scale) : scale_(scale), messages_(kBodyBytes, kQueues) {}

  Status SetUp(const std::filesystem::path& directory) override {
    count_ = CountOf(ColdBytes(scale_), messages_);
    {
      const PlainTail tail(messages_, count_);
      auto file = PlainFile::Open(directory / "log", PlainFile::Mode::kCreate);
      if (!file.has_value()) return file.error();
      BENCH_TRY((*file)->Write(0, tail.bytes()));
      BENCH_TRY((*file)->Sync());
    }
    auto file = PlainFile::Open(directory / "log", PlainFile::Mode::kReadDirect);
    if (file.has_value()) file_ = *std::move(file);
    return file.error();
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      const auto offsets = RandomOffsets(count_, messages_.record_bytes(), kColdStride, ++seed_);
      BENCH_TRY(GetAll(offsets, meter, [&](std::uint64_t offset, std::span<std::byte> out) {
        const std::uint64_t first = offset / kPageBytes * kPageBytes;
        const std::uint64_t end = offset + messages_.record_bytes();
        const std::uint64_t bytes = (end - first + kPageBytes - 1) / kPageBytes * kPageBytes;
        return file_->Read(first, out.first(bytes));
      }));
      sample.work += static_cast<double>(offsets.size());
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  const Scale scale_;
  const Messages messages_;
  std::uint64_t count_ = 0;
  std::uint64_t seed_ = 0;
  std::unique_ptr<PlainFile> file_;
};

}  // namespace

void AddGetRows(const Scale& scale, std::vector<Row>& rows) {
  Row cached{.name = "E8/cached",
             .title = "get by offset, 1 KiB, in memory, copied",
             .target = {.ratio_min = 0.7}};
  AddLegs(
      cached, "copy from a mapped file", [=] { return std::make_unique<MappedCopies>(scale); },
      [=] { return std::make_unique<CachedGets>(scale); });
  rows.push_back(std::move(cached));
  Row cold{.name = "E8/cold",
           .title = fmt::format("get by offset, 1 KiB, cold, {} threads", kColdThreads),
           .target = {.ratio_min = 0.9}};
  AddLegs(
      cold, fmt::format("O_DIRECT reads of its pages, {} threads", kColdThreads),
      [=] { return std::make_unique<DirectReads>(scale); },
      [=] { return std::make_unique<ColdGets>(scale); });
  rows.push_back(std::move(cold));
}

}  // namespace tidemark::bench

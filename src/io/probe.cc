// SPDX-License-Identifier: Apache-2.0
#include "src/io/probe.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "src/io/io.h"
#include "src/io/posix_files.h"
#include "src/io/uring.h"

namespace tidemark::io {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kBlockBytes = 4096;
constexpr std::size_t kDepth = 16;
constexpr std::size_t kRoundsMax = 9;
constexpr nanoseconds kBudget = std::chrono::milliseconds(2);  // Of each comparison.

struct Comparison {
  nanoseconds plain{};
  nanoseconds ring{};
};

nanoseconds Median(std::vector<nanoseconds> rounds) {
  std::sort(rounds.begin(), rounds.end());
  return rounds[rounds.size() / 2];
}

/// The medians of some rounds of each leg, in turn: a ring's write is fast when its worker happens
/// to be awake, so the best round would flatter it. `prepare` runs before each and is not timed.
Result<Comparison> Compare(Clock& clock, const std::function<Status()>& prepare,
                           const std::function<Status()>& plain,
                           const std::function<Status()>& ring) {
  std::vector<nanoseconds> rounds[2];
  const nanoseconds start = clock.Monotonic();
  while (rounds[0].size() < kRoundsMax) {
    for (const bool by_ring : {false, true}) {
      TM_RETURN_IF_ERROR(prepare());
      const nanoseconds before = clock.Monotonic();
      TM_RETURN_IF_ERROR(by_ring ? ring() : plain());
      rounds[by_ring].push_back(clock.Monotonic() - before);
    }
    if (clock.Monotonic() - start >= kBudget) break;
  }
  return Comparison{Median(std::move(rounds[0])), Median(std::move(rounds[1]))};
}

/// A gain that is no noise; a tie goes to the simpler path.
bool RingWins(nanoseconds plain, nanoseconds ring) {
  return ring * 10 <= plain * 9;
}

double Micros(nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string Phrase(std::string_view use, bool io_uring, std::string_view figures) {
  return Format("{} by {} ({})", use, io_uring ? "io_uring" : "pread/pwrite", figures);
}

/// "16 of 4 KiB 110.0 us against 900.0": the chosen path first.
std::string Figures(std::string_view work, const Comparison& took, bool io_uring) {
  const double plain = Micros(took.plain);
  const double ring = Micros(took.ring);
  return Format("{} {:.1f} us against {:.1f}", work, io_uring ? ring : plain,
                io_uring ? plain : ring);
}

class Probe {
 public:
  Probe(Clock& clock, std::unique_ptr<Ring> ring) : clock_(clock), ring_(std::move(ring)) {}

  Status MakeFiles(const std::filesystem::path& directory) {
    memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kBlockBytes, kDepth * kBlockBytes)));
    if (memory_ == nullptr) return ResourceExhausted("no memory for the probe");
    std::fill_n(memory_.get(), kDepth * kBlockBytes, std::byte{});
    for (std::size_t i = 0; i < kDepth; ++i) {
      TM_ASSIGN_OR_RETURN(auto file, CreateUnnamed(directory));
      TM_RETURN_IF_ERROR(WriteAll(*file, 0, Block(0)));
      files_.push_back(std::move(file));
    }
    // Overwriting blocks that are on the device is what a commit does.
    for (std::size_t i = 0; i < kDepth; ++i) {
      TM_RETURN_IF_ERROR(WriteAll(*files_[0], i * kBlockBytes, Block(i)));
    }
    // The first sync gives them their blocks, which later ones are spared.
    return Perform(SyncOfEach());
  }

  Result<std::string> Commits(bool& io_uring) {
    File* file = files_[0].get();
    const auto nothing = [] { return Status(); };
    TM_ASSIGN_OR_RETURN(const Comparison durable,
                        Compare(
                            clock_, nothing,
                            [&] {
                              TM_RETURN_IF_ERROR(WriteAll(*file, 0, Block(0)));
                              return file->Sync();
                            },
                            [&] { return Perform({Write(file, true), Sync(file)}); }));
    TM_ASSIGN_OR_RETURN(const Comparison buffered,
                        Compare(
                            clock_, nothing, [&] { return WriteAll(*file, 0, Block(0)); },
                            [&] { return Perform({Write(file, false)}); }));
    io_uring = RingWins(durable.plain + buffered.plain, durable.ring + buffered.ring);
    return Phrase("commits", io_uring,
                  Figures("write+fdatasync", durable, io_uring) + ", " +
                      Figures("write alone", buffered, io_uring));
  }

  Result<std::string> Reads(bool& io_uring) {
    PosixFiles names;
    TM_ASSIGN_OR_RETURN(const auto file, names.Open(Format("/proc/self/fd/{}", files_[0]->fd()),
                                                    Access::kReadDirect));
    std::vector<Operation> reads;
    for (std::size_t i = 0; i < kDepth; ++i) {
      reads.push_back({Operation::Kind::kRead, false, file.get(), i * kBlockBytes,
                       memory_.get() + i * kBlockBytes, kBlockBytes, i});
    }
    TM_ASSIGN_OR_RETURN(
        const Comparison took,
        Compare(
            clock_, [] { return Status(); },
            [&] {
              for (const Operation& read : reads) {
                TM_RETURN_IF_ERROR(ReadExact(*file, read.offset, {read.data, read.size}));
              }
              return Status();
            },
            [&] { return Perform(reads); }));
    io_uring = RingWins(took.plain, took.ring);
    return Phrase("reads", io_uring, Figures("16 of 4 KiB", took, io_uring));
  }

  /// Both files have their blocks; the first 64 KiB of one were written as well.
  Result<std::string> Blocks(const std::filesystem::path& directory, bool& written) {
    constexpr std::size_t kAllocatedBytes = 8 << 20;  // small extents are zeroed by ext4 itself
    std::unique_ptr<PosixFile> files[2];
    for (auto& file : files) {
      TM_ASSIGN_OR_RETURN(file, CreateUnnamed(directory));
      TM_RETURN_IF_ERROR(file->Allocate(0, kAllocatedBytes));
    }
    TM_RETURN_IF_ERROR(WriteAll(*files[1], 0, {memory_.get(), kDepth * kBlockBytes}));
    for (auto& file : files) TM_RETURN_IF_ERROR(file->Sync());
    std::uint64_t next[2] = {};
    const auto commit = [&](int which) {
      TM_RETURN_IF_ERROR(WriteAll(*files[which], next[which], Block(0)));
      next[which] += kBlockBytes;
      return files[which]->Sync();
    };
    TM_ASSIGN_OR_RETURN(
        const Comparison took,
        Compare(
            clock_, [] { return Status(); }, [&] { return commit(0); }, [&] { return commit(1); }));
    written = took.ring * 5 <= took.plain * 4;
    return Format("small commits into blocks {} (written {:.1f} us, allocated {:.1f})",
                  written ? "zeroed ahead" : "as allocated", Micros(took.ring), Micros(took.plain));
  }

 private:
  struct Freer {
    void operator()(std::byte* memory) const { std::free(memory); }
  };

  WriteBuffer Block(std::size_t i) const { return {memory_.get() + i * kBlockBytes, kBlockBytes}; }
  Operation Write(File* file, bool link) const {
    return {Operation::Kind::kWrite, link, file, 0, memory_.get(), kBlockBytes, 0};
  }
  static Operation Sync(File* file) {
    return {Operation::Kind::kSync, false, file, 0, nullptr, 0, 0};
  }

  std::vector<Operation> SyncOfEach() const {
    std::vector<Operation> syncs;
    for (const auto& file : files_) syncs.push_back(Sync(file.get()));
    return syncs;
  }

  Status Perform(const std::vector<Operation>& operations) {
    TM_RETURN_IF_ERROR(ring_->Submit(operations));
    std::vector<Completion> done(operations.size());
    std::size_t count = 0;
    while (count < done.size()) {
      TM_ASSIGN_OR_RETURN(const std::size_t more,
                          ring_->Reap(std::span(done).subspan(count), done.size() - count));
      count += more;
    }
    for (const Completion& completion : done) TM_RETURN_IF_ERROR(completion.status);
    return {};
  }

  Clock& clock_;
  std::unique_ptr<std::byte, Freer> memory_;
  std::vector<std::unique_ptr<PosixFile>> files_;
  std::unique_ptr<Ring> ring_;  // Goes first: nothing is in flight when files and memory go.
};

Result<PathChoice> Measure(Clock& clock, const std::filesystem::path& directory) {
  TM_ASSIGN_OR_RETURN(auto ring, NewUring(kDepth));
  Probe probe(clock, std::move(ring));
  TM_RETURN_IF_ERROR(probe.MakeFiles(directory));
  PathChoice choice;
  auto& by_ring = choice.io_uring;
  TM_ASSIGN_OR_RETURN(const auto commits,
                      probe.Commits(by_ring[static_cast<std::size_t>(RingUse::kCommit)]));
  TM_ASSIGN_OR_RETURN(const auto reads,
                      probe.Reads(by_ring[static_cast<std::size_t>(RingUse::kRead)]));
  TM_ASSIGN_OR_RETURN(const auto blocks, probe.Blocks(directory, choice.prefers_written_blocks));
  choice.measured = true;
  choice.reason = Format("{}; {}; {}", commits, reads, blocks);
  return choice;
}

}  // namespace

PathChoice ChoosePath(Clock& clock, const std::filesystem::path& directory) {
  auto measured = Measure(clock, directory);
  if (measured.has_value()) return *std::move(measured);
  PathChoice plain;
  plain.reason = Format("pread/pwrite for everything ({})", measured.error().message());
  return plain;
}

}  // namespace tidemark::io

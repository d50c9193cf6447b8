// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/crash_explorer.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <optional>

#include "src/io/io.h"
#include "tests/simulation/outcomes.h"

// A write-ahead log of a few dozen lines, correct and with the bugs that people make.

namespace tidemark::simulation {
namespace {

using io::Access;
using io::Blocks;

enum class Bug {
  kNone,
  kSkipDirectorySync,  ///< A new segment's name is never made durable.
  kAckBeforeSync,      ///< The caller hears "done" when the bytes are in the page cache.
  kUnlinkedSync,       ///< Write and sync are submitted together without a link.
  kTrustAfterFailure,  ///< A failed sync is tried again and its success believed.
  kTrustPageCache,     ///< Recovery takes what it reads for durable.
  kShortWriteIsWhole,  ///< The number of bytes written is not looked at.
};

/// Records {length u32, hash u64, bytes} in segments of 8 KiB, zeros behind them.
class Wal {
 public:
  static constexpr std::uint64_t kSegmentBytes = 8192;
  static constexpr std::size_t kHeaderBytes = 12;

  Wal(io::Machine& machine, Bug bug) : machine_(machine), bug_(bug) {}

  /// Reads what is there and gets ready to append.
  Status Open() {
    TM_RETURN_IF_ERROR(io::CreateDirectories(machine_.files(), "/wal"));
    for (segment_ = 0;; ++segment_) {
      if (!io::Exists(machine_.files(), Path(segment_))) break;
      TM_ASSIGN_OR_RETURN(file_, machine_.files().Open(Path(segment_), Access::kReadWrite));
      TM_RETURN_IF_ERROR(Read());
    }
    if (file_ != nullptr) --segment_;
    if (file_ == nullptr) TM_RETURN_IF_ERROR(NewSegment());
    const std::string zeros(kSegmentBytes - position_, '\0');
    TM_RETURN_IF_ERROR(io::WriteAll(*file_, position_, AsBytes(zeros)));
    if (bug_ != Bug::kTrustPageCache) {
      TM_RETURN_IF_ERROR(file_->Sync());
      TM_RETURN_IF_ERROR(io::SyncDirectory(machine_.files(), "/wal"));
    }
    TM_ASSIGN_OR_RETURN(ring_, machine_.NewRing(io::RingUse::kCommit, 2));
    return {};
  }

  const std::vector<std::string>& records() const { return records_; }

  /// Ok: the record is durable.
  Status Append(std::string_view text) {
    if (failed_) return FailedPrecondition("a sync failed before");
    if (position_ + kHeaderBytes + text.size() > kSegmentBytes) {
      ++segment_;
      TM_RETURN_IF_ERROR(NewSegment());
    }
    std::string record(kHeaderBytes, '\0');
    record += text;
    const auto length = static_cast<std::uint32_t>(text.size());
    const std::uint64_t hash = HashAt(position_, text);
    std::memcpy(record.data(), &length, 4);
    std::memcpy(record.data() + 4, &hash, 8);
    Status done = bug_ == Bug::kAckBeforeSync ? io::WriteAll(*file_, position_, AsBytes(record))
                                              : WriteAndSync(record);
    if (!done.ok()) {
      failed_ = bug_ != Bug::kTrustAfterFailure;
      if (bug_ == Bug::kTrustAfterFailure) done = file_->Sync();
    }
    if (!done.ok()) return done;
    position_ += record.size();
    records_.emplace_back(text);
    return {};
  }

 private:
  static std::string Path(std::uint64_t segment) { return "/wal/" + std::to_string(segment); }

  std::uint64_t HashAt(std::uint64_t position, std::string_view text) const {
    return XXH3_64bits_withSeed(text.data(), text.size(), segment_ * kSegmentBytes + position + 1);
  }

  Status NewSegment() {
    TM_ASSIGN_OR_RETURN(
        file_, machine_.files().CreateWhole(Path(segment_), kSegmentBytes, Blocks::kAllocated));
    position_ = 0;
    if (bug_ == Bug::kSkipDirectorySync) return {};
    return io::SyncDirectory(machine_.files(), "/wal");
  }

  Status Read() {
    std::string content(kSegmentBytes, '\0');
    TM_RETURN_IF_ERROR(io::ReadExact(*file_, 0, std::as_writable_bytes(std::span(content))));
    for (position_ = 0; position_ + kHeaderBytes <= kSegmentBytes;) {
      std::uint32_t length = 0;
      std::uint64_t hash = 0;
      std::memcpy(&length, content.data() + position_, 4);
      std::memcpy(&hash, content.data() + position_ + 4, 8);
      if (length == 0 || length > kSegmentBytes - position_ - kHeaderBytes) break;
      const std::string text = content.substr(position_ + kHeaderBytes, length);
      if (hash != HashAt(position_, text)) break;
      records_.push_back(text);
      position_ += kHeaderBytes + length;
    }
    return {};
  }

  Status WriteAndSync(std::string& record) {
    std::array<io::Operation, 2> operations;
    operations[0].kind = io::Operation::Kind::kWrite;
    operations[0].link = bug_ != Bug::kUnlinkedSync;
    operations[0].file = file_.get();
    operations[0].offset = position_;
    operations[0].data = reinterpret_cast<std::byte*>(record.data());
    operations[0].size = record.size();
    operations[1].kind = io::Operation::Kind::kSync;
    operations[1].file = file_.get();
    operations[1].tag = 1;
    TM_RETURN_IF_ERROR(ring_->Submit(operations));
    std::array<io::Completion, 2> done;
    std::size_t count = 0;
    while (count < 2) {
      TM_ASSIGN_OR_RETURN(const std::size_t got, ring_->Reap(std::span(done).subspan(count), 1));
      count += got;
    }
    bool shorter = false;
    Status status;
    for (const io::Completion& each : done) {
      shorter = shorter || (each.tag == 0 && each.status.ok() && each.bytes < record.size());
    }
    if (shorter && bug_ == Bug::kShortWriteIsWhole) return file_->Sync();
    if (shorter) {
      TM_RETURN_IF_ERROR(io::WriteAll(*file_, position_, AsBytes(record)));
      return file_->Sync();
    }
    for (const io::Completion& each : done) {
      if (!each.status.ok()) return each.status;
    }
    return {};
  }

  io::Machine& machine_;
  const Bug bug_;
  std::unique_ptr<io::File> file_;
  std::unique_ptr<io::Ring> ring_;
  std::uint64_t segment_ = 0;
  std::uint64_t position_ = 0;
  std::vector<std::string> records_;
  bool failed_ = false;
};

/// Appends, and checks after each crash that what was acknowledged is there, in order, with at
/// most one record more, and that the log goes on.
struct Experiment {
  explicit Experiment(Bug planted) : bug(planted) {}

  std::string Record(int i) const { return std::to_string(i) + std::string(1500, 'r'); }

  void Script(SimulatedMachine& machine) {
    acknowledged.clear();
    tried.clear();
    if (failing_sync > 0) {
      machine.Inject({.calls = Call::kSync, .pattern = "/wal/?", .first = failing_sync});
    }
    Wal wal(machine, bug);
    if (!wal.Open().ok()) return;
    for (int i = 0; i < records; ++i) {
      tried.push_back(Record(i));
      if (!wal.Append(tried.back()).ok()) return;
      acknowledged.push_back(tried.back());
    }
  }

  std::size_t Promised(const Crash& crash) const {
    std::size_t promised = acknowledged.size();
    for (int depth = 0; depth < crash.depth; ++depth) promised = std::max(promised, shown[depth]);
    return promised;
  }

  Status Check(SimulatedMachine& machine, const Crash& crash) {
    Wal wal(machine, bug);
    shown[crash.depth] = 0;
    TM_RETURN_IF_ERROR(wal.Open());
    const auto& found = wal.records();
    // What a recovery showed, no later crash may take back.
    const std::size_t promised = Promised(crash);
    shown[crash.depth] = found.size();
    if (found.size() < promised) {
      return DataLoss("{} records of {} promised", found.size(), promised);
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      const bool mine = i < tried.size() && found[i] == tried[i];
      const bool later = i >= acknowledged.size() && found[i] == "again";
      if (!mine && !later) return DataLoss("record {} is not what was appended", i);
    }
    TM_RETURN_IF_ERROR(wal.Append("again"));
    Wal next(machine, Bug::kNone);
    TM_RETURN_IF_ERROR(next.Open());
    if (next.records().size() != found.size()) {
      return DataLoss("{} records after {} and one more", next.records().size(), found.size() - 1);
    }
    return {};
  }

  ExplorerReport Explore(ExplorerOptions options) {
    CrashExplorer explorer(
        std::move(options), [this](SimulatedMachine& machine) { Script(machine); },
        [this](SimulatedMachine& machine, const Crash& crash) { return Check(machine, crash); });
    ExplorerReport report = explorer.Explore();
    if (!report.failures.empty()) replayed = explorer.ReplayFrom(report.failures[0].replay);
    return report;
  }

  const Bug bug;
  int records = 12;
  std::uint64_t failing_sync = 0;
  std::array<std::size_t, 8> shown = {};  // by the check at each depth
  std::vector<std::string> acknowledged;
  std::vector<std::string> tried;
  std::optional<Status> replayed;
};

TEST_CASE("explorer: a correct log survives every crash, and crashes of its recovery") {
  Experiment experiment(Bug::kNone);
  ExplorerOptions options{.name = "wal"};
  options.machine.short_writes = 0.1;
  options.recovery_depth = 2;
  options.recovery_share = 0.05;
  options.promise = [&](const Crash& crash) { return experiment.Promised(crash); };
  const ExplorerReport report = experiment.Explore(options);
  std::printf("simulation: %s\n", report.ToString().c_str());
  CHECK(report.failures.empty());
  CHECK(report.crash_points == report.operations + 1);
  CHECK(report.distinct_images > 200);
}

TEST_CASE("explorer: a correct log survives failing syncs") {
  for (std::uint64_t failing = 1; failing <= 15; ++failing) {
    Experiment experiment(Bug::kNone);
    experiment.failing_sync = failing;
    const ExplorerReport report = experiment.Explore({.name = "wal-eio"});
    INFO(report.ToString());
    CHECK(report.failures.empty());
  }
}

TEST_CASE("explorer: planted bugs are found, and each find replays") {
  const Bug bug = GENERATE(Bug::kSkipDirectorySync, Bug::kAckBeforeSync, Bug::kUnlinkedSync,
                           Bug::kTrustAfterFailure, Bug::kTrustPageCache, Bug::kShortWriteIsWhole);
  bool found = false;
  for (std::uint64_t seed = 1; seed <= 20 && !found; ++seed) {
    Experiment experiment(bug);
    if (bug == Bug::kTrustAfterFailure) experiment.failing_sync = 1 + seed % 10;
    ExplorerOptions options{.name = "wal-bug"};
    options.machine.seed = seed;
    if (bug == Bug::kTrustPageCache) options.recovery_depth = 1;
    if (bug == Bug::kShortWriteIsWhole) options.machine.short_writes = 0.2;
    const ExplorerReport report = experiment.Explore(options);
    found = !report.failures.empty();
    if (found) CHECK(experiment.replayed == report.failures[0].status);
  }
  INFO("bug " << static_cast<int>(bug));
  CHECK(found);
}

TEST_CASE("explorer: a seed decides everything") {
  const auto run = [](std::uint64_t seed) {
    Experiment experiment(Bug::kNone);
    SimulatedMachine machine({.seed = seed, .short_reads = 0.2, .short_writes = 0.2});
    experiment.Script(machine);
    std::uint64_t hash = machine.trace_hash() ^ machine.Hash();
    machine.ForEachPowerCut({}, [&](const Image& image) {
      hash = Mix(hash ^ image.hash ^ XXH3_64bits(image.choice.data(), image.choice.size()));
      return true;
    });
    return hash;
  };
  CHECK(run(1) == run(1));
  CHECK(run(2) == run(2));
  CHECK(run(1) != run(2));

  const auto explore = [](std::uint64_t seed) {
    Experiment experiment(Bug::kUnlinkedSync);
    ExplorerOptions options{.name = "wal-again"};
    options.machine.seed = seed;
    options.failures_max = 5;
    std::string replays;
    for (const Failure& failure : experiment.Explore(options).failures) replays += failure.replay;
    return replays;
  };
  CHECK(explore(3) == explore(3));
}

TEST_CASE("explorer: other text is no replay") {
  CrashExplorer explorer(
      {.name = "n"}, [](SimulatedMachine&) {},
      [](SimulatedMachine&, const Crash&) { return Status(); });
  for (const std::string wrong : {"", "n", "n:", "n:1", "m:1:1/k;g", "n:1:x/k;g", "n:1:1"}) {
    INFO(wrong);
    CHECK(explorer.ReplayFrom(wrong).code() == StatusCode::kInvalidArgument);
  }
  CHECK_OK(explorer.ReplayFrom("n:1:1/k;g"));
}

}  // namespace
}  // namespace tidemark::simulation

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "benchmarks/plain_file.h"
#include "benchmarks/plain_record.h"
#include "benchmarks/plain_tail.h"
#include "benchmarks/rows.h"
#include "benchmarks/store_leg.h"
#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t kBodyBytes = 1024;
constexpr std::int64_t kQueues = 16;
constexpr int kReadyTimeoutMs = 120'000;

std::uint64_t CountOf(std::int64_t bytes, const Messages& messages) {
  return static_cast<std::uint64_t>(bytes) / messages.record_bytes();
}

std::string ScaleWord(const Scale& scale) {
  return scale.kind == Scale::Kind::kSmoke ? "--smoke" : "--quick";
}

/// Starts this program again as the child of S5, waits until it says that the store is filled, and
/// kills it.
Status FillAndKill(const std::filesystem::path& directory, const Scale& scale) {
  int ends[2];
  if (pipe(ends) != 0) return Status(StatusCode::kUnavailable, "pipe for the child process");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::string words[] = {"tidemark-bench",
                         "--crash-child",
                         directory.string(),
                         "--crash-bytes",
                         fmt::format("{}", scale.cold_bytes),
                         ScaleWord(scale)};
  std::array<char*, std::size(words) + 1> arguments{};
  for (std::size_t i = 0; i < std::size(words); ++i) arguments[i] = words[i].data();
  pid_t child = -1;
  const int error =
      posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  pollfd ready{.fd = ends[0], .events = POLLIN, .revents = 0};
  char word = 0;
  const bool filled = error == 0 && poll(&ready, 1, kReadyTimeoutMs) == 1 &&
                      read(ends[0], &word, 1) == 1 && word == 'r';
  close(ends[0]);
  if (error == 0) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  if (filled) return {};
  return Status(StatusCode::kUnavailable,
                "the child process that is to be killed did not fill " + directory.string());
}

class RecoverKilled final : public Leg {
 public:
  explicit RecoverKilled(const Scale& scale)
      : scale_(scale),
        messages_(kBodyBytes, kQueues),
        count_(CountOf(scale.cold_bytes, messages_)) {}

  Status SetUp(const std::filesystem::path& directory) override {
    directory_ = directory;
    return {};
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      const auto store_directory = directory_ / "store";
      std::filesystem::remove_all(store_directory);
      BENCH_TRY(FillAndKill(store_directory, scale_));
      BENCH_TRY(Evict(store_directory));
      meter.Start();
      auto store = Store::Open(store_directory, DefaultOptions(scale_));
      meter.Stop();
      if (!store.has_value()) return store.error();
      BENCH_TRY(CheckReport((*store)->Recovery()));
      BENCH_TRY((*store)->Close());
      sample.work += static_cast<double>(count_ * messages_.record_bytes());
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  Status CheckReport(const RecoveryReport& report) const {
    if (!report.clean && report.used_sidecar && report.scanned_records == count_) return {};
    return Status(StatusCode::kDataLoss,
                  fmt::format("recovery scanned {} records of {}, clean {}, with the sidecar {}",
                              report.scanned_records, count_, report.clean, report.used_sidecar));
  }

  const Scale scale_;
  const Messages messages_;
  const std::uint64_t count_;
  std::filesystem::path directory_;
};

/// Reads the file from its start, a piece at a time, and checks each record.
class ColdScan final : public Leg {
 public:
  explicit ColdScan(const Scale& scale)
      : messages_(kBodyBytes, kQueues), count_(CountOf(scale.cold_bytes, messages_)) {}

  Status SetUp(const std::filesystem::path& directory) override {
    directory_ = directory;
    const PlainTail tail(messages_, count_);
    auto file = PlainFile::Open(directory / "log", PlainFile::Mode::kCreate);
    if (!file.has_value()) return file.error();
    return (*file)->Write(0, tail.bytes());
  }

  Result<Sample> Run(double seconds) override {
    Sample sample;
    Meter meter;
    while (meter.seconds() < seconds) {
      BENCH_TRY(Evict(directory_));
      auto file = PlainFile::Open(directory_ / "log", PlainFile::Mode::kRead);
      if (!file.has_value()) return file.error();
      meter.Start();
      const Status scanned = Scan(**file);
      meter.Stop();
      BENCH_TRY(scanned);
      sample.work += static_cast<double>(count_ * messages_.record_bytes());
    }
    sample.usage = meter.Finish();
    return sample;
  }

 private:
  static constexpr std::size_t kPieceBytes = 1 << 20;

  Status Scan(PlainFile& file) {
    // The rest of a record that a piece ends in is carried in front of the next.
    const std::uint64_t end = count_ * messages_.record_bytes();
    std::size_t carried = 0;
    for (std::uint64_t at = 0; at < end; at += kPieceBytes) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - at));
      BENCH_TRY(file.Read(at, memory_.span().subspan(kPieceBytes, piece)));
      const std::byte* from = memory_.data() + kPieceBytes - carried;
      const std::byte* const behind = memory_.data() + kPieceBytes + piece;
      while (behind - from >= 4 && behind - from >= PlainSizeAt(from)) {
        if (!CheckPlain(from)) return Status(StatusCode::kDataLoss, "the limit's own file");
        from += PlainSizeAt(from);
      }
      carried = static_cast<std::size_t>(behind - from);
      std::copy(from, behind, memory_.data() + kPieceBytes - carried);
    }
    return carried == 0 ? Status() : Status(StatusCode::kDataLoss, "the limit's file is torn");
  }

  const Messages messages_;
  const std::uint64_t count_;
  std::filesystem::path directory_;
  PlainMemory memory_{2 * kPieceBytes};
};

}  // namespace

int RunCrashChild(const std::filesystem::path& directory, std::int64_t bytes, const Scale& scale) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody else would end it
  StoreOptions options = DefaultOptions(scale);
  options.checkpoint_log_bytes = std::int64_t{1} << 40;
  options.checkpoint_interval = std::chrono::hours(1);
  auto store = Store::Open(directory, options);
  Status status = store.error();
  if (status.ok()) {
    const Messages messages(kBodyBytes, kQueues);
    status = Fill(**store, messages, CountOf(bytes, messages));
    if (status.ok()) status = (*store)->Flush();
  }
  if (!status.ok()) {
    fmt::print(stderr, "tidemark-bench: {}\n", status.ToString());
    return 1;
  }
  // The durable mark is written once a second; from then on nothing of the tail is in doubt.
  if (scale.kind != Scale::Kind::kSmoke) std::this_thread::sleep_for(std::chrono::seconds(2));
  if (write(STDOUT_FILENO, "r", 1) != 1) return 1;
  while (true) pause();
}

void AddRecoveryRows(const Scale& scale, std::vector<Row>& rows) {
  Row row{.name = "S5",
          .title = fmt::format("recovery of a killed process, {} MiB unchecked, cold",
                               scale.cold_bytes >> 20),
          .unit = "byte",
          .target = {.ratio_min = 0.8}};
  AddLegs(
      row, "cold read, CRC of each record", [=] { return std::make_unique<ColdScan>(scale); },
      [=] { return std::make_unique<RecoverKilled>(scale); });
  rows.push_back(std::move(row));
}

}  // namespace tidemark::bench

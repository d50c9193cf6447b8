// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstring>
#include <optional>

#include "src/commitlog/commit_log.h"
#include "tests/simulation/simulated_machine.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::MachineOptions;
using simulation::SimulatedMachine;

constexpr std::int64_t kSegmentBytes = 4 << 20;

MachineOptions Traced() {
  MachineOptions options;
  options.keep_trace = true;
  return options;
}

/// A log of its own on a machine that writes down what happens.
class Log {
 public:
  explicit Log(CommitLogOptions options) {
    REQUIRE_OK(io::CreateDirectories(machine.files(), "/log"));
    auto segments = REQUIRE_VALUE(SegmentedFile::Load(machine.files(), "/log", kSegmentBytes));
    LogRings rings{REQUIRE_VALUE(machine.NewRing(io::RingUse::kCommit, LogWriter::kRingDepth)),
                   REQUIRE_VALUE(machine.NewRing(io::RingUse::kRead, ColdReader::kRingDepth))};
    log_ = std::make_unique<CommitLog>(machine, std::move(segments), budget_, options,
                                       std::move(rings), LogOffset{0});
  }

  /// Appends so many bytes and returns when they are durable.
  void Append(std::int32_t bytes) {
    std::optional<CommitLog::Place> place;
    while (!(place = log_->TryClaim(bytes)).has_value()) {
      REQUIRE_OK(log_->MakeRoom(bytes, std::chrono::nanoseconds::max()));
    }
    std::memset(place->at, 'x', static_cast<std::size_t>(bytes));
    const LogOffset end = place->offset + bytes;
    log_->Publish(end, machine.clock().Monotonic());
    REQUIRE_OK(log_->Await(end, Durability::kDevice, std::chrono::nanoseconds::max()));
  }

  struct Write {
    std::int64_t position;
    std::int64_t bytes;
  };
  /// Writes past the rings: zeroes ahead are all of them.
  std::vector<Write> Zeroes() const {
    std::vector<Write> zeroes;
    for (const std::string& line : machine.Trace()) {
      const std::size_t at = line.find(" write /log/");
      if (at == std::string::npos) continue;
      Write write{};
      REQUIRE(std::sscanf(line.c_str() + at, " write /log/%*d %ld %ld", &write.position,
                          &write.bytes) == 2);
      zeroes.push_back(write);
    }
    return zeroes;
  }

  SimulatedMachine machine{Traced()};

 private:
  MemoryBudget budget_{64 << 20, 32 << 20, 1 << 20};
  std::unique_ptr<CommitLog> log_;
};

CommitLogOptions ZeroAhead() {
  CommitLogOptions options;
  options.unsynced_bytes_hard_max = 64 << 20;
  options.zero_ahead = true;
  return options;
}

TEST_CASE("small durable commits meet zeroes that were written ahead", "[commitlog]") {
  Log log(ZeroAhead());
  for (int i = 0; i < 1000; ++i) log.Append(1500);
  const auto zeroes = log.Zeroes();
  REQUIRE(zeroes.size() == 2);
  CHECK(zeroes[0].position == 0);
  CHECK(zeroes[0].bytes == 1 << 20);
  CHECK(zeroes[1].position == 1 << 20);
  CHECK(zeroes[1].bytes == 1 << 20);
}

TEST_CASE("zeroes never reach below what is written, nor behind what is prepared", "[commitlog]") {
  CommitLogOptions options = ZeroAhead();
  options.prepare_bytes = 100'000;
  Log log(options);
  log.Append(200'000);  // too large for zeroes
  CHECK(log.Zeroes().empty());
  for (int i = 0; i < 100; ++i) log.Append(777);
  const auto zeroes = log.Zeroes();
  REQUIRE_FALSE(zeroes.empty());
  // The first page behind 200,000 that no byte of the large append lies in.
  CHECK(zeroes[0].position == 49 * 4096);
  std::int64_t end = 0;
  for (const auto& [position, bytes] : zeroes) {
    CHECK(position % 4096 == 0);
    CHECK(bytes % 4096 == 0);
    CHECK(position >= end);
    end = position + bytes;
    CHECK(end <= 400'000);
  }
}

TEST_CASE("zeroes go on in the next segment", "[commitlog]") {
  Log log(ZeroAhead());
  for (int i = 0; i < 5; ++i) log.Append(1'000'000);
  log.Append(100);
  const auto zeroes = log.Zeroes();
  REQUIRE(zeroes.size() == 1);
  CHECK(zeroes[0].position == (1'000'000 + 4095) / 4096 * 4096);
}

TEST_CASE("a log that is not to does not write zeroes", "[commitlog]") {
  CommitLogOptions options = ZeroAhead();
  options.zero_ahead = false;
  Log log(options);
  for (int i = 0; i < 10; ++i) log.Append(100);
  CHECK(log.Zeroes().empty());
}

TEST_CASE("commits go on where zeroes cannot be written", "[commitlog]") {
  const auto call = GENERATE(simulation::Call::kWrite, simulation::Call::kOpen);
  Log log(ZeroAhead());
  // The first write past the rings is the zeroes'; the first to open the segment prepares it.
  log.machine.Inject(
      simulation::Fault{.calls = call,
                        .pattern = "/log/*",
                        .first = call == simulation::Call::kOpen ? 2u : 1u,
                        .error = Status(StatusCode::kResourceExhausted, "refused (simulated)")});
  for (int i = 0; i < 10; ++i) log.Append(100);
  CHECK(log.Zeroes().size() <= 1);
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/rounds.h"

#include <fmt/format.h>

#include <cmath>

#include "benchmarks/try.h"

namespace tidemark::bench {
namespace {

std::vector<double> Ratios(const std::vector<double>& over, const std::vector<double>& under) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < over.size(); ++i) ratios.push_back(over[i] / under[i]);
  return ratios;
}

/// The median over the samples of `field` for each unit of work; empty when a sample has none.
template <typename Field>
std::optional<double> MedianCost(const std::vector<Sample>& samples, Field field) {
  std::vector<double> costs;
  for (const Sample& sample : samples) {
    const std::optional<double> value = sample.usage.*field;
    if (!value.has_value()) return std::nullopt;
    costs.push_back(*value / sample.work);
  }
  return SpreadOf(std::move(costs)).median;
}

UnitCost CostOf(const std::vector<Sample>& samples) {
  return {.cpu_us = MedianCost(samples, &Usage::cpu_seconds).value_or(0) * 1e6,
          .faults = MedianCost(samples, &Usage::faults).value_or(0),
          .switches = MedianCost(samples, &Usage::switches).value_or(0),
          .written_bytes = MedianCost(samples, &Usage::written_bytes),
          .write_calls = MedianCost(samples, &Usage::write_calls),
          .read_calls = MedianCost(samples, &Usage::read_calls),
          .syncs = MedianCost(samples, &Usage::syncs)};
}

/// The legs of one row while it runs.
class Contest {
 public:
  Contest(const Row& row, const Scale& scale, const std::filesystem::path& directory)
      : row_(row), scale_(scale), directory_(directory) {}

  Status Run() {
    for (std::size_t i = 0; i < row_.legs.size(); ++i) {
      const auto own = directory_ / fmt::format("leg-{}", i);
      std::filesystem::create_directories(own);
      legs_.push_back(row_.legs[i].make());
      BENCH_TRY(legs_.back()->SetUp(own));
    }
    samples_.resize(legs_.size());
    if (scale_.warm_up) BENCH_TRY(Round(0));
    for (std::vector<Sample>& samples : samples_) samples.clear();
    for (int round = 0; round < scale_.rounds; ++round) {
      BENCH_TRY(Round(static_cast<std::size_t>(round)));
    }
    for (const std::unique_ptr<Leg>& leg : legs_) BENCH_TRY(leg->TearDown());
    return {};
  }

  std::vector<LegResult> Results() const {
    std::vector<LegResult> results;
    for (std::size_t i = 0; i < legs_.size(); ++i) {
      LegResult result{.role = row_.legs[i].role,
                       .what = row_.legs[i].what,
                       .note = legs_[i]->Note(),
                       .cost = CostOf(samples_[i])};
      for (const Sample& sample : samples_[i]) {
        result.rates.push_back(sample.work / sample.usage.seconds);
      }
      result.rate = SpreadOf(result.rates);
      results.push_back(std::move(result));
    }
    return results;
  }

 private:
  Status Round(std::size_t first) {
    for (std::size_t i = 0; i < legs_.size(); ++i) {
      const std::size_t at = (first + i) % legs_.size();
      auto sample = legs_[at]->Run(scale_.leg_seconds);
      if (!sample.has_value()) return sample.error();
      samples_[at].push_back(*sample);
    }
    return {};
  }

  const Row& row_;
  const Scale& scale_;
  const std::filesystem::path& directory_;
  std::vector<std::unique_ptr<Leg>> legs_;
  std::vector<std::vector<Sample>> samples_;
};

}  // namespace

std::string_view ToString(Role role) {
  switch (role) {
    case Role::kLimit:
      return "limit";
    case Role::kOurs:
      return "ours";
    case Role::kCopy:
      return "copy";
    case Role::kPeer:
      return "peer";
    case Role::kStraight:
      return "straight";
  }
  return "";
}

const LegResult* RowResult::Find(Role role) const {
  for (const LegResult& leg : legs) {
    if (leg.role == role) return &leg;
  }
  return nullptr;
}

bool RowResult::met() const {
  if (target.ratio_min > 0 && figure.median < target.ratio_min) return false;
  const LegResult* const ours = Find(Role::kOurs);
  return target.seconds_max <= 0 || (ours != nullptr && SecondsOf(*ours) <= target.seconds_max);
}

bool RowResult::steady() const {
  return std::abs(copy.median - 1) <= 0.05;
}

RowResult RunRow(const Row& row, const Scale& scale, const std::filesystem::path& directory) {
  RowResult result{.name = row.name,
                   .title = row.title,
                   .unit = row.unit,
                   .target = row.target,
                   .timed = row.timed};
  {
    Contest contest(row, scale, directory);
    const Status ran = contest.Run();
    if (ran.ok()) {
      result.legs = contest.Results();
    } else {
      result.error = ran.ToString();
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  const LegResult* const ours = result.Find(Role::kOurs);
  const LegResult* const limit = result.Find(Role::kLimit);
  const LegResult* const copy = result.Find(Role::kCopy);
  const LegResult* const straight = result.Find(Role::kStraight);
  if (ours == nullptr || limit == nullptr || copy == nullptr) return result;
  result.figure = SpreadOf(Ratios(ours->rates, limit->rates));
  result.copy = SpreadOf(Ratios(ours->rates, copy->rates));
  if (straight != nullptr) result.straight = SpreadOf(Ratios(limit->rates, straight->rates));
  return result;
}

}  // namespace tidemark::bench

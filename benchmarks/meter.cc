// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/meter.h"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace tidemark::bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void ReadProcessIo(Counters& counters) {
  std::ifstream file("/proc/self/io");
  std::string name;
  for (std::uint64_t value = 0; file >> name >> value;) {
    if (name == "syscr:") counters.read_calls = value;
    if (name == "syscw:") counters.write_calls = value;
    if (name == "write_bytes:") counters.written_bytes = value;
  }
}

std::optional<double> Grown(const std::optional<std::uint64_t>& from,
                            const std::optional<std::uint64_t>& to) {
  if (!from.has_value() || !to.has_value()) return std::nullopt;
  return static_cast<double>(*to - *from);
}

Counters ProcessorCounters() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  Counters counters;
  counters.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  counters.faults = static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt);
  counters.switches = static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw);
  return counters;
}

}  // namespace

Counters CountersNow() {
  Counters counters = ProcessorCounters();
  ReadProcessIo(counters);
  return counters;
}

Meter::Meter() : whole_(CountersNow()) {}

void Meter::Start() {
  began_ = ProcessorCounters();
  began_at_ = std::chrono::steady_clock::now();
}

void Meter::Stop() {
  const auto ended_at = std::chrono::steady_clock::now();
  const Counters ended = ProcessorCounters();
  usage_.seconds += std::chrono::duration<double>(ended_at - began_at_).count();
  usage_.cpu_seconds += ended.cpu_seconds - began_.cpu_seconds;
  usage_.faults += static_cast<double>(ended.faults - began_.faults);
  usage_.switches += static_cast<double>(ended.switches - began_.switches);
}

Usage Meter::Finish() {
  const Counters now = CountersNow();
  usage_.written_bytes = Grown(whole_.written_bytes, now.written_bytes);
  usage_.write_calls = Grown(whole_.write_calls, now.write_calls);
  usage_.read_calls = Grown(whole_.read_calls, now.read_calls);
  return usage_;
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#include "src/io/path_memory.h"

#include <xxhash.h>

#include <charconv>
#include <map>

#include "src/base/format.h"

namespace tidemark::io {
namespace {

constexpr std::string_view kTitle = "tidemark io-path 1\n";
constexpr std::string_view kChecksum = "checksum ";
constexpr const char* kUses[kRingUses] = {"commits", "reads"};
constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::int64_t kAgeSecondsMax = 30 * kDaySeconds;

std::string ChecksumOf(std::string_view text) {
  return Format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

bool ParseYes(const std::string& text, bool* yes) {
  *yes = text == "yes";
  return *yes || text == "no";
}

template <typename Number>
bool ParseNumber(const std::string& text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string EncodePathMemory(const PathMemory& memory) {
  const auto yes = [](bool value) { return value ? "yes" : "no"; };
  std::string text(kTitle);
  text += Format("device {}\nkernel {}\nmeasured {}\n", memory.device, memory.kernel,
                 memory.measured_s);
  for (std::size_t i = 0; i < kRingUses; ++i) {
    text += Format("{} {}\n", kUses[i], yes(memory.choice.io_uring[i]));
  }
  text += Format("zeroes {}\nfigures {}\n", yes(memory.choice.prefers_written_blocks),
                 memory.choice.reason);
  return Format("{}{}{}\n", text, kChecksum, ChecksumOf(text));
}

std::optional<PathMemory> DecodePathMemory(std::string_view text) {
  const std::size_t sum = text.rfind(kChecksum);
  if (!text.starts_with(kTitle) || sum == std::string_view::npos ||
      text.substr(sum) != Format("{}{}\n", kChecksum, ChecksumOf(text.substr(0, sum)))) {
    return std::nullopt;
  }
  std::map<std::string, std::string> fields;
  for (std::string_view left = text.substr(kTitle.size(), sum - kTitle.size()); !left.empty();) {
    const std::string_view line = left.substr(0, left.find('\n'));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    fields.emplace(line.substr(0, space), line.substr(space + 1));
    left.remove_prefix(line.size() + 1);
  }
  PathMemory memory;
  memory.kernel = fields["kernel"];
  memory.choice.reason = fields["figures"];
  memory.choice.measured = true;
  bool whole = ParseNumber(fields["device"], &memory.device) &&
               ParseNumber(fields["measured"], &memory.measured_s) &&
               ParseYes(fields["zeroes"], &memory.choice.prefers_written_blocks);
  for (std::size_t i = 0; i < kRingUses; ++i) {
    whole = whole && ParseYes(fields[kUses[i]], &memory.choice.io_uring[i]);
  }
  if (!whole) return std::nullopt;
  return memory;
}

bool StillHolds(const PathMemory& then, const PathMemory& now) {
  // A clock that was set back a little is no reason to measure.
  const std::int64_t age = now.measured_s - then.measured_s;
  return then.device == now.device && then.kernel == now.kernel && age > -kDaySeconds &&
         age < kAgeSecondsMax;
}

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#include "tools/broker_conf.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <string_view>

namespace tidemark::tool {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\f";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

template <typename T>
Status Take(std::string_view name, std::string_view value, std::optional<T>& out) {
  T number{};
  const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || rest != value.data() + value.size()) {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("{}={} is no number that fits", name, value));
  }
  out = number;
  return {};
}

}  // namespace

Result<FileSizes> SizesFromBrokerConf(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Status(StatusCode::kNotFound, fmt::format("{}: cannot be read", path));
  FileSizes sizes;
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = Trimmed(line);
    if (text.empty() || text[0] == '#' || text[0] == '!') continue;
    const std::size_t middle = text.find_first_of("=:");
    if (middle == std::string_view::npos) continue;
    const std::string_view name = Trimmed(text.substr(0, middle));
    const std::string_view value = Trimmed(text.substr(middle + 1));
    Status taken;
    if (name == "mappedFileSizeCommitLog") taken = Take(name, value, sizes.segment_bytes);
    if (name == "mappedFileSizeConsumeQueue") taken = Take(name, value, sizes.queue_file_bytes);
    if (name == "maxHashSlotNum") taken = Take(name, value, sizes.index_slots);
    if (name == "maxIndexNum") taken = Take(name, value, sizes.index_entries);
    if (!taken.ok()) return Status(taken.code(), fmt::format("{}: {}", path, taken.message()));
  }
  return sizes;
}

}  // namespace tidemark::tool

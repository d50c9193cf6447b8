// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/io/io.h"
#include "tests/simulation/simulated_machine.h"
#include "tests/support/catch.h"

namespace tidemark::simulation {

using Set = std::set<std::string>;

inline io::WriteBuffer AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// So many times one letter.
inline std::string Fill(char letter, std::size_t count = kSectorBytes) {
  return std::string(count, letter);
}

/// Makes a file with this content; nothing is synced.
inline std::unique_ptr<io::File> MakeFile(io::Machine& machine, const std::string& path,
                                          std::string_view content = "") {
  auto file = REQUIRE_VALUE(machine.files().Open(path, io::Access::kCreate));
  REQUIRE_OK(io::WriteAll(*file, 0, AsBytes(content)));
  return file;
}

/// Makes a file that survives a power cut.
inline std::unique_ptr<io::File> MakeDurableFile(io::Machine& machine, const std::string& path,
                                                 std::string_view content = "") {
  auto file = MakeFile(machine, path, content);
  REQUIRE_OK(file->Sync());
  REQUIRE_OK(io::SyncDirectory(machine.files(), "/"));
  return file;
}

/// One letter for each sector's first byte, "-" for a file that is not there, "." for zeros and
/// "?" for what nobody wrote.
inline std::string Sketch(io::Machine& machine, const std::string& path) {
  if (!io::Exists(machine.files(), path)) return "-";
  const std::string content = REQUIRE_VALUE(io::ReadFile(machine.files(), path));
  std::string sketch;
  for (std::size_t at = 0; at < content.size(); at += kSectorBytes) {
    const std::string sector = content.substr(at, kSectorBytes);
    const bool even = sector.find_first_not_of(sector[0]) == std::string::npos;
    sketch += !even ? '?' : sector[0] == '\0' ? '.' : sector[0];
  }
  return sketch;
}

/// What a power cut now may leave of these files, each outcome as sketches joined by blanks.
inline Set AfterPowerCut(const SimulatedMachine& machine, const std::vector<std::string>& paths,
                         ImageLimits limits = ImageLimits::Thorough()) {
  Set outcomes;
  machine.ForEachPowerCut(limits, [&](const Image& image) {
    const auto booted = machine.Boot(image);
    std::string outcome;
    for (const std::string& path : paths) {
      outcome += (outcome.empty() ? "" : " ") + Sketch(*booted, path);
    }
    outcomes.insert(outcome);
    return true;
  });
  return outcomes;
}

inline Set AfterKill(const SimulatedMachine& machine, const std::vector<std::string>& paths) {
  Set outcomes;
  machine.ForEachKill(ImageLimits::Thorough(), [&](const Image& image) {
    const auto booted = machine.Boot(image);
    std::string outcome;
    for (const std::string& path : paths) {
      outcome += (outcome.empty() ? "" : " ") + Sketch(*booted, path);
    }
    outcomes.insert(outcome);
    return true;
  });
  return outcomes;
}

}  // namespace tidemark::simulation

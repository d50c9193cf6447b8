// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tools/command.h"

namespace CLI {
class App;
}

namespace tidemark::tool {

/// A subcommand as it is told to CLI11, whose templates are compiled in verb.cc only: in each
/// subcommand's file they would take most of the program's compile time. What it is given outlives
/// the parsing.
class Verb {
 public:
  /// Adds the subcommand, with what every one takes.
  Verb(CLI::App& parent, const char* name, const char* what, CommonArguments& common);

  void Flag(const char* name, bool& value, const char* what);
  /// A flag that does not go with another one, given before.
  void FlagWithout(const char* other, const char* name, bool& value, const char* what);
  void Text(const char* name, const char* type, std::string& value, const char* what);
  void Text(const char* name, const char* type, std::optional<std::string>& value,
            const char* what);
  /// One of `words`, by its place among them.
  void Word(const char* name, const std::vector<std::string>& words, int& value, const char* what);

  struct Range {
    std::int64_t min = 1;
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
  };
  /// With a default, which help shows.
  void Number(const char* name, const char* type, std::int64_t& value, Range range,
              const char* what);
  void Number(const char* name, const char* type, std::optional<std::int64_t>& value, Range range,
              const char* what);
  void Number(const char* name, const char* type, double& value, const char* what);

  void Footer(const char* text);
  /// What `chosen` becomes when the command line names this subcommand.
  void Runs(Chosen& chosen, std::function<int()> run);

 private:
  CLI::App& command_;
};

}  // namespace tidemark::tool

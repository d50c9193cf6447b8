// SPDX-License-Identifier: Apache-2.0
#include "tools/verb.h"

#include <CLI/CLI.hpp>
#include <map>

namespace tidemark::tool {
namespace {

/// An open end is left out of help.
CLI::Validator Check(const Verb::Range& range) {
  if (range.max == Verb::Range().max) {
    return range.min > 0 ? CLI::Validator(CLI::PositiveNumber)
                         : CLI::Validator(CLI::NonNegativeNumber);
  }
  return CLI::Range(range.min, range.max);
}

}  // namespace

Verb::Verb(CLI::App& parent, const char* name, const char* what, CommonArguments& common)
    : command_(*parent.add_subcommand(name, what)) {
  command_.add_option("DIRECTORY", common.directory, "The store's root directory")->required();
  Flag("--json", common.json, "Print lines of JSON");
  Text("--config", "FILE", common.config,
       "A broker.conf with the sizes of the files, where the files do not tell");
}

void Verb::Flag(const char* name, bool& value, const char* what) {
  command_.add_flag(name, value, what);
}

void Verb::FlagWithout(const char* other, const char* name, bool& value, const char* what) {
  command_.add_flag(name, value, what)->excludes(command_.get_option(other));
}

void Verb::Text(const char* name, const char* type, std::string& value, const char* what) {
  command_.add_option(name, value, what)->type_name(type);
}

void Verb::Text(const char* name, const char* type, std::optional<std::string>& value,
                const char* what) {
  command_.add_option(name, value, what)->type_name(type);
}

void Verb::Word(const char* name, const std::vector<std::string>& words, int& value,
                const char* what) {
  std::map<std::string, int> places;
  std::string all;
  for (const std::string& word : words) {
    all += all.empty() ? word : "|" + word;
    places.emplace(word, static_cast<int>(places.size()));
  }
  command_.add_option(name, value, what)
      ->transform(CLI::CheckedTransformer(places).description(""))
      ->type_name(all);
}

void Verb::Number(const char* name, const char* type, std::int64_t& value, Range range,
                  const char* what) {
  command_.add_option(name, value, what)
      ->check(Check(range))
      ->type_name(type)
      ->capture_default_str();
}

void Verb::Number(const char* name, const char* type, std::optional<std::int64_t>& value,
                  Range range, const char* what) {
  command_.add_option(name, value, what)->check(Check(range))->type_name(type);
}

void Verb::Number(const char* name, const char* type, double& value, const char* what) {
  command_.add_option(name, value, what)->check(CLI::PositiveNumber)->type_name(type);
}

void Verb::Footer(const char* text) {
  command_.footer(text);
}

void Verb::Runs(Chosen& chosen, std::function<int()> run) {
  command_.callback([&chosen, run = std::move(run)] { chosen = run; });
}

}  // namespace tidemark::tool

// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <exception>

#include "tools/command.h"

namespace tidemark::tool {
namespace {

int Run(int argc, char** argv) {
  CLI::App app("Tidemark, a durable message queue in the files of Apache RocketMQ", "tidemark");
  app.set_version_flag("--version", "tidemark " TIDEMARK_VERSION);
  app.require_subcommand(1);
  CLI::App& store = *app.add_subcommand("store", "Look at, check and mend a store's directory");
  store.require_subcommand(1);
  store.footer(
      "Exit codes: 0 all is well; 1 damage was found or the work failed; 2 wrong usage, or the "
      "directory could not be looked at.");
  Chosen chosen;
  AddInfo(store, chosen);
  AddList(store, chosen);
  AddRecover(store, chosen);
  AddDump(store, chosen);
  AddVerify(store, chosen);
  AddRepair(store, chosen);
  AddExport(store, chosen);
  AddImport(store, chosen);
  AddLoad(store, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitCannotLook;
  }
  return chosen();
}

}  // namespace
}  // namespace tidemark::tool

int main(int argc, char** argv) {
  try {
    return tidemark::tool::Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tidemark: %s\n", error.what());
    return tidemark::tool::kExitDamaged;
  }
}

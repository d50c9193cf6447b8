// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the subcommands share: each is one file with one function that adds it to the command line
// and keeps what it will do in `chosen`.

#include <functional>
#include <string>

#include "tidemark/inspect.h"
#include "tidemark/options.h"
#include "tidemark/status.h"

namespace CLI {
class App;
}

namespace tidemark::tool {

class ProgressBar;

/// Exit codes of all subcommands.
enum Exit : int {
  kExitOk = 0,
  kExitDamaged = 1,    ///< Damage was found, or the work failed half-way.
  kExitCannotLook = 2  ///< Wrong usage, or the directory cannot be looked at.
};

/// What the command line chose to do; returns the exit code.
using Chosen = std::function<int()>;

void AddInfo(CLI::App& store, Chosen& chosen);
void AddList(CLI::App& store, Chosen& chosen);
void AddRecover(CLI::App& store, Chosen& chosen);
void AddDump(CLI::App& store, Chosen& chosen);
void AddVerify(CLI::App& store, Chosen& chosen);
void AddRepair(CLI::App& store, Chosen& chosen);
void AddExport(CLI::App& store, Chosen& chosen);
void AddImport(CLI::App& store, Chosen& chosen);
void AddLoad(CLI::App& store, Chosen& chosen);

/// What every subcommand takes.
struct CommonArguments {
  std::string directory = {};
  std::string config = {};
  bool json = false;
};

/// The sizes of --config. Errors: kNotFound, kInvalidArgument.
Result<FileSizes> SizesOf(const CommonArguments& arguments);

/// Options for a look. `bar` outlives what is opened with them.
Result<InspectOptions> LookOptions(const CommonArguments& arguments, ProgressBar& bar);

/// Options for a store that a subcommand opens itself: it deletes nothing by age. TIDEMARK_IO of
/// the environment says how files are reached.
Result<StoreOptions> OpenOptions(const CommonArguments& arguments);

/// Says what went wrong on standard error; returns the exit code: 1 for damage, else 2.
int Fail(const Status& status, const CommonArguments& arguments);

}  // namespace tidemark::tool

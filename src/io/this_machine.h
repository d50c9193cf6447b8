// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tidemark/io.h"

namespace tidemark::io {

struct ChosenMachine {
  std::shared_ptr<Machine> machine;
  /// What belongs into the file of the memory now; empty when it is there already, and when nothing
  /// was measured.
  std::string to_remember;
};

/// As ThisMachine of tidemark/io.h, but kAuto's choice is taken from the file `memory` where an
/// earlier measurement still holds. The file is only read.
Result<ChosenMachine> ThisMachineFrom(const std::filesystem::path& memory, Path path,
                                      const std::filesystem::path& probe_directory);

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "benchmarks/machine.h"
#include "benchmarks/rounds.h"

namespace tidemark::bench {

/// A run of the program.
struct Report {
  Scale scale = {};
  Machine machine = {};
  std::vector<RowResult> rows = {};
};

/// The table of docs/benchmarks.md: Markdown that also reads well as text. Rows that have not run
/// show "-".
std::string Table(const std::vector<RowResult>& rows);

/// One line of what the machine is.
std::string MachineLine(const Machine& machine);

/// What the table's figures do not say: unsteady and void rows, errors; a sentence a line.
std::string Remarks(const Report& report);

/// For programs. The shape is described in docs/benchmarks.md.
std::string Json(const Report& report);

/// Rows as they stand before they ran.
std::vector<RowResult> Unrun(const std::vector<Row>& rows);

}  // namespace tidemark::bench

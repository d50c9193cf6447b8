// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "src/filter/sql_program.h"
#include "tidemark/status.h"

namespace tidemark {

/// Compiles an expression of the grammar in tidemark/filter.h. The program owns its text.
/// Errors: kInvalidArgument, which says where, what was found and what was expected.
Result<std::shared_ptr<const SqlProgram>> ParseSql(std::string_view expression);

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace tidemark {

/// Java's Double.valueOf: blanks around, NaN, Infinity, decimal and hexadecimal, a suffix f or d.
/// Correctly rounded; too large is infinite, too small zero. None when the text is no number.
std::optional<double> JavaParseDouble(std::string_view utf8);

}  // namespace tidemark

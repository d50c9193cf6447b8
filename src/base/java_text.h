// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// How Java sees text, which decides hashes and splits in RocketMQ's files. Input is UTF-8; Java
/// decodes malformed sequences to U+FFFD (one for each maximal subpart, and for each surrogate that
/// is encoded like a character) before it looks.

/// Java's String.hashCode over UTF-16 units, continued from `seed` (the hash of what is in front).
std::int32_t JavaHash(std::string_view utf8, std::int32_t seed = 0);

/// The number of UTF-16 units, Java's String.length().
std::int64_t JavaLength(std::string_view utf8);

/// The text as Java would write it back: malformed UTF-8 replaced by U+FFFD.
std::string JavaDecoded(std::string_view utf8);

/// Whether JavaDecoded would give the text back as it is: it is well-formed.
bool JavaDecodesUnchanged(std::string_view utf8);

/// Java's String.trim: without the control characters and spaces around it.
std::string_view JavaTrimmed(std::string_view text);

/// UTF-16 units as Java encodes them: a surrogate without its other half becomes "?".
std::string JavaEncoded(std::u16string_view units);

/// Java's String.split on one character: trailing empty parts vanish, others stay; no separator in
/// the text gives the text itself.
std::vector<std::string_view> JavaSplit(std::string_view text, char separator);

/// Java's Long.parseLong: an optional sign, then decimal digits of any script of Unicode's basic
/// plane, nothing else. None when the text is no number or not in [min, max]; with the bounds of
/// another type it is that type's parse method.
std::optional<std::int64_t> JavaParseLong(
    std::string_view utf8, std::int64_t min = std::numeric_limits<std::int64_t>::min(),
    std::int64_t max = std::numeric_limits<std::int64_t>::max());

/// Whether the text is empty or of Java's whitespace (Character.isWhitespace) only.
bool JavaIsBlank(std::string_view utf8);

}  // namespace tidemark

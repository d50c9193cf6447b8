// SPDX-License-Identifier: Apache-2.0
#include "src/filter/java_double.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

#include "src/base/java_text.h"

namespace tidemark {
namespace {

constexpr std::int64_t kExponentEnough = 1'000'000'000;  // decides, and longer ones are cut to it

bool IsDigit(char c, bool hex) {
  return (c >= '0' && c <= '9') || (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

/// The digits at the front of `rest`, which moves behind them.
std::string_view TakeDigits(std::string_view& rest, bool hex) {
  const auto end =
      std::find_if_not(rest.begin(), rest.end(), [&](char c) { return IsDigit(c, hex); });
  const std::string_view digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

bool TakeOneOf(std::string_view& rest, std::string_view characters) {
  if (rest.empty() || characters.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

/// The parts of a number without its sign.
struct Parts {
  std::string_view whole, fraction;
  std::int64_t exponent = 0;
  std::string_view all;  ///< What std::from_chars reads.

  /// None unless `text` is a number, with or without Java's suffix.
  static std::optional<Parts> Split(std::string_view text, bool hex) {
    Parts parts;
    std::string_view rest = text;
    parts.whole = TakeDigits(rest, hex);
    const bool point = TakeOneOf(rest, ".");
    if (point) parts.fraction = TakeDigits(rest, hex);
    if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
    if (TakeOneOf(rest, hex ? "pP" : "eE")) {
      const bool negative = rest.starts_with('-');
      TakeOneOf(rest, "+-");
      const std::string_view digits = TakeDigits(rest, false);
      if (digits.empty()) return std::nullopt;
      for (const char c : digits)
        parts.exponent = std::min(parts.exponent * 10 + (c - '0'), kExponentEnough);
      if (negative) parts.exponent = -parts.exponent;
    } else if (hex) {
      return std::nullopt;
    }
    parts.all = text.substr(0, text.size() - rest.size());
    TakeOneOf(rest, "fFdD");
    if (!rest.empty()) return std::nullopt;
    return parts;
  }

  bool zero() const {
    const auto is_zero = [](char c) { return c == '0'; };
    return std::all_of(whole.begin(), whole.end(), is_zero) &&
           std::all_of(fraction.begin(), fraction.end(), is_zero);
  }

  /// Whether a number that is no double is too large, not too small.
  bool large(bool hex) const {
    const std::size_t first = whole.find_first_not_of('0');
    const auto digits = first != std::string_view::npos
                            ? static_cast<std::int64_t>(whole.size() - first)
                            : -static_cast<std::int64_t>(
                                  std::min(fraction.find_first_not_of('0'), fraction.size()));
    return digits * (hex ? 4 : 1) + exponent > 0;
  }
};

}  // namespace

std::optional<double> JavaParseDouble(std::string_view utf8) {
  std::string_view text = JavaTrimmed(utf8);
  const bool negative = text.starts_with('-');
  TakeOneOf(text, "+-");
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  double value = std::numeric_limits<double>::infinity();
  if (text != "Infinity") {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) text.remove_prefix(2);
    const auto parts = Parts::Split(text, hex);
    if (!parts.has_value()) return std::nullopt;
    if (parts->zero()) {
      value = 0;
    } else {
      const char* const end = parts->all.data() + parts->all.size();
      const auto [rest, error] = std::from_chars(
          parts->all.data(), end, value, hex ? std::chars_format::hex : std::chars_format::general);
      if (error == std::errc::result_out_of_range)
        value = parts->large(hex) ? std::numeric_limits<double>::infinity() : 0;
    }
  }
  return negative ? -value : value;
}

}  // namespace tidemark

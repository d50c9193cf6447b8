// SPDX-License-Identifier: Apache-2.0
#include "src/index/index_names.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>

namespace tidemark {
namespace {

constexpr std::size_t kDigits = 17;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// "" where the year has not four digits.
std::string LocalTimeName(std::chrono::nanoseconds wall) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(wall);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(millis);
  const std::time_t time = seconds.count();
  std::tm local{};
  if (localtime_r(&time, &local) == nullptr) return "";
  const int year = local.tm_year + 1900;
  if (year < 0 || year > 9999) return "";
  return Format("{:04}{:02}{:02}{:02}{:02}{:02}{:03}", year, local.tm_mon + 1, local.tm_mday,
                local.tm_hour, local.tm_min, local.tm_sec, (millis - seconds).count());
}

}  // namespace

bool IsIndexFileName(std::string_view name) {
  if (name.starts_with('+')) {  // Java takes a plus sign, from_chars does not
    name.remove_prefix(1);
    if (name.empty() || !IsDigit(name.front())) return false;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size();
}

Result<std::string> NextIndexFileName(std::chrono::nanoseconds wall, std::string_view last) {
  std::string name = LocalTimeName(wall);
  if (name.size() == kDigits && name > last) return name;
  // The clock stepped back, or two files were made within a millisecond: the next number.
  name = std::string(last.substr(0, kDigits));
  if (!std::all_of(name.begin(), name.end(), IsDigit)) name.clear();  // a sign sorts before digits
  name.resize(kDigits, '0');
  if (name > last) return name;
  for (auto digit = name.rbegin(); digit != name.rend(); ++digit) {
    if (*digit != '9') {
      ++*digit;
      return name;
    }
    *digit = '0';
  }
  return FailedPrecondition("no name of {} digits sorts behind the index file {}; move it away",
                            kDigits, last);
}

}  // namespace tidemark

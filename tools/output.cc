// SPDX-License-Identifier: Apache-2.0
#include "tools/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

namespace tidemark::tool {

Status WriteNow(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(descriptor, text.data(), text.size());
    if (wrote < 0) {
      if (errno == EINTR) continue;
      return Status(StatusCode::kUnavailable,
                    fmt::format("writing the output: {}", std::strerror(errno)));
    }
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Status Output::Print(std::string_view text) {
  buffer_ += text;
  return buffer_.size() < kBytes ? Status() : Flush();
}

Status Output::Flush() {
  const std::string text = std::move(buffer_);
  buffer_.clear();
  return WriteNow(STDOUT_FILENO, text);
}

ProgressBar::ProgressBar(Beside beside)
    : terminal_(isatty(STDERR_FILENO) == 1 &&
                (beside == Beside::kNothing || isatty(STDOUT_FILENO) == 0)) {}

void ProgressBar::Show(std::string_view step, std::int64_t done, std::int64_t total) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  constexpr std::int64_t kWidth = 30;
  std::string line = fmt::format("\r\033[K{} ", step);
  if (total > 0) {
    const std::int64_t full = std::min(kWidth, done * kWidth / total);
    line += fmt::format("[{:#<{}}{:.<{}}] {:3}%", "", full, "", kWidth - full,
                        std::min<std::int64_t>(100, done * 100 / total));
  } else {
    line += fmt::format("{}", done);
  }
  shown_ = WriteNow(STDERR_FILENO, line).ok();
}

void ProgressBar::Clear() {
  if (!shown_) return;
  shown_ = false;
  // Only the look of a terminal is at stake.
  const Status ignored = WriteNow(STDERR_FILENO, "\r\033[K");
  (void)ignored;
}

std::string TimeText(WallTime time) {
  const std::int64_t milliseconds = time.time_since_epoch().count();
  auto seconds = static_cast<std::time_t>(milliseconds / 1000);
  std::tm parts{};
  if (milliseconds < 0 || localtime_r(&seconds, &parts) == nullptr) {
    return std::to_string(milliseconds);
  }
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return fmt::format("{}.{:03}", text.data(), milliseconds % 1000);
}

Result<WallTime> ParseTime(const std::string& text) {
  std::int64_t milliseconds = 0;
  const char* const end = text.data() + text.size();
  if (const auto parsed = std::from_chars(text.data(), end, milliseconds);
      parsed.ec == std::errc() && parsed.ptr == end) {
    return WallTime(std::chrono::milliseconds(milliseconds));
  }
  std::string local = text;
  const bool utc = !local.empty() && local.back() == 'Z';
  if (utc) local.pop_back();
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    const char* const rest = strptime(local.c_str(), format, &parts);
    if (rest == nullptr || *rest != '\0') continue;
    const std::time_t seconds = utc ? timegm(&parts) : mktime(&parts);
    return WallTime(std::chrono::seconds(seconds));
  }
  return Status(StatusCode::kInvalidArgument,
                fmt::format("\"{}\" is no time: give milliseconds since 1970, or "
                            "YYYY-MM-DD[THH:MM[:SS]], with a Z at the end for UTC",
                            text));
}

std::string SizeText(std::int64_t bytes) {
  constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

}  // namespace tidemark::tool

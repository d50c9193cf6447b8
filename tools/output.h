// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tidemark/status.h"
#include "tidemark/types.h"

namespace tidemark::tool {

/// Standard output, buffered; a reader that went away or a full disk is an error, told once.
class Output {
 public:
  Output() { buffer_.reserve(kBytes); }
  Status Print(std::string_view text);
  Status Flush();

 private:
  static constexpr std::size_t kBytes = 1 << 16;
  std::string buffer_;
};

/// Writes all of it at once, with one write(2) where the kernel takes it.
Status WriteNow(int descriptor, std::string_view text);

/// A bar on standard error, if that is a terminal; nothing else ever.
class ProgressBar {
 public:
  enum class Beside {
    kNothing,     ///< Results come when the work is done.
    kLongOutput,  ///< Results come all along: no bar if they go to a terminal as well.
  };
  explicit ProgressBar(Beside beside = Beside::kNothing);
  ~ProgressBar() { Clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `total` 0: not known.
  void Show(std::string_view step, std::int64_t done, std::int64_t total);
  void Clear();

 private:
  bool terminal_ = false;
  bool shown_ = false;
  std::chrono::steady_clock::time_point drawn_{};
};

/// Local time, "2026-11-21 10:50:03.123".
std::string TimeText(WallTime time);
/// Milliseconds since the epoch, or "YYYY-MM-DD[THH:MM[:SS]]" in local time, with a Z in UTC.
Result<WallTime> ParseTime(const std::string& text);

/// "1.5 GiB".
std::string SizeText(std::int64_t bytes);

}  // namespace tidemark::tool

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tidemark/export.h"

namespace tidemark {

/// Each code means one duty of the caller.
enum class StatusCode : std::uint8_t {
  kOk = 0,
  kInvalidArgument,     ///< Fix the call.
  kNotFound,            ///< No such topic, queue, key, message or file.
  kOutOfRange,          ///< The offset lies outside [min, max].
  kResourceExhausted,   ///< Back off, free disk space, or raise a limit; nothing happened.
  kUnavailable,         ///< Try later or elsewhere; nothing happened.
  kDeadlineExceeded,    ///< Not done in time; the outcome is unknown.
  kDataLoss,            ///< The disk failed or its bytes are wrong: stop and repair.
  kFailedPrecondition,  ///< Closed, wrong role, already open, or not a store of ours.
};

/// "kNotFound" and so on.
TIDEMARK_API std::string_view ToString(StatusCode code);

/// The outcome of a call: a code, and for errors a message that says what, where and what to do.
/// Thread-compatible.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// "kNotFound: topic \"orders\" has no queue 7", or "ok".
  TIDEMARK_API std::string ToString() const;

  friend bool operator==(const Status& a, const Status& b) = default;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

namespace internal {
/// Ends the process: a value was taken from a Result that holds an error.
[[noreturn]] TIDEMARK_API void FailValueOfError(const Status& error);
/// Ends the process: a Result was made from a Status that is ok.
[[noreturn]] TIDEMARK_API void FailOkAsError();
}  // namespace internal

/// A value or the Status that says why there is none; shaped like C++23's `std::expected`.
/// Taking the value of an error ends the process with its message: check first.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : value_(std::move(value)) {}      // NOLINT: implicit, as in std::expected
  Result(Status error) : error_(std::move(error)) {  // NOLINT: implicit
    if (error_.ok()) internal::FailOkAsError();
  }

  bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return value_.has_value(); }

  T& value() & { return Checked(); }
  const T& value() const& { return const_cast<Result*>(this)->Checked(); }
  T&& value() && { return std::move(Checked()); }
  T& operator*() & { return Checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->Checked(); }
  T&& operator*() && { return std::move(Checked()); }
  T* operator->() { return &Checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->Checked(); }

  template <typename U>
  T value_or(U&& other) const& {
    return has_value() ? *value_ : static_cast<T>(std::forward<U>(other));
  }

  /// Ok when there is a value.
  const Status& error() const& { return error_; }
  Status&& error() && { return std::move(error_); }

 private:
  T& Checked() {
    if (!value_.has_value()) internal::FailValueOfError(error_);
    return *value_;
  }

  std::optional<T> value_;
  Status error_;
};

}  // namespace tidemark

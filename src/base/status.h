// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "src/base/format.h"
#include "tidemark/status.h"

namespace tidemark {

// One maker for each code: InvalidArgument("topic \"{}\": {} bytes", topic, size).
#define TM_DEFINE_STATUS_MAKER(Name)                                                 \
  template <typename... Args>                                                        \
  Status Name(fmt::format_string<Args...> format, Args&&... args) {                  \
    return Status(StatusCode::k##Name, Format(format, std::forward<Args>(args)...)); \
  }
TM_DEFINE_STATUS_MAKER(InvalidArgument)
TM_DEFINE_STATUS_MAKER(NotFound)
TM_DEFINE_STATUS_MAKER(OutOfRange)
TM_DEFINE_STATUS_MAKER(ResourceExhausted)
TM_DEFINE_STATUS_MAKER(Unavailable)
TM_DEFINE_STATUS_MAKER(DeadlineExceeded)
TM_DEFINE_STATUS_MAKER(DataLoss)
TM_DEFINE_STATUS_MAKER(FailedPrecondition)
#undef TM_DEFINE_STATUS_MAKER

/// The same error with more context in front: "opening x: ...".
inline Status Prefix(std::string_view context, const Status& error) {
  return Status(error.code(), Format("{}: {}", context, error.message()));
}

}  // namespace tidemark

#define TM_CONCAT_INNER(a, b) a##b
#define TM_CONCAT(a, b) TM_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expression` is an error Status.
#define TM_RETURN_IF_ERROR(expression)                                             \
  do {                                                                             \
    if (::tidemark::Status tm_status = (expression); !tm_status.ok()) [[unlikely]] \
      return tm_status;                                                            \
  } while (false)

/// `TM_ASSIGN_OR_RETURN(auto file, files.Open(path, access));` returns the error of a Result.
#define TM_ASSIGN_OR_RETURN(target, expression) \
  TM_ASSIGN_OR_RETURN_INNER(TM_CONCAT(tm_result_, __LINE__), target, expression)
#define TM_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                 \
  if (!result.has_value()) [[unlikely]]                       \
    return std::move(result).error();                         \
  target = *std::move(result)

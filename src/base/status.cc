// SPDX-License-Identifier: Apache-2.0
#include "src/base/status.h"

#include "src/base/check.h"

namespace tidemark {

std::string_view ToString(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "ok";
    case StatusCode::kInvalidArgument:
      return "kInvalidArgument";
    case StatusCode::kNotFound:
      return "kNotFound";
    case StatusCode::kOutOfRange:
      return "kOutOfRange";
    case StatusCode::kResourceExhausted:
      return "kResourceExhausted";
    case StatusCode::kUnavailable:
      return "kUnavailable";
    case StatusCode::kDeadlineExceeded:
      return "kDeadlineExceeded";
    case StatusCode::kDataLoss:
      return "kDataLoss";
    case StatusCode::kFailedPrecondition:
      return "kFailedPrecondition";
  }
  return "unknown";
}

std::string Status::ToString() const {
  if (ok()) return "ok";
  return Format("{}: {}", tidemark::ToString(code_), message_);
}

namespace internal {

void FailValueOfError(const Status& error) {
  FailCheck("tidemark/status.h", 0, "has_value()", "value taken of " + error.ToString());
}

void FailOkAsError() {
  FailCheck("tidemark/status.h", 0, "!error.ok()", "a Result made of an ok Status has no value");
}

}  // namespace internal
}  // namespace tidemark

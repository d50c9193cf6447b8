// SPDX-License-Identifier: Apache-2.0
#pragma once

// Catch2: version 2 is Debian 12's, version 3 elsewhere.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
namespace tidemark::test {
inline auto ContainsSubstring(const std::string& part) {
  return Catch::Matchers::Contains(part);
}
}  // namespace tidemark::test
using tidemark::test::ContainsSubstring;
#endif

#include "tidemark/status.h"

namespace Catch {
template <>
struct StringMaker<tidemark::Status> {
  static std::string convert(const tidemark::Status& status) { return status.ToString(); }
};
}  // namespace Catch

/// The call succeeds; its message is shown when it does not.
#define REQUIRE_OK(expression)                         \
  do {                                                 \
    const ::tidemark::Status tm_status = (expression); \
    INFO(#expression << ": " << tm_status.ToString()); \
    REQUIRE(tm_status.ok());                           \
  } while (false)
#define CHECK_OK(expression)                           \
  do {                                                 \
    const ::tidemark::Status tm_status = (expression); \
    INFO(#expression << ": " << tm_status.ToString()); \
    CHECK(tm_status.ok());                             \
  } while (false)

/// The value of a Result, or a failed test with its message.
#define REQUIRE_VALUE(expression)                              \
  [&]() {                                                      \
    auto tm_result = (expression);                             \
    INFO(#expression << ": " << tm_result.error().ToString()); \
    REQUIRE(tm_result.has_value());                            \
    return *std::move(tm_result);                              \
  }()

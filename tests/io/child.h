// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/base/format.h"

namespace tidemark::test {

/// What a child process makes of a test that would spoil this process: limits, identity, mounts.
struct ChildOutcome {
  bool skipped = false;  ///< The computer does not permit it; the reason was printed.
  std::string failure;   ///< Empty: all went well.
};

/// A sentence that begins with "skip: " skips, any other is the failure.
ChildOutcome RunInChild(const std::function<std::string()>& body);

/// One rule of a system call filter: `call` answers `error`, if `mask` is 0 or the argument number
/// `argument` has all bits of `mask`.
struct Refusal {
  long call;
  int error;
  int argument = 0;
  std::uint32_t mask = 0;
};

/// From here on this process's kernel calls are refused so. Empty when done, else the reason.
std::string RefuseCalls(std::initializer_list<Refusal> refusals);

/// Mounts a tmpfs of so many bytes on `directory`, seen by this process only. `options` as in
/// mount(2), e.g. MS_RDONLY. Empty when done, else "skip: " and the reason.
std::string MountSmall(const std::string& directory, std::uint64_t bytes, unsigned long flags = 0);

/// Inside RunInChild: returns what is wrong as the child's failure.
#define CHILD_CHECK(condition, ...)                                                          \
  do {                                                                                       \
    if (!(condition)) return Format("line {}: {} {}", __LINE__, #condition, "" __VA_ARGS__); \
  } while (false)

/// Runs the body in a child and fails the test with what it returns.
#define REQUIRE_CHILD(...)                                                                    \
  do {                                                                                        \
    const ::tidemark::test::ChildOutcome outcome = ::tidemark::test::RunInChild(__VA_ARGS__); \
    if (outcome.skipped) return;                                                              \
    INFO("in the child process: " << outcome.failure);                                        \
    REQUIRE(outcome.failure.empty());                                                         \
  } while (false)

}  // namespace tidemark::test

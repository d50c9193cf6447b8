// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/catch.h"

namespace tidemark::test {

/// The content of a file under tests/config/data.
inline std::string Data(const std::string& name) {
  std::ifstream in(std::string(TM_TEST_DATA) + "/" + name, std::ios::binary);
  INFO(name);
  REQUIRE(in.good());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace tidemark::test

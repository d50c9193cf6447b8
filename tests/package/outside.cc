// SPDX-License-Identifier: Apache-2.0

// A program of somebody else's: knows nothing but the installed headers and the library.
#include <tidemark/status.h>
#include <tidemark/store.h>

#include <cstdio>
#include <string>

int main() {
  const tidemark::Status status(tidemark::StatusCode::kNotFound, "no such queue");
  const tidemark::Result<int> number = 42;
  std::printf("%s, %d\n", status.ToString().c_str(), *number);
  return status.ToString() == "kNotFound: no such queue" && *number == 42 ? 0 : 1;
}

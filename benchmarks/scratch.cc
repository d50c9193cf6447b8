// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/scratch.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace tidemark::bench {
namespace {

/// Removes what it can: legs may still be writing there.
void RemoveAll(const std::filesystem::path& path) {
  std::error_code ignored;
  for (int tries = 0; tries < 3 && std::filesystem::exists(path, ignored); ++tries) {
    std::filesystem::remove_all(path, ignored);
  }
}

sigset_t EndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void RemoveWhenToldToEnd(const std::filesystem::path& path) {
  std::thread([path] {
    const sigset_t signals = EndingSignals();
    int number = 0;
    if (sigwait(&signals, &number) != 0) return;
    RemoveAll(path);
    _exit(128 + number);
  }).detach();
}

}  // namespace

Scratch::Scratch(const std::filesystem::path& parent) {
  // Before the folder is there. Threads inherit it: only the one that waits gets the signals.
  const sigset_t signals = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::string name = (parent / "tidemark-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return;
  path_ = name;
  RemoveWhenToldToEnd(path_);
}

Scratch::~Scratch() {
  if (!path_.empty()) RemoveAll(path_);
}

}  // namespace tidemark::bench

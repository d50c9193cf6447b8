// SPDX-License-Identifier: Apache-2.0
// Groups consume one topic independently, each with a filter and progress of its own, and go on
// where they were after a restart.
//
//   two_groups DIRECTORY
#include <chrono>
#include <cstdio>
#include <string>

#include "tidemark/store.h"

namespace {

/// Consumes what is there; how many messages that was, -1 after an error.
int ConsumeAll(tidemark::Store& store, const char* group, const char* tags) {
  auto consumer =
      store.NewConsumer({.group = group, .topic = "orders", .filter = tidemark::Tags(tags)});
  if (!consumer) return -1;
  int messages = 0;
  while (true) {
    auto batch = consumer->Poll(std::chrono::nanoseconds(0));
    if (!batch || !consumer->Ack(*batch).ok()) return -1;
    if (batch->empty()) return messages;
    messages += static_cast<int>(batch->size());
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  for (int run = 0; run < 2; ++run) {
    auto store = tidemark::Store::Open(argv[1]);
    if (!store) return 1;
    for (int i = 0; i < 30; ++i) {
      const char* const tags = i % 3 == 0 ? "paid" : i % 3 == 1 ? "void" : "open";
      const std::string body = "order " + std::to_string(i);
      if (!(*store)->Append({.topic = "orders", .queue = i % 4, .tags = tags, .body = body},
                            tidemark::Durability::kKernel)) {
        return 1;
      }
    }
    const int mailer = ConsumeAll(**store, "mailer", "paid || void");
    const int archive = ConsumeAll(**store, "archive", "*");
    std::printf("run %d: mailer %d, archive %d\n", run, mailer, archive);
    if (mailer != 20 || archive != 30) return 1;
    if (!(*store)->Close().ok()) return 1;
  }
  return 0;
}

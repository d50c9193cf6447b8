// SPDX-License-Identifier: Apache-2.0
// The smallest useful program: a durable queue inside a process.
//
//   embedded_queue DIRECTORY
#include <cstdio>

#include "tidemark/store.h"

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  auto store = tidemark::Store::Open(argv[1]);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().ToString().c_str());
    return 1;
  }
  // On the device when this returns.
  auto at = (*store)->Append({.topic = "jobs", .tags = "mail", .keys = "4711", .body = "hello"},
                             tidemark::Durability::kDevice);
  if (!at) {
    std::fprintf(stderr, "%s\n", at.error().ToString().c_str());
    return 1;
  }
  // The views point into the store's memory: no copy.
  auto batch = (*store)->Read({"jobs", 0}, at->queue_offset);
  if (!batch) return 1;
  for (const tidemark::MessageView& message : *batch) {
    const auto text = message.body().text();
    std::printf("offset %lld: %.*s\n", static_cast<long long>(ToInt(message.queue_offset())),
                static_cast<int>(text.size()), text.data());
  }
  *batch = tidemark::MessageBatch();  // views go before the store closes
  return (*store)->Close().ok() ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// A program with an event loop of its own: the store's descriptor polls readable when something new
// can be read, and appending does not wait for the device. (It does when the store is short of room
// or memory: a loop that must never stall appends from another thread.)
//
//   event_loop DIRECTORY
#include <poll.h>

#include <cstdio>
#include <string>

#include "tidemark/store.h"

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  auto opened = tidemark::Store::Open(argv[1]);
  if (!opened) return 1;
  tidemark::Store& store = **opened;
  auto fd = store.EventFd();
  if (!fd) return 1;

  constexpr int kMessages = 10;
  tidemark::QueueOffset next{0};
  if (auto bounds = store.Bounds({"ticks", 0})) next = bounds->max;
  int appended = 0;
  int received = 0;
  while (received < kMessages) {
    if (appended < kMessages) {
      const std::string body = "tick " + std::to_string(appended++);
      store.AppendAsync({.topic = "ticks", .body = body}, tidemark::Durability::kDevice,
                        [](tidemark::Result<tidemark::AppendResult> result) {
                          if (!result)
                            std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
                        });
    }
    pollfd waiting{*fd, POLLIN, 0};
    if (poll(&waiting, 1, 5000) != 1) return 1;
    store.DrainEvents();
    auto batch = store.Read({"ticks", 0}, next);
    if (!batch) return 1;
    next = batch->next_offset();
    received += static_cast<int>(batch->size());
  }
  std::printf("received %d of %d\n", received, kMessages);
  return store.Close().ok() ? 0 : 1;
}

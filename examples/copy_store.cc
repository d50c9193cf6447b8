// SPDX-License-Identifier: Apache-2.0
// The primitives of high availability: raw log bytes out of one store, checked raw bytes into
// another, which then holds the same messages at the same offsets.
//
//   copy_store DIRECTORY (uses DIRECTORY/primary and DIRECTORY/replica)
#include <cstdio>
#include <filesystem>
#include <string>

#include "tidemark/store.h"

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  const std::filesystem::path directory = argv[1];
  tidemark::StoreOptions options;
  options.sizes.segment_bytes = 1 << 20;
  auto primary = tidemark::Store::Open(directory / "primary", options);
  options.role = tidemark::Role::kReplica;
  auto replica = tidemark::Store::Open(directory / "replica", options);
  if (!primary || !replica) return 1;

  for (int i = 0; i < 5000; ++i) {
    const std::string body(500, static_cast<char>('a' + i % 26));
    if (!(*primary)->Append({.topic = "events", .queue = i % 2, .body = body},
                            tidemark::Durability::kKernel)) {
      return 1;
    }
  }
  tidemark::LogOffset next = (*replica)->Marks().published;
  while (next < (*primary)->Marks().visible) {
    auto slice = (*primary)->ReadLog(next, 64 * 1024);
    if (!slice) return 1;
    auto end = (*replica)->AppendReplica(slice->offset(), slice->bytes());
    if (!end) {
      std::fprintf(stderr, "%s\n", end.error().ToString().c_str());
      return 1;
    }
    next = *end;
  }
  auto bounds = (*replica)->Bounds({"events", 1});
  if (!bounds || !(*replica)->Flush().ok()) return 1;
  std::printf("the replica has %lld bytes of log and %lld messages of queue events/1\n",
              static_cast<long long>(ToInt(next)), static_cast<long long>(ToInt(bounds->max)));
  return ToInt(bounds->max) >= 2500 ? 0 : 1;
}

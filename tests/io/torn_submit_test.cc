// SPDX-License-Identifier: Apache-2.0
// A kernel short of memory takes only a part of a submission. That cannot be had at will, so the
// linker puts this file's function between the ring and liburing (see meson.build).
#include <liburing.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "tests/io/machines.h"

namespace {

/// How many operations the next submission may take; negative: all.
int taken_max = -1;
int torn_count = 0;

}  // namespace

extern "C" int __real_io_uring_submit(io_uring* ring);

extern "C" int __wrap_io_uring_submit(io_uring* ring) {
  if (taken_max < 0) return __real_io_uring_submit(ring);
  // As liburing publishes the entries, then fewer of them are handed in.
  io_uring_sq& queue = ring->sq;
  unsigned tail = *queue.ktail;
  for (; queue.sqe_head != queue.sqe_tail; ++queue.sqe_head, ++tail) {
    queue.array[tail & *queue.kring_mask] = queue.sqe_head & *queue.kring_mask;
  }
  io_uring_smp_store_release(queue.ktail, tail);
  const unsigned ready = tail - *queue.khead;
  const unsigned count = std::min(ready, static_cast<unsigned>(std::exchange(taken_max, -1)));
  torn_count += count < ready;
  if (count == 0) return -EAGAIN;
  return static_cast<int>(syscall(SYS_io_uring_enter, ring->ring_fd, count, 0, 0, nullptr, 0));
}

namespace tidemark::test {
namespace {

using io::Operation;

TEST_CASE("a chain that the kernel takes in part never syncs before it wrote", "[io]") {
  ScratchDirectory scratch;
  const auto machine = MakeMachine(Kind::kIoUring, scratch.path());
  if (machine == nullptr) return;
  const auto ring = REQUIRE_VALUE(machine->NewRing(io::RingUse::kCommit, 8));
  const auto file = REQUIRE_VALUE(machine->files().Open(scratch / "a", io::Access::kCreate));
  std::string text = "abcdef";
  const auto write = [&](std::size_t at, bool link) {
    return Operation{Operation::Kind::kWrite,
                     link,
                     file.get(),
                     at,
                     reinterpret_cast<std::byte*>(text.data()) + at,
                     1,
                     at};
  };
  const std::vector<Operation> operations{
      write(0, true),
      write(1, true),
      Operation{Operation::Kind::kSync, false, file.get(), 0, nullptr, 0, 9},
      write(2, false),
      write(3, true),
      write(4, false)};
  const int taken = GENERATE(range(0, 7));
  INFO("taken " << taken);
  // Twice, because what was taken back must not come out of the ring later.
  for (int round = 0; round < 2; ++round) {
    taken_max = taken;
    torn_count = 0;
    REQUIRE_OK(ring->Submit(operations));
    CHECK(torn_count == (taken < 6));
    std::map<std::uint64_t, io::Completion> done;
    std::vector<io::Completion> some(operations.size());
    REQUIRE(REQUIRE_VALUE(ring->Reap(some, operations.size())) == operations.size());
    for (auto& completion : some) {
      CHECK(done.emplace(completion.tag, std::move(completion)).second);
    }
    // The chain 0, 1, sync is torn after 1 or 2; the chain 3, 4 after 5 operations in all.
    const auto cancelled = [&](std::uint64_t tag) {
      return (tag == 1 && taken == 1) || (tag == 9 && (taken == 1 || taken == 2)) ||
             (tag == 4 && taken == 5);
    };
    for (const auto& [tag, completion] : done) {
      INFO("operation " << tag << ": " << completion.status.ToString());
      CHECK(completion.status.code() ==
            (cancelled(tag) ? StatusCode::kUnavailable : StatusCode::kOk));
    }
  }
  std::array<io::Completion, 1> none;
  CHECK(REQUIRE_VALUE(ring->Reap(none, 0)) == 0);
  // Everything else was written, and the ring goes on as before.
  const std::string expected = taken == 1   ? std::string("a\0cde", 5)
                               : taken == 5 ? std::string("abcd")
                                            : std::string("abcde");
  CHECK(Content(*file, 0, 10) == expected);
  REQUIRE_OK(ring->Submit(std::array{write(5, false)}));
  CHECK(REQUIRE_VALUE(ring->Reap(none, 1)) == 1);
  CHECK_OK(none[0].status);
  CHECK(Content(*file, 5, 10) == "f");
}

}  // namespace
}  // namespace tidemark::test

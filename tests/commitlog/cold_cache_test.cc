// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/cold_cache.h"

#include "tests/support/catch.h"

namespace tidemark {
namespace {

class Blocks {
 public:
  BlockRef Make(std::int64_t start, std::int64_t bytes) {
    BlockRef block =
        budget_.TryAllocate(static_cast<std::size_t>(bytes), MemoryBudget::For::kReader);
    REQUIRE(block);
    block->set_start(LogOffset{start});
    block->set_size(static_cast<std::size_t>(bytes));
    return block;
  }

 private:
  MemoryBudget budget_{1 << 20, 0, 64 << 10};
};

TEST_CASE("a block that was read is found while it holds all of the range", "[commitlog]") {
  Blocks blocks;
  ColdCache cache;
  cache.Insert(blocks.Make(4096, 8192));
  CHECK(cache.Find(LogOffset{4096}, 8192));
  CHECK(cache.Find(LogOffset{12287}, 1));
  CHECK_FALSE(cache.Find(LogOffset{12287}, 2));
  CHECK_FALSE(cache.Find(LogOffset{4095}, 1));
}

TEST_CASE("a reader who goes on is told from one who jumps", "[commitlog]") {
  Blocks blocks;
  ColdCache cache;
  CHECK(cache.BytesUpTo(LogOffset{0}) == 0);
  cache.Insert(blocks.Make(4096, 8192));
  CHECK(cache.BytesUpTo(LogOffset{4096}) == 0);
  CHECK(cache.BytesUpTo(LogOffset{8192}) == 8192);
  CHECK(cache.BytesUpTo(LogOffset{12288}) == 8192);
  CHECK(cache.BytesUpTo(LogOffset{12289}) == 0);
}

TEST_CASE("a larger block replaces those that it holds, and no other", "[commitlog]") {
  Blocks blocks;
  ColdCache cache;
  cache.Insert(blocks.Make(0, 4096));
  cache.Insert(blocks.Make(8192, 4096));
  cache.Insert(blocks.Make(12288, 8192));
  cache.Insert(blocks.Make(4096, 12288));  // reaches into the last
  CHECK(cache.Find(LogOffset{0}, 4096));
  CHECK(cache.Find(LogOffset{8000}, 5000)->start() == LogOffset{4096});
  CHECK(cache.Find(LogOffset{16000}, 4096)->start() == LogOffset{12288});
  cache.Insert(blocks.Make(4096, 4096));
  CHECK(cache.Find(LogOffset{4096}, 12288));
  int dropped = 0;
  while (cache.EvictOne()) ++dropped;
  CHECK(dropped == 3);
}

TEST_CASE("memory that the tail gave back serves readers", "[commitlog]") {
  constexpr std::int64_t kBlock = 64 << 10;
  MemoryBudget budget(16 * kBlock, 8 * kBlock, kBlock);
  std::vector<BlockRef> tail;
  while (BlockRef block = budget.TryAllocate(1, MemoryBudget::For::kTail)) tail.push_back(block);
  REQUIRE(tail.size() == 16);
  const std::size_t wanted = GENERATE(4096, 64 << 10, 256 << 10);
  CHECK_FALSE(budget.TryAllocate(wanted, MemoryBudget::For::kReader));
  // Only the half that readers may have; the other stays the tail's.
  tail.resize(16 - 8 - (wanted + kBlock - 1) / kBlock);
  const BlockRef read = budget.TryAllocate(wanted, MemoryBudget::For::kReader);
  CHECK(read);
  CHECK_FALSE(budget.TryAllocate(8 * kBlock, MemoryBudget::For::kReader));
  CHECK(budget.TryAllocate(1, MemoryBudget::For::kTail));
  CHECK(budget.used_bytes() <= budget.bytes_max());
}

}  // namespace
}  // namespace tidemark

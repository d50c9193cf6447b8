// SPDX-License-Identifier: Apache-2.0
#include "src/io/page_cache.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace tidemark::io {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr long kCachestat = 451;  // cachestat(2), Linux 6.5; the number is the same everywhere

struct CachestatRange {
  std::uint64_t offset;
  std::uint64_t length;
};
struct Cachestat {
  std::uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

/// Some 10 us where cachestat takes less than one: a mapping that nobody touches.
bool InPageCacheByMapping(int fd, std::uint64_t first, std::uint64_t length) {
  void* const mapped = mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(first));
  if (mapped == MAP_FAILED) return false;
  std::vector<unsigned char> resident(length / kPageBytes);
  const bool told = mincore(mapped, length, resident.data()) == 0;
  munmap(mapped, length);
  return told && std::all_of(resident.begin(), resident.end(),
                             [](unsigned char page) { return (page & 1) != 0; });
}

}  // namespace

bool InPageCache(int fd, std::uint64_t offset, std::size_t size) {
  if (size == 0) return true;
  const std::uint64_t first = offset / kPageBytes * kPageBytes;
  const std::uint64_t length = (offset + size - first + kPageBytes - 1) / kPageBytes * kPageBytes;
  CachestatRange range{first, length};
  Cachestat counted{};
  if (syscall(kCachestat, fd, &range, &counted, 0) == 0) {
    return counted.cached == length / kPageBytes;
  }
  return InPageCacheByMapping(fd, first, length);
}

}  // namespace tidemark::io

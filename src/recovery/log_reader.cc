// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/log_reader.h"

#include <algorithm>

namespace tidemark {
namespace {

constexpr std::int64_t kReadBytes = 4 << 20;

}  // namespace

Result<std::span<const std::byte>> LogReader::At(LogOffset offset, std::int64_t bytes) {
  const LogOffset segment_end = segments_.BaseOf(offset) + segments_.segment_bytes();
  bytes = std::min(bytes, segment_end - offset);
  if (offset < start_ || offset + bytes > start_ + size_) {
    const std::int64_t wanted = std::min(std::max(bytes, kReadBytes), segment_end - offset);
    size_ = 0;
    if (static_cast<std::int64_t>(buffer_.size()) < wanted) buffer_.resize(wanted);
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, segments_.FileAt(offset));
    const Status read =
        io::ReadExact(*file, static_cast<std::uint64_t>(segments_.PositionIn(offset)),
                      std::span(buffer_).first(wanted));
    if (!read.ok()) return Prefix(segments_.PathOf(segments_.BaseOf(offset)).string(), read);
    start_ = offset;
    size_ = wanted;
  }
  const std::int64_t skip = offset - start_;
  const std::int64_t there = std::min(size_ - skip, segment_end - offset);
  return std::span<const std::byte>(buffer_.data() + skip, static_cast<std::size_t>(there));
}

}  // namespace tidemark

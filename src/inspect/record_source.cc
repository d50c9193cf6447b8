// SPDX-License-Identifier: Apache-2.0
#include "src/inspect/record_source.h"

#include <algorithm>

#include "src/base/byte_order.h"
#include "src/io/io.h"

namespace tidemark {
namespace {

// Most records are smaller: one read gets them whole.
constexpr std::int64_t kFirstReadBytes = 4096;

}  // namespace

Result<std::optional<Checked>> RecordSource::At(LogOffset offset, const CheckOptions& options) {
  if (offset < segments_.first() || offset >= segments_.end()) return std::optional<Checked>();
  const std::int64_t left = segments_.BaseOf(offset) + segments_.segment_bytes() - offset;
  if (left < kRecordBytesMin) return std::optional<Checked>();
  const auto position = static_cast<std::uint64_t>(segments_.PositionIn(offset));
  const auto path = [&] { return segments_.PathOf(segments_.BaseOf(offset)).string(); };
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, segments_.FileAt(offset));

  buffer_.resize(static_cast<std::size_t>(std::min(left, kFirstReadBytes)));
  if (const Status read = io::ReadExact(*file, position, buffer_); !read.ok()) {
    return Prefix(path(), read);
  }
  const std::int64_t size = LoadBig<std::int32_t>(buffer_.data());
  if (size < kRecordBytesMin || size > left) return std::optional<Checked>();
  const std::size_t have = buffer_.size();
  buffer_.resize(static_cast<std::size_t>(size));
  if (buffer_.size() > have) {
    const Status read = io::ReadExact(*file, position + have, std::span(buffer_).subspan(have));
    if (!read.ok()) return Prefix(path(), read);
  }
  const Checked checked = CheckRecord(buffer_, options);
  if (checked.kind != Checked::Kind::kRecord || checked.record.log_offset != offset) {
    return std::optional<Checked>();
  }
  return std::optional<Checked>(checked);
}

}  // namespace tidemark

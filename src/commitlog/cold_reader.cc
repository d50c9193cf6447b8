// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/cold_reader.h"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

constexpr std::size_t kSegmentsOpen = 8;  // two descriptors each

std::int64_t RoundUp(std::int64_t bytes) {
  return (bytes + ColdReader::kAlignment - 1) / ColdReader::kAlignment * ColdReader::kAlignment;
}

/// Null where it cannot be opened now, for want of descriptors say.
std::shared_ptr<io::File> OpenOrNull(io::FileSystem& files, const std::filesystem::path& path,
                                     io::Access access) {
  auto file = files.Open(path, access);
  return file.has_value() ? *std::move(file) : nullptr;
}

/// Waits for the reads with the tags [0, count) and notes what each brought.
Status ReapReads(io::Ring& ring, std::span<std::size_t> bytes) {
  std::array<io::Completion, ColdReader::kRingDepth> reaped;
  Status failed;
  for (std::size_t seen = 0; seen < bytes.size();) {
    const std::size_t left = bytes.size() - seen;
    TM_ASSIGN_OR_RETURN(const std::size_t got, ring.Reap(std::span(reaped).first(left), left));
    for (std::size_t i = 0; i < got; ++i) {
      if (failed.ok()) failed = reaped[i].status;
      bytes[reaped[i].tag] = reaped[i].bytes;
    }
    seen += got;
  }
  return failed;
}

/// Reads in pieces, as many at once as the ring takes; returns how many bytes came from the start.
Result<std::int64_t> ReadPieces(io::Ring& ring, io::File& file, std::uint64_t position,
                                io::ReadBuffer into) {
  std::array<io::Operation, ColdReader::kRingDepth> operations;
  std::array<std::size_t, ColdReader::kRingDepth> bytes;
  std::size_t done = 0;
  while (done < into.size()) {
    std::size_t count = 0;
    for (std::size_t at = done; at < into.size() && count < operations.size(); ++count) {
      const std::size_t size = std::min<std::size_t>(ColdReader::kPieceBytes, into.size() - at);
      operations[count] = {.kind = io::Operation::Kind::kRead,
                           .file = &file,
                           .offset = position + at,
                           .data = into.data() + at,
                           .size = size,
                           .tag = count};
      at += size;
    }
    TM_RETURN_IF_ERROR(ring.Submit(std::span(operations).first(count)));
    TM_RETURN_IF_ERROR(ReapReads(ring, std::span(bytes).first(count)));
    for (std::size_t i = 0; i < count; ++i) {
      done += bytes[i];
      if (bytes[i] < operations[i].size) return static_cast<std::int64_t>(done);
    }
  }
  return static_cast<std::int64_t>(done);
}

}  // namespace

Status ColdReader::Read(LogOffset start, std::byte* into, std::int64_t bytes) {
  const LogOffset base = segments_.BaseOf(start);
  const auto position = static_cast<std::uint64_t>(start - base);
  const Handles handles = HandlesOf(base);
  std::int64_t done = 0;
  bool direct = handles.direct != nullptr;
  if (handles.cached != nullptr) {
    const auto got = handles.cached->ReadAt(position, {into, static_cast<std::size_t>(bytes)});
    if (got.has_value()) {
      done = static_cast<std::int64_t>(*got);
      direct = false;
    } else if (got.error().code() != StatusCode::kUnavailable) {
      return Prefix(segments_.PathOf(base).string(), got.error());
    }
  }
  if (direct) {
    // Behind the last byte asked for there may be others, or the file's end.
    auto got =
        ReadDirect(*handles.direct, position, {into, static_cast<std::size_t>(RoundUp(bytes))});
    if (!got.has_value()) return Prefix(segments_.PathOf(base).string(), got.error());
    done = std::min(*got, bytes);
  }
  if (done == bytes) return {};
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, segments_.FileAt(start));
  const Status rest = io::ReadExact(*file, position + static_cast<std::uint64_t>(done),
                                    {into + done, static_cast<std::size_t>(bytes - done)});
  return rest.ok() ? rest : Prefix(segments_.PathOf(base).string(), rest);
}

Result<std::int64_t> ColdReader::ReadDirect(io::File& file, std::uint64_t position,
                                            io::ReadBuffer into) {
  if (into.size() > kPieceBytes) return ReadByRing(file, position, into);
  TM_ASSIGN_OR_RETURN(const std::size_t got, file.ReadAt(position, into));
  return static_cast<std::int64_t>(got);
}

Result<std::int64_t> ColdReader::ReadByRing(io::File& file, std::uint64_t position,
                                            io::ReadBuffer into) {
  std::unique_ptr<io::Ring> ring = TakeRing();
  if (ring == nullptr) return ReadPieces(*io::NewInlineRing(kRingDepth), file, position, into);
  auto got = ReadPieces(*ring, file, position, into);
  // A ring that failed may still be writing into the memory: it goes, and waits for that.
  if (got.has_value()) PutBack(std::move(ring));
  return got;
}

std::unique_ptr<io::Ring> ColdReader::TakeRing() {
  MutexLock lock(mutex_);
  return std::move(ring_);
}

void ColdReader::PutBack(std::unique_ptr<io::Ring> ring) {
  MutexLock lock(mutex_);
  ring_ = std::move(ring);
}

ColdReader::Handles ColdReader::HandlesOf(LogOffset base) {
  const auto same = [&](const Handles& handles) { return handles.base == base; };
  {
    MutexLock lock(mutex_);
    const auto found = std::find_if(handles_.begin(), handles_.end(), same);
    if (found != handles_.end()) {
      std::rotate(handles_.begin(), found, found + 1);
      return handles_.front();
    }
  }
  // Where a descriptor cannot be had now, the segment's own will do.
  const std::filesystem::path path = segments_.PathOf(base);
  Handles opened{base, OpenOrNull(files_, path, io::Access::kReadCached),
                 OpenOrNull(files_, path, io::Access::kReadDirect)};
  if (opened.cached == nullptr || opened.direct == nullptr) return opened;
  MutexLock lock(mutex_);
  if (base < segments_.first()) return opened;  // deleted meanwhile: nobody would close it
  if (std::none_of(handles_.begin(), handles_.end(), same)) {
    if (handles_.size() == kSegmentsOpen) handles_.pop_back();
    handles_.insert(handles_.begin(), opened);
  }
  return opened;
}

void ColdReader::DropBefore(LogOffset first) {
  MutexLock lock(mutex_);
  std::erase_if(handles_, [&](const Handles& handles) { return handles.base < first; });
}

}  // namespace tidemark

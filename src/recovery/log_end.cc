// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/log_end.h"

#include <algorithm>
#include <cstring>

#include "src/base/byte_order.h"
#include "src/format/record.h"

namespace tidemark {
namespace {

constexpr std::int64_t kPieceBytes = 1 << 20;
constexpr std::int64_t kZeroBytes = 256 << 10;

bool AllZero(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// Calls `visit(offset, bytes)` for pieces of [from, to), from the last segment backwards, within a
/// segment front to back.
Status VisitPieces(SegmentedFile& segments, LogOffset from, LogOffset to,
                   const std::function<Status(io::File&, LogOffset, std::span<std::byte>)>& visit) {
  std::vector<std::byte> buffer(kPieceBytes);
  to = std::min(to, segments.end());
  while (from < to) {
    const LogOffset base = segments.BaseOf(to + -1);
    const LogOffset start = std::max(from, base);
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, segments.FileAt(base));
    for (LogOffset at = start; at < to;) {
      const std::int64_t size = std::min(kPieceBytes, to - at);
      const std::span<std::byte> piece = std::span(buffer).first(static_cast<std::size_t>(size));
      const Status read = io::ReadExact(*file, static_cast<std::uint64_t>(at - base), piece);
      if (!read.ok()) return Prefix(segments.PathOf(base).string(), read);
      TM_RETURN_IF_ERROR(visit(*file, at, piece));
      at = at + size;
    }
    TM_RETURN_IF_ERROR(file->Sync());
    to = start;
  }
  return {};
}

}  // namespace

Result<std::optional<LogOffset>> FindRecord(SegmentedFile& segments, LogReader& reader,
                                            LogOffset at, LogOffset to, LogOffset* nonzero_end) {
  while (at < to) {
    const LogOffset segment_end = segments.BaseOf(at) + segments.segment_bytes();
    const LogOffset piece_end = std::min({to, segment_end, at + kPieceBytes});
    // A record that starts in this piece is recognised by its first 36 bytes.
    TM_ASSIGN_OR_RETURN(
        const auto bytes,
        reader.At(at, piece_end - at + static_cast<std::int64_t>(kRecordSysFlagAt)));
    const auto piece = bytes.first(static_cast<std::size_t>(piece_end - at));
    if (!AllZero(piece)) {
      std::size_t last = piece.size();
      while (last > 0 && piece[last - 1] == std::byte{0}) --last;
      *nonzero_end = at + static_cast<std::int64_t>(last);
      for (std::size_t i = 0; i < piece.size() && i + kRecordSysFlagAt <= bytes.size(); ++i) {
        const auto* found = static_cast<const std::byte*>(std::memchr(
            bytes.data() + i + kRecordMagicAt, 0xDA, bytes.size() - i - kRecordMagicAt));
        if (found == nullptr) break;
        i = static_cast<std::size_t>(found - bytes.data()) - kRecordMagicAt;
        if (i >= piece.size() || i + kRecordSysFlagAt > bytes.size()) break;
        const auto magic = LoadBig<std::int32_t>(found);
        if (magic != kRecordMagicV1 && magic != kRecordMagicV2) continue;
        const LogOffset here = at + static_cast<std::int64_t>(i);
        if (LoadBig<std::int64_t>(bytes.data() + i + kRecordLogOffsetAt) != ToInt(here)) continue;
        return std::optional<LogOffset>(here);
      }
    }
    at = piece_end;
  }
  return std::optional<LogOffset>();
}

Result<LogEnd> FindLogEnd(SegmentedFile& segments, LogOffset from, const ScanOptions& options,
                          std::int64_t search_bytes, const Progress& progress) {
  LogEnd found;
  LogScan scan(segments, from, options);
  const std::int64_t total = segments.end() - from;
  for (LogOffset reported = from;;) {
    TM_ASSIGN_OR_RETURN(const std::optional<Checked> checked, scan.Next());
    if (!checked.has_value()) break;
    ++found.records;
    found.last_store_time = checked->record.store_time;
    if (progress && scan.position() - reported >= 64 * kPieceBytes) {
      reported = scan.position();
      progress(reported - from, total);
    }
  }
  found.end = scan.position();
  found.why = scan.why();
  found.nonzero_end = found.end;

  LogReader reader(segments);
  const LogOffset search_end =
      search_bytes < segments.end() - found.end ? found.end + search_bytes : segments.end();
  for (LogOffset at = found.end; at < search_end;) {
    TM_ASSIGN_OR_RETURN(const std::optional<LogOffset> start,
                        FindRecord(segments, reader, at, search_end, &found.nonzero_end));
    if (!start.has_value()) break;
    LogScan behind(segments, *start, options);
    LogOffset next = *start + 1;
    while (true) {
      TM_ASSIGN_OR_RETURN(const std::optional<Checked> checked, behind.Next());
      if (!checked.has_value()) break;
      const Record& record = checked->record;
      if (!found.behind.has_value())
        found.behind = LogEnd::Behind{record.log_offset, {}, 0, {}, {}};
      found.behind->last = record.log_offset;
      ++found.behind->records;
      if (found.behind->offsets.size() < LogEnd::Behind::kOffsetsMax) {
        found.behind->offsets.push_back(record.log_offset);
      }
      const auto [queue, fresh] = found.behind->queues.try_emplace(
          Format("{}/{}", record.topic, record.queue), record.queue_offset, record.queue_offset);
      if (!fresh) queue->second.second = record.queue_offset;
      next = record.log_offset + record.size();
      found.nonzero_end = std::max(found.nonzero_end, next);
    }
    at = next;
    reader.Forget();
  }
  return found;
}

Status CopyOut(io::FileSystem& files, SegmentedFile& segments, LogOffset from, LogOffset to,
               const std::filesystem::path& file) {
  TM_RETURN_IF_ERROR(io::CreateDirectories(files, file.parent_path()));
  TM_ASSIGN_OR_RETURN(const auto copy, files.Open(file, io::Access::kCreate));
  LogReader reader(segments);
  for (LogOffset at = from; at < to;) {
    TM_ASSIGN_OR_RETURN(auto bytes, reader.At(at, std::min(kPieceBytes, to - at)));
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(to - at)));
    TM_RETURN_IF_ERROR(io::WriteAll(*copy, static_cast<std::uint64_t>(at - from), bytes));
    at = at + static_cast<std::int64_t>(bytes.size());
  }
  TM_RETURN_IF_ERROR(copy->Sync());
  return io::SyncDirectory(files, file.parent_path());
}

Status ZeroLog(SegmentedFile& segments, LogOffset from, LogOffset to) {
  const std::vector<std::byte> zeroes(kZeroBytes);
  return VisitPieces(
      segments, from, to, [&](io::File& file, LogOffset at, std::span<std::byte> piece) {
        for (std::size_t i = 0; i < piece.size(); i += zeroes.size()) {
          const auto part = piece.subspan(i, std::min(zeroes.size(), piece.size() - i));
          if (AllZero(part)) continue;
          TM_RETURN_IF_ERROR(io::WriteAll(
              file,
              static_cast<std::uint64_t>(segments.PositionIn(at + static_cast<std::int64_t>(i))),
              std::span(zeroes).first(part.size())));
        }
        return Status();
      });
}

Status RewriteLog(SegmentedFile& segments, LogOffset from, LogOffset to) {
  return VisitPieces(
      segments, from, to, [&](io::File& file, LogOffset at, std::span<std::byte> piece) {
        return io::WriteAll(file, static_cast<std::uint64_t>(segments.PositionIn(at)),
                            io::WriteBuffer(piece));
      });
}

Status DropEmptySegments(SegmentedFile& segments, LogOffset end) {
  while (segments.end() - end > 2 * segments.segment_bytes()) {
    TM_RETURN_IF_ERROR(segments.RemoveLast());
  }
  return {};
}

}  // namespace tidemark

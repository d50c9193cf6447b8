// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_files.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "src/base/check.h"

namespace tidemark {
namespace {

constexpr std::size_t kBufferUnits = 256;
constexpr std::int64_t kFilesRecovered = 3;
constexpr std::int64_t kNoPosition = std::numeric_limits<std::int64_t>::max();
constexpr LogOffset kNoLogEnd{std::numeric_limits<std::int64_t>::max()};

std::int64_t PositionOf(QueueOffset offset) {
  return ToInt(offset) * kUnitBytes;
}
QueueOffset OffsetOf(std::int64_t position) {
  return QueueOffset{position / kUnitBytes};
}

/// Whether the unit's record lies in a log that ends at `log_end`.
bool InLog(const Unit& unit, LogOffset log_end) {
  if (unit.IsPreBlank()) return true;
  return unit.log_offset < log_end && unit.end() <= log_end;
}

}  // namespace

QueueFiles::QueueFiles(const QueueStorage& storage, const std::string& topic, std::int32_t queue)
    : directory_(storage, topic, queue) {
  TM_CHECK(storage.file_bytes > 0 && storage.file_bytes % kUnitBytes == 0,
           "queue files of {} bytes", storage.file_bytes);
}

Result<QueueFiles::Span> QueueFiles::Bounds() {
  TM_ASSIGN_OR_RETURN(const QueueDirectory::Span bytes, directory_.Bounds());
  return Span{OffsetOf(bytes.first), OffsetOf(bytes.end)};
}

void QueueFiles::SetSettledEnd(QueueOffset end) {
  directory_.SetSettledEnd(PositionOf(end));
}

Status QueueFiles::Read(QueueOffset from, std::span<Unit> out) {
  std::array<std::byte, kBufferUnits * kUnitBytes> buffer;
  while (!out.empty()) {
    const std::size_t here = std::min(out.size(), kBufferUnits);
    TM_RETURN_IF_ERROR(
        directory_.Read(PositionOf(from), std::span(buffer).first(here * kUnitBytes)));
    for (std::size_t i = 0; i < here; ++i) out[i] = DecodeUnit(&buffer[i * kUnitBytes]);
    out = out.subspan(here);
    from = from + static_cast<std::int64_t>(here);
  }
  return {};
}

Status QueueFiles::Write(QueueOffset at, std::span<const Unit> units) {
  std::array<std::byte, kBufferUnits * kUnitBytes> buffer;
  while (!units.empty()) {
    const std::size_t here = std::min(units.size(), kBufferUnits);
    for (std::size_t i = 0; i < here; ++i) EncodeUnit(units[i], &buffer[i * kUnitBytes]);
    TM_RETURN_IF_ERROR(
        directory_.Write(PositionOf(at), std::span(buffer).first(here * kUnitBytes)));
    units = units.subspan(here);
    at = at + static_cast<std::int64_t>(here);
  }
  return {};
}

Result<bool> QueueFiles::Reach(QueueOffset at) {
  if (at == QueueOffset{0}) return true;
  TM_ASSIGN_OR_RETURN(const Span span, Bounds());
  if (span.empty() || at <= span.first || at > span.end) return false;
  Unit before;
  TM_RETURN_IF_ERROR(Read(at + -1, std::span(&before, 1)));
  return before.IsValid();
}

Status QueueFiles::StartAt(QueueOffset at) {
  TM_ASSIGN_OR_RETURN(const bool reached, Reach(at));
  if (reached) return {};
  TM_ASSIGN_OR_RETURN(const Span span, Bounds());
  const QueueOffset file_start{ToInt(at) / units_per_file() * units_per_file()};
  QueueOffset from = file_start;
  if (!span.empty()) {
    TM_ASSIGN_OR_RETURN(const bool file_reached, Reach(file_start));
    if (file_start < span.end && (file_start == span.first || file_reached)) {
      TM_ASSIGN_OR_RETURN(const RecoveredEnd valid, ScanValid(file_start, at, kNoLogEnd));
      from = valid.end;
    } else {
      TM_RETURN_IF_ERROR(RemoveAll());
    }
  }
  const std::vector<Unit> blanks(kBufferUnits, kPreBlankUnit);
  while (from < at) {
    const auto here = std::min<std::int64_t>(at - from, kBufferUnits);
    TM_RETURN_IF_ERROR(Write(from, std::span(blanks).first(static_cast<std::size_t>(here))));
    from = from + here;
  }
  return {};
}

Result<RecoveredEnd> QueueFiles::ScanValid(QueueOffset from, QueueOffset end, LogOffset log_end) {
  RecoveredEnd found{from, std::nullopt};
  std::vector<Unit> units;
  while (found.end < end) {
    // Small first: most queues hold a few units.
    units.resize(std::clamp<std::size_t>(units.size() * 2, kBufferUnits, kBufferUnits * 16));
    if (end - found.end < static_cast<std::int64_t>(units.size())) {
      units.resize(static_cast<std::size_t>(end - found.end));
    }
    TM_RETURN_IF_ERROR(Read(found.end, units));
    for (const Unit& unit : units) {
      if (!unit.IsValid() || !InLog(unit, log_end)) return found;
      found.end = found.end + 1;
      if (!unit.IsPreBlank()) found.log_end = unit.end();
    }
  }
  return found;
}

Result<RecoveredEnd> QueueFiles::RecoverEnd() {
  TM_ASSIGN_OR_RETURN(const Span span, Bounds());
  const QueueOffset start{
      std::max(ToInt(span.first), ToInt(span.end) - kFilesRecovered * units_per_file())};
  return ScanValid(start, span.end, kNoLogEnd);
}

Result<RecoveredEnd> QueueFiles::FindCut(LogOffset log_end, QueueOffset end) {
  TM_ASSIGN_OR_RETURN(const Span span, Bounds());
  end = std::min(end, span.end);
  if (span.empty() || end <= span.first) return RecoveredEnd{end, std::nullopt};
  QueueOffset base{(ToInt(end) - 1) / units_per_file() * units_per_file()};
  while (true) {
    TM_ASSIGN_OR_RETURN(const RecoveredEnd found, ScanValid(base, end, log_end));
    if (found.end > base || base == span.first) return found;
    end = base;
    base = base + -units_per_file();
  }
}

void QueueFiles::DropChecksums(std::int64_t from, std::int64_t to) {
  if (directory_.checksums() != nullptr) directory_.checksums()->Drop(directory_.name(), from, to);
}

Status QueueFiles::RemoveAll() {
  DropChecksums(0, kNoPosition);
  return directory_.RemoveAll();
}

void QueueFiles::NoteFinished(QueueOffset from, QueueOffset to) {
  if (directory_.checksums() == nullptr) return;
  const std::int64_t file_bytes = directory_.file_bytes();
  for (std::int64_t base = PositionOf(from) / file_bytes * file_bytes;
       base + file_bytes <= PositionOf(to); base += file_bytes) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(file_bytes));
    // Without a checksum the file is not compared, which is no harm.
    if (!directory_.Read(base, bytes).ok()) continue;
    directory_.checksums()->Put(directory_.name(), base, bytes);
  }
}

Status QueueFiles::CheckFinished(QueueOffset from, QueueOffset to) {
  QueueChecksums* const checksums = directory_.checksums();
  if (checksums == nullptr) return {};
  const std::int64_t file_bytes = directory_.file_bytes();
  for (std::int64_t base = PositionOf(from) / file_bytes * file_bytes; base < PositionOf(to);
       base += file_bytes) {
    if (checksums->StateOf(directory_.name(), base) != QueueChecksums::State::kUnchecked) continue;
    std::vector<std::byte> bytes(static_cast<std::size_t>(file_bytes));
    const Status read = directory_.Read(base, bytes);
    if (read.code() == StatusCode::kOutOfRange) continue;  // deleted meanwhile
    TM_RETURN_IF_ERROR(read);
    if (!checksums->Agrees(directory_.name(), base, bytes)) {
      return DataLoss(
          "{}: not what was written, by its checksum in tidemark/queue-checksums; `tidemark store "
          "repair --rebuild` makes the queues anew from the log",
          directory_.PathOf(base).string());
    }
  }
  return {};
}

Status QueueFiles::ClearFrom(QueueOffset at) {
  DropChecksums(PositionOf(at) / directory_.file_bytes() * directory_.file_bytes(), kNoPosition);
  return directory_.ClearFrom(PositionOf(at));
}

Status QueueFiles::DeleteBefore(LogOffset log_min, QueueOffset settled) {
  while (true) {
    TM_ASSIGN_OR_RETURN(const Span span, Bounds());
    const QueueOffset file_end = span.first + units_per_file();
    if (file_end >= span.end || file_end > settled) return {};
    Unit last;
    TM_RETURN_IF_ERROR(Read(file_end + -1, std::span(&last, 1)));
    if (last.log_offset >= log_min) return {};
    TM_RETURN_IF_ERROR(directory_.RemoveFirst());
    DropChecksums(PositionOf(span.first), PositionOf(file_end));
  }
}

}  // namespace tidemark

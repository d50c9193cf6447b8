// SPDX-License-Identifier: Apache-2.0
#include "src/segment/segmented_file.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "src/base/check.h"

namespace tidemark {
namespace {

std::optional<std::int64_t> ParseName(const std::string& name) {
  std::int64_t base = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), base);
  if (error != std::errc() || rest != name.data() + name.size() || base < 0) return std::nullopt;
  return base;
}

/// An earlier call that failed may have got as far.
Status RemoveIfThere(io::FileSystem& files, const std::filesystem::path& path) {
  const Status removed = files.Remove(path);
  return removed.code() == StatusCode::kNotFound ? Status() : removed;
}

}  // namespace

std::string SegmentName(LogOffset base) {
  return Format("{:020}", ToInt(base));
}

Result<std::unique_ptr<SegmentedFile>> SegmentedFile::Load(io::FileSystem& files,
                                                           std::filesystem::path directory,
                                                           std::int64_t segment_bytes) {
  std::unique_ptr<SegmentedFile> loaded(
      new SegmentedFile(files, std::move(directory), segment_bytes));
  auto listed = files.List(loaded->directory_);
  if (!listed.has_value() && listed.error().code() == StatusCode::kNotFound) return loaded;
  TM_ASSIGN_OR_RETURN(const std::vector<io::DirectoryEntry> entries, std::move(listed));

  MutexLock extend_lock(loaded->extend_mutex_);
  MutexLock lock(loaded->mutex_);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].directory) continue;
    const std::filesystem::path path = loaded->directory_ / entries[i].name;
    const std::optional<std::int64_t> base = ParseName(entries[i].name);
    if (!base.has_value() || entries[i].name.size() < 20) {
      return FailedPrecondition(
          "{}: not the name of a segment (20 digits); a Java broker would not start either: move "
          "the file out of the directory",
          path.string());
    }
    TM_ASSIGN_OR_RETURN(const io::FileInfo info, files.Stat(path));
    if (info.size_bytes == 0 && i + 1 == entries.size()) {
      // Java deletes it here; this open may still be refused, and then nothing may have changed.
      loaded->leftover_ = path;
      continue;
    }
    if (static_cast<std::int64_t>(info.size_bytes) != segment_bytes) {
      return FailedPrecondition(
          "{}: {} bytes, but segments of this store are to have {} (mappedFileSizeCommitLog): set "
          "the size the directory was written with",
          path.string(), info.size_bytes, segment_bytes);
    }
    if (*base % segment_bytes != 0) {
      return FailedPrecondition("{}: the name is no multiple of the segment size {}", path.string(),
                                segment_bytes);
    }
    if (loaded->first_ == loaded->end_) {
      loaded->first_ = loaded->end_ = LogOffset{*base};
    } else if (LogOffset{*base} != loaded->end_) {
      return DataLoss("{}: the segment {} is missing before it", path.string(),
                      SegmentName(loaded->end_));
    }
    loaded->end_ = loaded->end_ + segment_bytes;
  }
  return loaded;
}

LogOffset SegmentedFile::first() const {
  MutexLock lock(mutex_);
  return first_;
}

LogOffset SegmentedFile::end() const {
  MutexLock lock(mutex_);
  return end_;
}

Status SegmentedFile::CheckHeld(LogOffset offset) const {
  MutexLock lock(mutex_);
  if (offset >= first_ && offset < end_) return {};
  return OutOfRange("log offset {} lies in no segment of {}", ToInt(offset), directory_.string());
}

Result<std::shared_ptr<io::File>> SegmentedFile::FileAt(LogOffset offset) {
  const LogOffset base = BaseOf(offset);
  TM_RETURN_IF_ERROR(CheckHeld(offset));
  auto file = open_.Open(KeyOf(base), [&] { return PathOf(base); });
  if (const Status held = CheckHeld(offset); !held.ok()) {
    // Removed while it was opened: what the cache held would keep its blocks.
    open_.Drop(KeyOf(base));
    if (!file.has_value()) return held;
  }
  return file;
}

Status SegmentedFile::Extend() {
  MutexLock lock(extend_mutex_);
  if (leftover_.has_value()) {
    TM_RETURN_IF_ERROR(RemoveIfThere(files_, *leftover_));
    leftover_.reset();
  }
  const LogOffset base = end();
  if (made_ == nullptr) {
    TM_ASSIGN_OR_RETURN(made_,
                        files_.CreateWhole(PathOf(base), static_cast<std::uint64_t>(segment_bytes_),
                                           io::Blocks::kSparse));
  }
  TM_RETURN_IF_ERROR(io::SyncDirectory(files_, directory_));
  open_.Put(KeyOf(base), std::move(made_));
  MutexLock end_lock(mutex_);
  end_ = base + segment_bytes_;
  return {};
}

Status SegmentedFile::RemoveFirst() {
  MutexLock lock(remove_mutex_);
  if (removing_.has_value()) {
    TM_RETURN_IF_ERROR(RemoveIfThere(files_, PathOf(*removing_)));
  }
  {
    // Out of sight first: a reader that comes later gets kOutOfRange, not a vanished file.
    MutexLock first_lock(mutex_);
    TM_CHECK(first_ != end_, "no segment in {}", directory_.string());
    removing_ = first_;
    first_ = first_ + segment_bytes_;
  }
  open_.Drop(KeyOf(*removing_));
  TM_RETURN_IF_ERROR(RemoveIfThere(files_, PathOf(*removing_)));
  TM_RETURN_IF_ERROR(io::SyncDirectory(files_, directory_));
  removing_.reset();
  return {};
}

Status SegmentedFile::RemoveLast() {
  MutexLock lock(extend_mutex_);
  TM_CHECK(made_ == nullptr, "{}: a segment is being added", directory_.string());
  const LogOffset base = end() + -segment_bytes_;
  TM_CHECK(base >= first(), "no segment in {}", directory_.string());
  open_.Drop(KeyOf(base));
  TM_RETURN_IF_ERROR(RemoveIfThere(files_, PathOf(base)));
  {
    MutexLock end_lock(mutex_);
    end_ = base;
  }
  return io::SyncDirectory(files_, directory_);
}

}  // namespace tidemark

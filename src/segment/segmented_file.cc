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
      // Java deletes it as well: a crash came between making and sizing it.
      TM_RETURN_IF_ERROR(files.Remove(path));
      TM_RETURN_IF_ERROR(io::SyncDirectory(files, loaded->directory_));
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
    const LogOffset expected =
        loaded->first_ + static_cast<std::int64_t>(loaded->handles_.size()) * segment_bytes;
    if (loaded->handles_.empty()) {
      loaded->first_ = LogOffset{*base};
    } else if (LogOffset{*base} != expected) {
      return DataLoss("{}: the segment {} is missing before it", path.string(),
                      SegmentName(expected));
    }
    loaded->handles_.emplace_back();
  }
  return loaded;
}

LogOffset SegmentedFile::first() const {
  MutexLock lock(mutex_);
  return first_;
}

LogOffset SegmentedFile::end() const {
  MutexLock lock(mutex_);
  return first_ + static_cast<std::int64_t>(handles_.size()) * segment_bytes_;
}

Result<std::shared_ptr<io::File>> SegmentedFile::FileAt(LogOffset offset) {
  const LogOffset base = BaseOf(offset);
  {
    MutexLock lock(mutex_);
    const std::int64_t index = (base - first_) / segment_bytes_;
    if (base < first_ || index >= static_cast<std::int64_t>(handles_.size())) {
      return OutOfRange("log offset {} lies in no segment of {}", ToInt(offset),
                        directory_.string());
    }
    if (handles_[index]) return handles_[index];
  }
  TM_ASSIGN_OR_RETURN(std::shared_ptr<io::File> file,
                      files_.Open(PathOf(base), io::Access::kReadWrite));
  MutexLock lock(mutex_);
  const std::int64_t index = (base - first_) / segment_bytes_;
  // Deleted, or opened by another thread, while this one opened it.
  if (base < first_ || index >= static_cast<std::int64_t>(handles_.size())) return file;
  if (!handles_[index]) handles_[index] = std::move(file);
  return handles_[index];
}

Status SegmentedFile::Extend() {
  const LogOffset base = end();
  TM_ASSIGN_OR_RETURN(std::shared_ptr<io::File> file,
                      files_.CreateWhole(PathOf(base), static_cast<std::uint64_t>(segment_bytes_),
                                         io::Blocks::kSparse));
  TM_RETURN_IF_ERROR(io::SyncDirectory(files_, directory_));
  MutexLock lock(mutex_);
  handles_.push_back(std::move(file));
  return {};
}

Status SegmentedFile::RemoveFirst() {
  LogOffset base;
  {
    // Out of sight first: a reader that comes later gets kOutOfRange, not a vanished file.
    MutexLock lock(mutex_);
    TM_CHECK(!handles_.empty(), "no segment in {}", directory_.string());
    base = first_;
    handles_.pop_front();
    first_ = first_ + segment_bytes_;
  }
  TM_RETURN_IF_ERROR(files_.Remove(PathOf(base)));
  return io::SyncDirectory(files_, directory_);
}

Status SegmentedFile::RemoveLast() {
  LogOffset base;
  {
    MutexLock lock(mutex_);
    TM_CHECK(!handles_.empty(), "no segment in {}", directory_.string());
    handles_.pop_back();
    base = first_ + static_cast<std::int64_t>(handles_.size()) * segment_bytes_;
  }
  TM_RETURN_IF_ERROR(files_.Remove(PathOf(base)));
  return io::SyncDirectory(files_, directory_);
}

}  // namespace tidemark

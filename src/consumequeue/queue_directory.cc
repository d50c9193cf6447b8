// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_directory.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "src/base/check.h"

namespace tidemark {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;

std::string FileName(std::int64_t base) {
  return Format("{:020}", base);
}

std::optional<std::int64_t> ParseFileName(const std::string& name) {
  std::int64_t base = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), base);
  if (error != std::errc() || rest != name.data() + name.size() || base < 0) return std::nullopt;
  if (name != FileName(base)) return std::nullopt;
  return base;
}

Result<QueueDirectory::Span> ListFiles(io::FileSystem& files,
                                       const std::filesystem::path& directory,
                                       std::int64_t file_bytes, std::int64_t settled_end) {
  QueueDirectory::Span span;
  auto listed = files.List(directory);
  if (!listed.has_value() && listed.error().code() == StatusCode::kNotFound) return span;
  TM_ASSIGN_OR_RETURN(std::vector<io::DirectoryEntry> entries, std::move(listed));
  std::erase_if(entries, [](const io::DirectoryEntry& entry) { return entry.directory; });
  for (const io::DirectoryEntry& entry : entries) {
    const std::filesystem::path path = directory / entry.name;
    const std::optional<std::int64_t> base = ParseFileName(entry.name);
    if (!base.has_value()) {
      return FailedPrecondition(
          "{}: not the name of a queue file (20 digits); a Java broker would not start either: "
          "move the file out of the directory",
          path.string());
    }
    if (*base >= settled_end) break;
    TM_ASSIGN_OR_RETURN(const io::FileInfo info, files.Stat(path));
    // A crash came between making and sizing it; whoever makes this file next replaces it.
    if (info.size_bytes == 0 && &entry == &entries.back()) break;
    if (static_cast<std::int64_t>(info.size_bytes) != file_bytes) {
      return FailedPrecondition(
          "{}: {} bytes, but queue files of this store are to have {} "
          "(mappedFileSizeConsumeQueue): set the size the directory was written with",
          path.string(), info.size_bytes, file_bytes);
    }
    if (*base % file_bytes != 0) {
      return FailedPrecondition("{}: the name is no multiple of the file size {}", path.string(),
                                file_bytes);
    }
    if (span.empty()) {
      span = {*base, *base};
    } else if (*base != span.end) {
      return DataLoss("{}: the file {} is missing before it; queues can be rebuilt from the log",
                      path.string(), FileName(span.end));
    }
    span.end += file_bytes;
  }
  return span;
}

}  // namespace

Status RemoveIfEmpty(io::FileSystem& files, const std::filesystem::path& directory) {
  TM_ASSIGN_OR_RETURN(const std::vector<io::DirectoryEntry> entries, files.List(directory));
  return entries.empty() ? files.Remove(directory) : Status();
}

QueueDirectory::QueueDirectory(const QueueStorage& storage, const std::string& topic,
                               std::int32_t queue)
    : storage_(storage), topic_(topic), owner_(storage.descriptors.NewOwner()), queue_(queue) {}

QueueDirectory::~QueueDirectory() {
  MutexLock lock(mutex_);
  DropHandles();
}

void QueueDirectory::DropHandles() {
  for (std::int64_t base = span_.first; base < span_.end; base += storage_.file_bytes) {
    storage_.descriptors.Drop(KeyOf(base));
  }
}

std::filesystem::path QueueDirectory::path() const {
  return storage_.root / topic_ / Format("{}", queue_);
}

std::filesystem::path QueueDirectory::PathOf(std::int64_t position) const {
  return path() / FileName(BaseOf(position));
}

Result<QueueDirectory::Span> QueueDirectory::Bounds() {
  {
    MutexLock lock(mutex_);
    if (loaded_) return span_;
  }
  TM_ASSIGN_OR_RETURN(const Span found,
                      ListFiles(storage_.files, path(), storage_.file_bytes, settled_end_));
  MutexLock lock(mutex_);
  // Another thread may have been faster, and files may have come and gone since.
  if (!loaded_) {
    span_ = found;
    loaded_ = true;
  }
  return span_;
}

Result<std::shared_ptr<io::File>> QueueDirectory::FileAt(std::int64_t base) {
  const auto here = [&]() -> Status {
    TM_ASSIGN_OR_RETURN(const Span span, Bounds());
    if (base >= span.first && base < span.end) return {};
    return OutOfRange("{}: the files cover the bytes [{}, {}), not {}", path().string(), span.first,
                      span.end, base);
  };
  TM_RETURN_IF_ERROR(here());
  auto file = storage_.descriptors.Open(KeyOf(base), [&] { return PathOf(base); });
  // Removed while it was opened: the cache must not keep a file without a name alive.
  if (const Status still = here(); !still.ok()) {
    storage_.descriptors.Drop(KeyOf(base));
    return still;
  }
  return file;
}

Status QueueDirectory::Read(std::int64_t position, std::span<std::byte> out) {
  while (!out.empty()) {
    const std::int64_t base = BaseOf(position);
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, FileAt(base));
    const std::size_t here = std::min<std::size_t>(
        out.size(), static_cast<std::size_t>(base + storage_.file_bytes - position));
    TM_RETURN_IF_ERROR(
        io::ReadExact(*file, static_cast<std::uint64_t>(position - base), out.first(here)));
    out = out.subspan(here);
    position += static_cast<std::int64_t>(here);
  }
  return {};
}

Status QueueDirectory::Write(std::int64_t position, std::span<const std::byte> data) {
  while (!data.empty()) {
    TM_ASSIGN_OR_RETURN(const Span span, Bounds());
    const std::int64_t base = BaseOf(position);
    TM_CHECK(span.empty() || (base >= span.first && base <= span.end),
             "{}: writing at {} with files in [{}, {})", path().string(), position, span.first,
             span.end);
    if (span.empty() || base == span.end) TM_RETURN_IF_ERROR(CreateFile(base));
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, FileAt(base));
    const std::size_t here = std::min<std::size_t>(
        data.size(), static_cast<std::size_t>(base + storage_.file_bytes - position));
    if (unsynced_from_ == unsynced_end_) unsynced_from_ = unsynced_end_ = position;
    unsynced_from_ = std::min(unsynced_from_, position);
    unsynced_end_ = std::max(unsynced_end_, position + static_cast<std::int64_t>(here));
    TM_RETURN_IF_ERROR(
        io::WriteAll(*file, static_cast<std::uint64_t>(position - base), data.first(here)));
    data = data.subspan(here);
    position += static_cast<std::int64_t>(here);
  }
  return {};
}

Status QueueDirectory::CreateFile(std::int64_t base) {
  TM_ASSIGN_OR_RETURN(const Span before, Bounds());
  if (before.empty()) {
    TM_RETURN_IF_ERROR(io::CreateDirectories(storage_.files, storage_.root));
    TM_RETURN_IF_ERROR(storage_.files.CreateDirectory(storage_.root / topic_));
    TM_RETURN_IF_ERROR(storage_.files.CreateDirectory(path()));
    new_directory_ = true;
  }
  const std::filesystem::path name = PathOf(base);
  const auto create = [&] {
    return storage_.files.CreateWhole(name, static_cast<std::uint64_t>(storage_.file_bytes),
                                      io::Blocks::kSparse);
  };
  auto made = create();
  if (!made.has_value() && made.error().code() == StatusCode::kFailedPrecondition) {
    // The name may be that of a file that loading passed over.
    TM_ASSIGN_OR_RETURN(const io::FileInfo info, storage_.files.Stat(name));
    if (info.size_bytes != 0 && base < settled_end_) return std::move(made).error();
    TM_RETURN_IF_ERROR(storage_.files.Remove(name));
    made = create();
  }
  TM_ASSIGN_OR_RETURN(std::shared_ptr<io::File> file, std::move(made));
  new_names_ = true;
  storage_.descriptors.Put(KeyOf(base), std::move(file));
  MutexLock lock(mutex_);
  if (span_.empty()) span_.first = base;
  span_.end = base + storage_.file_bytes;
  return {};
}

Status QueueDirectory::SyncRange(std::int64_t from, std::int64_t end) {
  for (std::int64_t base = BaseOf(from); base < end; base += storage_.file_bytes) {
    TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, FileAt(base));
    TM_RETURN_IF_ERROR(file->Sync());
  }
  return {};
}

Status QueueDirectory::Sync() {
  TM_RETURN_IF_ERROR(SyncRange(unsynced_from_, unsynced_end_));
  if (new_names_) TM_RETURN_IF_ERROR(io::SyncDirectory(storage_.files, path()));
  if (new_directory_) {
    TM_RETURN_IF_ERROR(io::SyncDirectory(storage_.files, storage_.root / topic_));
    TM_RETURN_IF_ERROR(io::SyncDirectory(storage_.files, storage_.root));
  }
  NoteSynced();
  return {};
}

Status QueueDirectory::SyncFileSystem() {
  TM_CHECK(unsynced_from_ < unsynced_end_, "{}: nothing was written", path().string());
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, FileAt(BaseOf(unsynced_end_ - 1)));
  return file->SyncFileSystem();
}

void QueueDirectory::NoteSynced() {
  unsynced_from_ = unsynced_end_ = 0;
  new_names_ = new_directory_ = false;
}

Status QueueDirectory::ClearFrom(std::int64_t position) {
  TM_ASSIGN_OR_RETURN(Span span, Bounds());
  if (span.empty()) return {};
  while (span.end - storage_.file_bytes >= std::max(position, span.first + 1)) {
    TM_RETURN_IF_ERROR(RemoveLast());
    TM_ASSIGN_OR_RETURN(span, Bounds());
  }
  position = std::max(position, span.first);
  if (position >= span.end) return {};

  // Only what is not zero is written: most of a queue's last file is a hole.
  const std::int64_t base = BaseOf(position);
  TM_ASSIGN_OR_RETURN(const std::shared_ptr<io::File> file, FileAt(base));
  std::vector<std::byte> piece(kPieceBytes);
  const std::vector<std::byte> zeroes(kPieceBytes);
  bool changed = false;
  while (position < span.end) {
    const std::size_t here =
        std::min<std::size_t>(kPieceBytes, static_cast<std::size_t>(span.end - position));
    const auto offset = static_cast<std::uint64_t>(position - base);
    TM_RETURN_IF_ERROR(io::ReadExact(*file, offset, std::span(piece).first(here)));
    if (!std::equal(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(here),
                    zeroes.begin())) {
      TM_RETURN_IF_ERROR(io::WriteAll(*file, offset, std::span(zeroes).first(here)));
      changed = true;
    }
    position += static_cast<std::int64_t>(here);
  }
  return changed ? file->Sync() : Status();
}

Status QueueDirectory::RemoveFirst() {
  std::int64_t base = 0;
  {
    // Out of sight first: a reader that comes later gets kOutOfRange, not a vanished file.
    MutexLock lock(mutex_);
    TM_CHECK(loaded_ && !span_.empty(), "no file in {}", path().string());
    base = span_.first;
    span_.first += storage_.file_bytes;
  }
  unsynced_from_ = std::max(unsynced_from_, base + storage_.file_bytes);
  unsynced_end_ = std::max(unsynced_end_, unsynced_from_);
  storage_.descriptors.Drop(KeyOf(base));
  TM_RETURN_IF_ERROR(storage_.files.Remove(PathOf(base)));
  return io::SyncDirectory(storage_.files, path());
}

Status QueueDirectory::RemoveLast() {
  std::int64_t base = 0;
  {
    MutexLock lock(mutex_);
    TM_CHECK(loaded_ && !span_.empty(), "no file in {}", path().string());
    span_.end -= storage_.file_bytes;
    base = span_.end;
  }
  unsynced_end_ = std::min(unsynced_end_, base);
  unsynced_from_ = std::min(unsynced_from_, unsynced_end_);
  storage_.descriptors.Drop(KeyOf(base));
  TM_RETURN_IF_ERROR(storage_.files.Remove(PathOf(base)));
  return io::SyncDirectory(storage_.files, path());
}

Status QueueDirectory::RemoveAll() {
  {
    MutexLock lock(mutex_);
    DropHandles();
    span_ = {};
    loaded_ = true;
  }
  NoteSynced();
  auto listed = storage_.files.List(path());
  if (!listed.has_value() && listed.error().code() == StatusCode::kNotFound) return {};
  TM_ASSIGN_OR_RETURN(const std::vector<io::DirectoryEntry> entries, std::move(listed));
  for (const io::DirectoryEntry& entry : entries) {
    if (entry.directory || !ParseFileName(entry.name).has_value()) continue;
    TM_RETURN_IF_ERROR(storage_.files.Remove(path() / entry.name));
  }
  return RemoveIfEmpty(storage_.files, path());
}

}  // namespace tidemark

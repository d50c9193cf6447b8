// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/io/io.h"

namespace tidemark::io {

Status ReadExact(File& file, std::uint64_t offset, ReadBuffer out) {
  while (!out.empty()) {
    TM_ASSIGN_OR_RETURN(const std::size_t got, file.ReadAt(offset, out));
    if (got == 0) {
      TM_ASSIGN_OR_RETURN(const FileInfo info, file.Stat());
      return DataLoss("the file ends at byte {}, {} bytes before what was to be read",
                      info.size_bytes, offset + out.size() - info.size_bytes);
    }
    offset += got;
    out = out.subspan(got);
  }
  return {};
}

Status WriteAll(File& file, std::uint64_t offset, WriteBuffer data) {
  return WriteAll(file, offset, std::span(&data, 1));
}

Status WriteAll(File& file, std::uint64_t offset, std::span<const WriteBuffer> data) {
  std::vector<WriteBuffer> left(data.begin(), data.end());
  std::size_t first = 0;
  while (true) {
    while (first < left.size() && left[first].empty()) ++first;
    if (first == left.size()) return {};
    TM_ASSIGN_OR_RETURN(std::size_t taken, file.WriteAt(offset, std::span(left).subspan(first)));
    offset += taken;
    while (taken > 0) {
      const std::size_t here = std::min(taken, left[first].size());
      left[first] = left[first].subspan(here);
      taken -= here;
      if (left[first].empty()) ++first;
    }
  }
}

Status SyncDirectory(FileSystem& files, const std::filesystem::path& directory) {
  TM_ASSIGN_OR_RETURN(const auto handle, files.Open(directory, Access::kRead));
  return handle->Sync();
}

Status CreateDirectories(FileSystem& files, const std::filesystem::path& directory) {
  if (directory.empty() || Exists(files, directory)) return {};
  const std::filesystem::path parent = directory.parent_path();
  if (parent != directory) TM_RETURN_IF_ERROR(CreateDirectories(files, parent));
  TM_RETURN_IF_ERROR(files.CreateDirectory(directory));
  return SyncDirectory(files, parent.empty() ? "." : parent);
}

bool Exists(FileSystem& files, const std::filesystem::path& path) {
  return files.Stat(path).has_value();
}

Result<std::string> ReadFile(FileSystem& files, const std::filesystem::path& path,
                             std::uint64_t bytes_max) {
  TM_ASSIGN_OR_RETURN(const auto file, files.Open(path, Access::kRead));
  TM_ASSIGN_OR_RETURN(const FileInfo info, file->Stat());
  if (info.size_bytes > bytes_max) {
    return ResourceExhausted("{}: {} bytes; at most {} are read", path.string(), info.size_bytes,
                             bytes_max);
  }
  std::string content(info.size_bytes, '\0');
  TM_RETURN_IF_ERROR(ReadExact(*file, 0, std::as_writable_bytes(std::span(content))));
  return content;
}

Status ReplaceFile(FileSystem& files, const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path fresh = path;
  fresh += ".tmp";
  if (Exists(files, fresh)) TM_RETURN_IF_ERROR(files.Remove(fresh));
  {
    TM_ASSIGN_OR_RETURN(const auto file, files.Open(fresh, Access::kCreate));
    TM_RETURN_IF_ERROR(WriteAll(*file, 0, std::as_bytes(std::span(content))));
    TM_RETURN_IF_ERROR(file->Sync());
  }
  TM_RETURN_IF_ERROR(files.Rename(fresh, path));
  return SyncDirectory(files, path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace tidemark::io

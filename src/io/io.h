// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/base/status.h"
#include "tidemark/io.h"

namespace tidemark::io {

/// Reads exactly `out.size()` bytes, over as many short reads as it takes.
/// Errors: as File::ReadAt; kDataLoss (the file ends before).
Status ReadExact(File& file, std::uint64_t offset, ReadBuffer out);

/// Writes all of `data`, over as many short writes as it takes.
Status WriteAll(File& file, std::uint64_t offset, WriteBuffer data);
Status WriteAll(File& file, std::uint64_t offset, std::span<const WriteBuffer> data);

/// Makes the names in `directory` survive a power cut.
Status SyncDirectory(FileSystem& files, const std::filesystem::path& directory);

/// Makes `directory` and its missing parents, each durably.
Status CreateDirectories(FileSystem& files, const std::filesystem::path& directory);

bool Exists(FileSystem& files, const std::filesystem::path& path);

/// The whole content of a small file (at most `bytes_max`). Errors: kNotFound, kResourceExhausted.
Result<std::string> ReadFile(FileSystem& files, const std::filesystem::path& path,
                             std::uint64_t bytes_max = 64u << 20);

/// Replaces a small file so that a crash leaves the old content or the new: writes `path` + ".tmp",
/// syncs it, renames it, syncs the directory.
Status ReplaceFile(FileSystem& files, const std::filesystem::path& path, std::string_view content);

/// A ring that performs each operation at Submit through File: the plain path.
std::unique_ptr<Ring> NewInlineRing(std::size_t depth);

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#include "src/config/java_checkpoint.h"

#include <algorithm>
#include <array>

#include "src/base/byte_order.h"

// 4096 bytes, integers big-endian:
//
//   0    i64  store time up to which the log is flushed
//   8    i64  the same of the consume queues
//   16   i64  end time of the newest index file that is full and flushed
//   24   i64  masterFlushedOffset; zero before 5.0
//   32   i64  confirmPhyOffset; zero before 5.1
//   40        zero

namespace tidemark {
namespace {

constexpr std::size_t kFileBytes = 4096;
constexpr std::size_t kFieldsBytes = 40;

}  // namespace

Result<JavaCheckpoint> JavaCheckpoint::Read(io::FileSystem& files,
                                            const std::filesystem::path& path) {
  auto content = io::ReadFile(files, path, 1 << 20);
  if (!content.has_value()) {
    if (content.error().code() == StatusCode::kNotFound) return JavaCheckpoint();
    return std::move(content).error();
  }
  content->resize(std::max(content->size(), kFieldsBytes));
  const auto field = [&](std::size_t i) {
    return LoadBig<std::int64_t>(reinterpret_cast<const std::byte*>(content->data()) + 8 * i);
  };
  const auto time = [&](std::size_t i) { return WallTime(std::chrono::milliseconds(field(i))); };
  return JavaCheckpoint{time(0), time(1), time(2), LogOffset{field(3)}, LogOffset{field(4)}};
}

Status JavaCheckpoint::Write(io::FileSystem& files, const std::filesystem::path& path) const {
  std::array<std::byte, kFieldsBytes> fields;
  StoreBig<std::int64_t>(fields.data(), log_time.time_since_epoch().count());
  StoreBig<std::int64_t>(fields.data() + 8, queues_time.time_since_epoch().count());
  StoreBig<std::int64_t>(fields.data() + 16, index_time.time_since_epoch().count());
  StoreBig(fields.data() + 24, ToInt(master_flushed));
  StoreBig(fields.data() + 32, ToInt(confirmed));

  const auto info = files.Stat(path);
  if (!info.has_value() && info.error().code() != StatusCode::kNotFound) return info.error();
  if (!info.has_value() || info->size_bytes < kFileBytes) {
    std::string content(kFileBytes, '\0');
    std::copy(fields.begin(), fields.end(), reinterpret_cast<std::byte*>(content.data()));
    return io::ReplaceFile(files, path, content);
  }
  // In place, which needs no space on a full disk; the fields share a sector.
  TM_ASSIGN_OR_RETURN(const auto file, files.Open(path, io::Access::kReadWrite));
  TM_RETURN_IF_ERROR(io::WriteAll(*file, 0, fields));
  return file->Sync();
}

}  // namespace tidemark

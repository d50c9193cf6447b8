// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/abort_file.h"

#include <charconv>
#include <string_view>

namespace tidemark {
namespace {

constexpr std::string_view kMark = "\ntidemark ";

std::optional<Id> ParseId(std::string_view hex) {
  Id id{};
  if (hex.size() != 2 * id.size()) return std::nullopt;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char* const first = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(first, first + 2, id[i], 16);
    if (error != std::errc() || end != first + 2) return std::nullopt;
  }
  return id;
}

std::filesystem::path PathIn(const std::filesystem::path& root) {
  return root / "abort";
}

}  // namespace

Result<AbortFile> ReadAbortFile(io::FileSystem& files, const std::filesystem::path& root) {
  AbortFile abort;
  auto read = io::ReadFile(files, PathIn(root), 1 << 20);
  if (!read.has_value()) {
    if (read.error().code() == StatusCode::kNotFound) return abort;
    return std::move(read).error();
  }
  abort.exists = true;
  const std::string_view text = *read;
  const std::size_t mark = text.find(kMark);
  constexpr std::size_t kHex = 2 * sizeof(Id);
  if (mark == std::string_view::npos) return abort;
  const std::string_view ids = text.substr(mark + kMark.size());
  if (ids.size() < 2 * kHex + 1) return abort;
  abort.store_id = ParseId(ids.substr(0, kHex));
  abort.run_id = ParseId(ids.substr(kHex + 1, kHex));
  return abort;
}

Status WriteAbortFile(io::Machine& machine, const std::filesystem::path& root, const Id& store_id,
                      const Id& run_id) {
  return io::ReplaceFile(
      machine.files(), PathIn(root),
      Format("{}{}{} {}\n", machine.ProcessId(), kMark, ToHex(store_id), ToHex(run_id)));
}

Status RemoveAbortFile(io::FileSystem& files, const std::filesystem::path& root) {
  TM_RETURN_IF_ERROR(files.Remove(PathIn(root)));
  return io::SyncDirectory(files, root);
}

}  // namespace tidemark

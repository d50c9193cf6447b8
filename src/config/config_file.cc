// SPDX-License-Identifier: Apache-2.0
#include "src/config/config_file.h"

#include <utility>

namespace tidemark {

ConfigFile::ConfigFile(io::FileSystem& files, const std::filesystem::path& root,
                       std::string_view name)
    : files_(files),
      path_(root / "config" / name),
      backup_(path_),
      seal_(files, ConfigSeal::PathOf(root, name)) {
  backup_ += ".bak";
}

Result<std::string> ConfigFile::Load(const Parse& parse) {
  TM_ASSIGN_OR_RETURN(const std::string content, ReadIfThere(path_));
  const Status status = content.empty() ? Status() : parse(content);
  damaged_ = !status.ok();
  if (!content.empty() && !damaged_) {
    TM_ASSIGN_OR_RETURN(const std::optional<bool> fits, seal_.Fits(content));
    if (fits.value_or(true)) return std::string();
    return Format("{} is not what was written last: a broker, a hand or the disk changed it",
                  path_.string());
  }

  std::string fault = "is missing";
  if (damaged_) {
    fault = "is damaged, " + status.message();
  } else if (io::Exists(files_, path_)) {
    fault = "is empty";
  }
  TM_ASSIGN_OR_RETURN(const std::string copy, ReadIfThere(backup_));
  if (copy.empty()) {
    if (fault == "is missing") return std::string();  // as in a new store
    return Format("{} {} and has no copy: nothing of it is known", path_.string(), fault);
  }
  if (const Status of_copy = parse(copy); !of_copy.ok()) {
    return DataLoss(
        "{} {}, and its copy {} is damaged, {}: restore one of them, or delete both to begin "
        "without",
        path_.string(), fault, backup_.filename().string(), of_copy.message());
  }
  return Format("{} {}: its copy {} is used", path_.string(), fault, backup_.filename().string());
}

Status ConfigFile::Save(std::string_view content) {
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, path_.parent_path()));
  TM_ASSIGN_OR_RETURN(const std::string before, ReadIfThere(path_));
  if (!before.empty()) {
    std::filesystem::path keep = path_;
    keep += damaged_ ? ".damaged" : ".bak";
    TM_RETURN_IF_ERROR(io::ReplaceFile(files_, keep, before));
  }
  TM_RETURN_IF_ERROR(seal_.Write(content, before));
  TM_RETURN_IF_ERROR(io::ReplaceFile(files_, path_, content));
  damaged_ = false;
  return {};
}

Result<std::string> ConfigFile::ReadIfThere(const std::filesystem::path& path) {
  auto content = io::ReadFile(files_, path);
  if (!content.has_value() && content.error().code() == StatusCode::kNotFound) {
    return std::string();
  }
  return content;
}

}  // namespace tidemark

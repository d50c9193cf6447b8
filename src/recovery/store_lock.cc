// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/store_lock.h"

namespace tidemark {
namespace {

Status Take(io::File& lock, const std::filesystem::path& root) {
  TM_ASSIGN_OR_RETURN(const bool locked, lock.TryLock());
  if (locked) return {};
  return FailedPrecondition("{}: another process, or another Store of this one, has the store open",
                            root.string());
}

}  // namespace

Result<StoreLock> LockStore(io::FileSystem& files, const std::filesystem::path& root) {
  while (true) {
    StoreLock lock;
    lock.made = !io::Exists(files, root / "lock");
    TM_ASSIGN_OR_RETURN(lock.file, files.Open(root / "lock", io::Access::kCreate));
    TM_RETURN_IF_ERROR(Take(*lock.file, root));
    // Whoever made the file and refused the store took it away again.
    TM_ASSIGN_OR_RETURN(const io::FileInfo info, lock.file->Stat());
    if (info.links > 0) return lock;
  }
}

Result<std::unique_ptr<io::File>> LockToLook(io::FileSystem& files,
                                             const std::filesystem::path& root) {
  auto lock = files.Open(root / "lock", io::Access::kReadWrite);
  if (!lock.has_value()) {
    const StatusCode code = lock.error().code();
    if (code == StatusCode::kNotFound || code == StatusCode::kFailedPrecondition) {
      return std::unique_ptr<io::File>();
    }
    return std::move(lock).error();
  }
  TM_RETURN_IF_ERROR(Take(**lock, root));
  return lock;
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "src/io/io.h"

namespace tidemark {

/// The lock of a store, held while the file lives.
struct StoreLock {
  std::unique_ptr<io::File> file;
  bool made = false;  ///< The file was not there before.
};

/// Takes `<root>/lock`, which a Java broker takes as well; made when it is not there.
/// Errors: kFailedPrecondition (somebody has the store open).
Result<StoreLock> LockStore(io::FileSystem& files, const std::filesystem::path& root);

/// The same without making or changing anything, for who only looks: null when there is no lock
/// file, or none that may be locked.
Result<std::unique_ptr<io::File>> LockToLook(io::FileSystem& files,
                                             const std::filesystem::path& root);

}  // namespace tidemark

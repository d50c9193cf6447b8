// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "src/io/io.h"

namespace tidemark {

/// Takes `<root>/lock`, which a Java broker takes as well; made when it is not there. Held while
/// the file lives. Errors: kFailedPrecondition (somebody has the store open).
Result<std::unique_ptr<io::File>> LockStore(io::FileSystem& files,
                                            const std::filesystem::path& root);

/// The same without making or changing anything, for who only looks: null when there is no lock
/// file, or none that may be locked.
Result<std::unique_ptr<io::File>> LockToLook(io::FileSystem& files,
                                             const std::filesystem::path& root);

}  // namespace tidemark

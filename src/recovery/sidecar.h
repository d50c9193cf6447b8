// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/io/io.h"
#include "src/recovery/snapshot.h"

namespace tidemark {

/// A file's identity as far as anybody who rewrote it would change it: size, times, inode.
std::uint64_t Fingerprint(const io::FileInfo& info);

/// `<root>/tidemark/`: snapshots and marks in two alternating files each, so that one whole one is
/// there at any instant; written in place, so that a full disk does not stop a checkpoint.
/// May be deleted while the store is closed: the next open then goes Java's way. Thread-compatible.
class Sidecar {
 public:
  static constexpr const char* kDirectory = "tidemark";

  Sidecar(io::FileSystem& files, std::filesystem::path root)
      : files_(files), directory_(std::move(root) / kDirectory) {}

  const std::filesystem::path& directory() const { return directory_; }

  struct Found {
    std::optional<Snapshot> snapshot;  ///< The newest whole one.
    std::vector<DurableMark> marks;    ///< Every whole one.
    std::vector<std::string> notes;    ///< What was found damaged.
  };
  /// Errors: kFailedPrecondition (a newer version of Tidemark wrote it).
  Result<Found> Load();

  /// Makes the directory and opens its files for writing. `found` is what Load returned.
  Status Start(const Found& found);

  /// Writes `snapshot` (its sequence is set here) over the older of the two, durably.
  Status Write(Snapshot& snapshot);
  Status WriteMark(const Id& run_id, LogOffset durable);

 private:
  struct Slots {
    std::array<std::unique_ptr<io::File>, 2> files;
    std::array<std::uint64_t, 2> allocated_bytes{};
    std::uint64_t sequence = 0;  // of the newest; its slot is sequence % 2
  };
  Status OpenSlots(const char* name, std::uint64_t bytes, Slots& slots);
  Status WriteSlot(Slots& slots, std::string_view bytes);

  io::FileSystem& files_;
  const std::filesystem::path directory_;
  Slots states_;
  Slots marks_;
};

}  // namespace tidemark

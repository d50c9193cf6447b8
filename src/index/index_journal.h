// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/index/index_change.h"
#include "tidemark/io.h"

namespace tidemark {

/// One step of the index, made durable before a byte of an index file changes. A step that was
/// written whole has happened: whoever finds it does it again.
struct IndexStep {
  std::uint64_t sequence = 0;
  LogOffset applied_to{};  ///< Every record before it has its entries once the step is done.
  IndexGeometry geometry;
  std::string remove_through;  ///< Files up to this name are removed first; "": none.
  std::string newest;          ///< The newest file with entries once the step is done; "": none.
  IndexHeader newest_header;
  std::vector<IndexChange> changes;

  friend bool operator==(const IndexStep&, const IndexStep&) = default;
};

/// The step's bytes in the journal, and back. None: they are not whole.
std::vector<std::byte> EncodeIndexStep(const IndexStep& step);
std::optional<IndexStep> DecodeIndexStep(std::span<const std::byte> bytes);

/// The last two steps, in two files that are written in turn: `<path>-0` and `<path>-1`. A step
/// torn by a power cut leaves the one before it, which had been done to the end by then.
/// Thread-compatible.
class IndexJournal {
 public:
  /// `files` outlives the journal.
  IndexJournal(io::FileSystem& files, const std::filesystem::path& path);

  /// The newest whole step, if any. Later steps go on from its sequence number.
  Result<std::optional<IndexStep>> Load();

  /// Makes `step` durable; gives it the next sequence number. On an error it may or may not be
  /// found by Load: the next Write takes its place.
  Status Write(IndexStep& step);

  /// Makes durable what Load found: what a killed process wrote may be read back and yet not be on
  /// the device.
  Status WriteAgain(const IndexStep& step);

  /// Removes both files, durably.
  Status Discard();

 private:
  io::FileSystem& files_;
  std::array<std::filesystem::path, 2> paths_;
  std::uint64_t sequence_ = 0;  ///< Of the last step.
  bool names_durable_ = false;
};

}  // namespace tidemark

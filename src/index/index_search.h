// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/index/index_change.h"
#include "src/index/index_file.h"
#include "src/index/pending_keys.h"

namespace tidemark {

/// One index file as readers see it.
struct IndexFileState {
  std::string name;
  IndexHeader header;
  /// Committed, but perhaps not in the file's bytes yet: covers them.
  std::shared_ptr<const IndexChange> change;
};

/// One look-up of RocketMQ's index: at most `max` entries with the hash, stored in `range`,
/// collected from the newest file to the oldest and in each from the newest entry to the oldest.
class IndexSearch {
 public:
  IndexSearch(const IndexGeometry& geometry, std::int32_t key_hash, TimeRange range,
              std::int32_t max);

  /// Goes through the pending entries as if they were in files already: the first ones behind those
  /// of `newest`, the newest file with entries (null: there is none), the others in files that
  /// follow it. First call of all.
  void SearchPending(const PendingKeys& pending, const IndexFileState* newest);

  /// Goes through one file; to be called from the newest to the oldest until done().
  Status SearchFile(io::FileSystem& files, const std::filesystem::path& directory,
                    const IndexFileState& state);

  /// Nothing in older files can be wanted.
  bool done() const { return done_; }
  std::vector<LogOffset> TakeFound() && { return std::move(found_); }

 private:
  bool Full() const { return static_cast<std::int64_t>(found_.size()) >= max_; }
  bool Overlaps(const IndexHeader& header) const;
  bool Visit(const IndexHeader& header, std::int32_t key_hash, std::int32_t seconds,
             LogOffset record);
  void Leave(const IndexHeader& header);

  const IndexGeometry geometry_;
  const std::int32_t key_hash_;
  const TimeRange range_;
  const std::int32_t max_;
  std::vector<LogOffset> found_;
  bool done_ = false;
  /// What the newest file's header will say with the pending entries that fit into it, and whether
  /// its chain ended among them.
  bool newest_pending_ = false;
  IndexHeader newest_header_;
  bool newest_ended_ = false;
};

}  // namespace tidemark

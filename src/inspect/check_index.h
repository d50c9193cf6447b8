// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/format/check.h"
#include "src/index/index_file.h"
#include "src/inspect/findings.h"
#include "src/io/io.h"

namespace tidemark {

/// Whether the index has the keys of the log's records, in the order of the records as it was
/// written, and whether each file's chains reach every entry. Record by record in log order, then
/// Finish. Memory: eight bytes a slot. Thread-bound.
class IndexCheck {
 public:
  IndexCheck(io::FileSystem& files, std::filesystem::path directory, const IndexGeometry& geometry,
             LogOffset log_min, LogOffset log_end, Findings& findings, VerifyReport& report);

  Status Start();
  Status Record(const Checked& checked);
  /// The log is damaged here: entries may point to records that were there.
  void Hole(LogOffset to) { hole_end_ = to; }
  Status Finish();

 private:
  struct Head {
    IndexEntry entry;
    std::int32_t number = 0;
  };

  /// Makes head_ the next entry, going on to the next file when one is through.
  Status Advance();
  Status OpenNext();
  Status CloseFile();
  Result<IndexEntry> EntryAt(std::int32_t number);
  void CheckChain();
  void CheckPlace(const Checked& checked);
  void Stray(std::string text);
  Finding MakeFinding(std::int64_t position, std::string text) const;

  io::FileSystem& files_;
  const std::filesystem::path directory_;
  const IndexGeometry geometry_;
  const LogOffset log_min_;
  const LogOffset log_end_;
  Findings& findings_;
  VerifyReport& report_;

  std::vector<std::string> names_;
  std::size_t next_name_ = 0;
  std::optional<IndexFile> file_;
  std::string name_;
  IndexHeader header_;
  std::vector<std::int32_t> newest_;  ///< By slot: the newest entry met of the open file.
  std::vector<std::byte> buffer_;
  std::int32_t buffer_first_ = 0;
  std::optional<Head> head_;
  LogOffset hole_end_{};
  std::vector<std::int32_t> wanted_;

  std::uint64_t lacking_ = 0;
  std::uint64_t behind_ = 0;
  std::uint64_t strays_ = 0;
  std::uint64_t chains_ = 0;
};

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "benchmarks/plain_file.h"
#include "tidemark/message.h"
#include "tidemark/status.h"

namespace tidemark::bench {

/// The least that a durable log with group commit does: records are copied into a buffer; the first
/// who waits writes it behind what is written, syncs, and wakes who was covered. Never two syncs at
/// once. Writes go to blocks that were written before, from the start again at the file's end.
/// No queues, no bounds, no recovery. Thread-safe.
class FloorCommit {
 public:
  static Result<std::unique_ptr<FloorCommit>> Create(const std::filesystem::path& path,
                                                     std::uint64_t file_bytes);

  /// Appends the records of `messages` as one piece; returns when they are on the device.
  Status Append(std::span<const Message> messages);

  std::uint64_t syncs() const { return done_; }

 private:
  FloorCommit(std::unique_ptr<PlainFile> file, std::uint64_t file_bytes);
  /// With the mutex held: writes and syncs the open buffer.
  void Lead(std::unique_lock<std::mutex>& lock);

  static constexpr std::size_t kBufferBytes = 16 << 20;

  const std::unique_ptr<PlainFile> file_;
  const std::uint64_t file_bytes_;
  std::uint64_t written_ = 0;  ///< Only whoever leads.

  std::mutex mutex_;
  std::condition_variable covered_[2];  ///< Those who wait for an odd and an even commit.
  PlainMemory buffers_[2];
  std::size_t filled_ = 0;   ///< Bytes in the open buffer, which is that of commit open_.
  std::uint64_t open_ = 1;   ///< The commit that takes what is appended now.
  std::uint64_t done_ = 0;   ///< The last commit that is on the device.
  int waiting_[2] = {0, 0};  ///< Sleepers for an odd and an even commit.
  bool leading_ = false;
  Status failure_;
};

}  // namespace tidemark::bench

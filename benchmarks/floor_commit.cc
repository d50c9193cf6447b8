// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/floor_commit.h"

#include "benchmarks/plain_record.h"

namespace tidemark::bench {

Result<std::unique_ptr<FloorCommit>> FloorCommit::Create(const std::filesystem::path& path,
                                                         std::uint64_t file_bytes) {
  auto file = PlainFile::Open(path, PlainFile::Mode::kCreate);
  if (!file.has_value()) return file.error();
  if (Status status = (*file)->WriteZeroes(file_bytes); !status.ok()) return status;
  return std::unique_ptr<FloorCommit>(new FloorCommit(*std::move(file), file_bytes));
}

FloorCommit::FloorCommit(std::unique_ptr<PlainFile> file, std::uint64_t file_bytes)
    : file_(std::move(file)),
      file_bytes_(file_bytes),
      buffers_{PlainMemory(kBufferBytes), PlainMemory(kBufferBytes)} {}

Status FloorCommit::Append(std::span<const Message> messages) {
  std::uint32_t crcs[64];
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    crcs[i % 64] = PlainBodyCrc(messages[i].body);
    bytes += PlainRecordBytes(messages[i]);
  }
  if (messages.size() > 64 || bytes > kBufferBytes / 64) {
    return Status(StatusCode::kInvalidArgument, "the floor's buffer is too small for this batch");
  }

  std::unique_lock lock(mutex_);
  const std::uint64_t mine = open_;
  std::byte* to = buffers_[mine & 1].data() + filled_;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    to = EncodePlain(messages[i], crcs[i], {.log_offset = static_cast<std::int64_t>(filled_)}, to);
  }
  filled_ += bytes;
  while (done_ < mine && failure_.ok()) {
    if (!leading_) {
      Lead(lock);
      continue;
    }
    ++waiting_[mine & 1];
    covered_[mine & 1].wait(lock);
    --waiting_[mine & 1];
  }
  return failure_;
}

void FloorCommit::Lead(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  const std::uint64_t commit = open_++;
  const std::span<const std::byte> bytes = buffers_[commit & 1].span().first(filled_);
  filled_ = 0;
  lock.unlock();

  if (written_ + bytes.size() > file_bytes_) written_ = 0;
  Status status = file_->Write(written_, bytes);
  written_ += bytes.size();
  if (status.ok()) status = file_->Sync();

  lock.lock();
  leading_ = false;
  done_ = commit;
  if (!status.ok()) failure_ = std::move(status);
  // The next leader first: waking takes longer than a write.
  if (waiting_[open_ & 1] > 0) covered_[open_ & 1].notify_one();
  if (waiting_[commit & 1] > 0) covered_[commit & 1].notify_all();
}

}  // namespace tidemark::bench

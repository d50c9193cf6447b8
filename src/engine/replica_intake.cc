// SPDX-License-Identifier: Apache-2.0
#include "src/engine/replica_intake.h"

#include <algorithm>

#include "src/base/byte_order.h"
#include "src/format/check.h"
#include "src/format/properties.h"
#include "src/format/record.h"

namespace tidemark {

Status ReplicaIntake::RefuseAppend() {
  return FailedPrecondition(
      "the store is a replica (StoreOptions::role): only AppendReplica adds to it");
}

Result<LogOffset> ReplicaIntake::Append(LogOffset offset, Bytes bytes) {
  MutexLock lock(mutex_);
  if (waiting_start_ < LogOffset{0}) waiting_start_ = log_.published();
  const LogOffset expected = waiting_start_ + static_cast<std::int64_t>(waiting_.size());
  if (offset != expected) {
    return OutOfRange("a slice at log offset {}, but this replica goes on at {}", ToInt(offset),
                      ToInt(expected));
  }
  waiting_.insert(waiting_.end(), bytes.data(), bytes.data() + bytes.size());
  if (Status taken = TakeRecords(); !taken.ok()) {
    // Records in front of the bad one are in the log: what follows them is to come again.
    waiting_.clear();
    waiting_start_ = log_.published();
    return taken;
  }
  return waiting_start_ + static_cast<std::int64_t>(waiting_.size());
}

Status ReplicaIntake::TakeRecords() {
  std::size_t done = 0;
  const auto finish = [&](Status result) REQUIRES(mutex_) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
    waiting_start_ = waiting_start_ + static_cast<std::int64_t>(done);
    return result;
  };
  while (waiting_.size() - done >= static_cast<std::size_t>(kBlankHeaderBytes)) {
    const std::span<const std::byte> bytes = std::span(waiting_).subspan(done);
    const LogOffset at = waiting_start_ + static_cast<std::int64_t>(done);
    const std::int64_t to_segment_end =
        log_.segments().BaseOf(at) + log_.segments().segment_bytes() - at;
    const auto size = LoadBig<std::int32_t>(bytes.data());
    if (LoadBig<std::int32_t>(bytes.data() + kRecordMagicAt) == kBlankMagic) {
      if (size != to_segment_end) {
        return finish((
            DataLoss("a filler of {} bytes at log offset {}, where {} are left of the segment: the "
                     "other store's segments have another size",
                     size, ToInt(at), to_segment_end)));
      }
      if (bytes.size() < static_cast<std::size_t>(size)) break;
      done += static_cast<std::size_t>(size);  // our own claim writes the same filler
      continue;
    }
    if (size < kRecordBytesMin || size > to_segment_end - kBlankHeaderBytes) {
      return finish((DataLoss("no record at log offset {}: a size of {}", ToInt(at), size)));
    }
    if (bytes.size() < static_cast<std::size_t>(size)) break;
    const Checked checked = CheckRecord(bytes.first(static_cast<std::size_t>(size)), {.crc = true});
    if (checked.kind != Checked::Kind::kRecord || checked.record.log_offset != at) {
      return finish((
          DataLoss("no whole record at log offset {}: {}", ToInt(at),
                   checked.kind == Checked::Kind::kRecord ? "it belongs elsewhere" : checked.why)));
    }
    if (HasSectorOfZeroes(checked.record.properties)) {
      return finish(
          DataLoss("the record at log offset {} has properties with 512 zero bytes in a row: after "
                   "a power cut they would pass for a lost sector",
                   ToInt(at)));
    }
    const std::int32_t batch_bytes = BatchBytesOf(checked.record);
    if (bytes.size() < static_cast<std::size_t>(batch_bytes)) break;
    if (Status status = append_path_.AppendRecords(bytes.first(std::max(size, batch_bytes)));
        !status.ok()) {
      return finish((std::move(status)));
    }
    done += static_cast<std::size_t>(std::max(size, batch_bytes));
  }
  return finish(Status());
}

}  // namespace tidemark

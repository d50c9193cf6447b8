// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/store_leg.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "benchmarks/plain_record.h"
#include "benchmarks/try.h"

namespace tidemark::bench {

StoreOptions DefaultOptions(const Scale& scale) {
  StoreOptions options;
  options.sizes = scale.sizes;
  options.retention.automatic = false;
  return options;
}

StoreOptions BurstOptions(const Scale& scale) {
  StoreOptions options = DefaultOptions(scale);
  options.memory_bytes_max = std::max<std::int64_t>(4 << 20, 2 * scale.burst_bytes);
  options.write_behind_bytes_max = std::int64_t{1} << 30;
  options.unsynced_bytes_max = std::int64_t{1} << 30;
  options.sync_interval = std::chrono::minutes(10);
  options.checkpoint_log_bytes = std::int64_t{1} << 40;
  options.checkpoint_interval = std::chrono::hours(1);
  return options;
}

Status Fill(Store& store, const Messages& messages, std::uint64_t count) {
  for (std::uint64_t n = 0; n < count; ++n) {
    auto at = store.Append(messages.At(n), Durability::kMemory);
    if (!at.has_value()) return at.error();
  }
  return {};
}

Status StoreLeg::SetUp(const std::filesystem::path& directory) {
  directory_ = directory;
  return Open();
}

Status StoreLeg::Open() {
  auto store = Store::Open(directory_, options_);
  if (!store.has_value()) return store.error();
  store_ = *std::move(store);
  note_ = store_->DescribeIo();
  return {};
}

Status StoreLeg::Close() {
  if (store_ == nullptr) return {};
  BENCH_TRY(store_->Close());
  store_.reset();
  return {};
}

Status StoreLeg::TearDown() {
  return Close();
}

Status CheckEncoding(const std::filesystem::path& directory) {
  auto store = Store::Open(directory);
  if (!store.has_value()) return store.error();
  const Messages messages(1000, 3);
  for (std::uint64_t n = 0; n < 6; ++n) {
    const Message message = messages.At(n);
    auto at = (*store)->Append(message, Durability::kMemory);
    if (!at.has_value()) return at.error();
    auto batch = (*store)->FindByLogOffset(at->log_offset);
    if (!batch.has_value()) return batch.error();
    const Bytes ours = (*batch)[0].record();
    std::vector<std::byte> plain(PlainRecordBytes(message));
    EncodePlain(
        message, PlainBodyCrc(message.body),
        {ToInt(at->log_offset), ToInt(at->queue_offset), at->store_time.time_since_epoch().count()},
        plain.data());
    if (ours.size() != plain.size() || std::memcmp(ours.data(), plain.data(), plain.size()) != 0 ||
        !CheckPlain(ours.data())) {
      return Status(StatusCode::kDataLoss,
                    "the limit legs write other bytes than the store: mend plain_record.cc");
    }
  }
  return (*store)->Close();
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#include "src/commitlog/block_checksums.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

#include "src/base/byte_order.h"
#include "src/base/check.h"
#include "src/segment/segmented_file.h"

namespace tidemark {
namespace {

constexpr std::size_t kSegmentsInMemory = 16;
constexpr std::uint64_t kUnknown = 0;

constexpr std::size_t kEntryBytes = 16;

std::uint64_t SealOf(std::uint64_t hash, LogOffset block) {
  const std::uint64_t sealed[] = {hash, static_cast<std::uint64_t>(ToInt(block))};
  return XXH3_64bits(sealed, sizeof(sealed));
}

/// What the file says of one block.
struct Entry {
  explicit Entry(const char* from)
      : hash(LoadLittle<std::uint64_t>(reinterpret_cast<const std::byte*>(from))),
        seal(LoadLittle<std::uint64_t>(reinterpret_cast<const std::byte*>(from + 8))) {}
  bool empty() const { return hash == 0 && seal == 0; }
  bool Fits(LogOffset block) const { return seal == SealOf(hash, block); }

  std::uint64_t hash;
  std::uint64_t seal;
};

/// A block whose hash happens to be the mark for "unknown" gets another.
std::uint64_t Known(std::uint64_t hash) {
  return hash == kUnknown ? 1 : hash;
}

}  // namespace

struct BlockChecksums::Hash {
  Hash() { Reset(); }
  ~Hash() { XXH3_freeState(state); }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  void Reset() { XXH3_64bits_reset(state); }
  XXH3_state_t* const state = XXH3_createState();
};

BlockChecksums::BlockChecksums(io::FileSystem& files, std::filesystem::path directory,
                               std::int64_t segment_bytes)
    : files_(files),
      directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      hash_(std::make_unique<Hash>()) {}

BlockChecksums::~BlockChecksums() = default;

std::filesystem::path BlockChecksums::PathOf(LogOffset base) const {
  return directory_ / SegmentName(base);
}

std::int64_t BlockChecksums::BlockBytesAt(std::int64_t position) const {
  return std::min(kBlockBytes, segment_bytes_ - position / kBlockBytes * kBlockBytes);
}

std::size_t BlockChecksums::BlocksBelow(LogOffset base, LogOffset end) const {
  const std::int64_t covered = std::clamp<std::int64_t>(end - base, 0, segment_bytes_);
  // The last block of a segment is shorter: it counts when all of the segment is there.
  const std::int64_t rounded = covered == segment_bytes_ ? kBlockBytes - 1 : 0;
  return static_cast<std::size_t>((covered + rounded) / kBlockBytes);
}

Status BlockChecksums::Reset() {
  MutexLock lock(mutex_);
  segments_.clear();
  auto listed = files_.List(directory_);
  if (!listed.has_value()) {
    return listed.error().code() == StatusCode::kNotFound ? Status() : listed.error();
  }
  if (listed->empty()) return {};
  for (const io::DirectoryEntry& entry : *listed) {
    TM_RETURN_IF_ERROR(files_.Remove(directory_ / entry.name));
  }
  return io::SyncDirectory(files_, directory_);
}

void BlockChecksums::Start(LogOffset end) {
  MutexLock lock(mutex_);
  TM_CHECK((end - BaseOf(end)) % kBlockBytes == 0, "no block starts at {}", ToInt(end));
  position_ = end;
  saved_to_ = end;
  hash_->Reset();
}

void BlockChecksums::Add(LogOffset offset, Bytes bytes) {
  MutexLock lock(mutex_);
  TM_CHECK(offset >= position_, "written at {} after {}", ToInt(offset), ToInt(position_));
  if (offset > position_) FeedZeroes(offset - position_);
  Feed(bytes);
}

void BlockChecksums::FeedZeroes(std::int64_t bytes) {
  static constexpr std::array<std::byte, 4096> kZeroes{};
  while (bytes > 0) {
    const std::int64_t now = std::min<std::int64_t>(bytes, kZeroes.size());
    Feed(Bytes(kZeroes.data(), static_cast<std::size_t>(now)));
    bytes -= now;
  }
}

void BlockChecksums::Feed(Bytes bytes) {
  const std::byte* data = bytes.data();
  for (std::int64_t left = static_cast<std::int64_t>(bytes.size()); left > 0;) {
    const std::int64_t position = ToInt(position_) % segment_bytes_;
    const std::int64_t block_start = position / kBlockBytes * kBlockBytes;
    const std::int64_t block_end = block_start + BlockBytesAt(position);
    const std::int64_t now = std::min(left, block_end - position);
    XXH3_64bits_update(hash_->state, data, static_cast<std::size_t>(now));
    data += now;
    left -= now;
    position_ = position_ + now;
    if (position + now < block_end) continue;
    auto segment = Load(BaseOf(position_ + -1));
    // Without the file's older entries the block stays unknown, which is no harm.
    if (segment.has_value()) {
      (*segment)->hashes[static_cast<std::size_t>(block_start / kBlockBytes)] =
          Known(XXH3_64bits_digest(hash_->state));
    }
    hash_->Reset();
  }
}

Result<std::vector<LogOffset>> BlockChecksums::DamagedEntries(LogOffset base, LogOffset end) {
  std::vector<LogOffset> damaged;
  auto bytes = io::ReadFile(files_, PathOf(base));
  if (!bytes.has_value()) {
    if (bytes.error().code() == StatusCode::kNotFound) return damaged;
    return std::move(bytes).error();
  }
  const std::size_t count = std::min(bytes->size() / kEntryBytes, BlocksBelow(base, end));
  for (std::size_t i = 0; i < count; ++i) {
    const Entry entry(bytes->data() + i * kEntryBytes);
    if (!entry.empty() && !entry.Fits(BlockAt(base, i))) damaged.push_back(BlockAt(base, i));
  }
  return damaged;
}

Result<BlockChecksums::Segment*> BlockChecksums::Load(LogOffset base) {
  if (const auto found = segments_.find(base); found != segments_.end()) {
    found->second.used = ++uses_;
    return &found->second;
  }
  Segment segment;
  segment.hashes.resize(static_cast<std::size_t>((segment_bytes_ + kBlockBytes - 1) / kBlockBytes));
  segment.used = ++uses_;
  auto bytes = io::ReadFile(files_, PathOf(base));
  if (bytes.has_value()) {
    const std::size_t count = std::min(
        {segment.hashes.size(), bytes->size() / kEntryBytes, BlocksBelow(base, saved_to_)});
    for (std::size_t i = 0; i < count; ++i) {
      const Entry entry(bytes->data() + i * kEntryBytes);
      if (entry.Fits(BlockAt(base, i))) segment.hashes[i] = entry.hash;
    }
    segment.saved = count;
  } else if (bytes.error().code() != StatusCode::kNotFound) {
    return std::move(bytes).error();
  }
  if (segments_.size() >= kSegmentsInMemory) {
    // The one being written is always among the recently used.
    segments_.erase(std::min_element(
        segments_.begin(), segments_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  return &segments_.emplace(base, std::move(segment)).first->second;
}

Result<bool> BlockChecksums::Verify(LogOffset start, Bytes bytes) {
  const LogOffset base = BaseOf(start);
  const std::int64_t first_position = start - base;
  TM_CHECK(first_position % kBlockBytes == 0, "position {}", first_position);
  std::vector<std::uint64_t> expected;
  {
    MutexLock lock(mutex_);
    TM_ASSIGN_OR_RETURN(const Segment* const segment, Load(base));
    const auto first = segment->hashes.begin() + first_position / kBlockBytes;
    const auto count = (static_cast<std::int64_t>(bytes.size()) + kBlockBytes - 1) / kBlockBytes;
    expected.assign(first, first + count);
  }
  bool all_known = true;
  std::int64_t position = first_position;
  for (const std::uint64_t hash : expected) {
    const std::int64_t block = BlockBytesAt(position);
    const std::int64_t offset = position - first_position;
    if (hash == kUnknown || offset + block > static_cast<std::int64_t>(bytes.size())) {
      all_known = false;
    } else if (Known(XXH3_64bits(bytes.data() + offset, static_cast<std::size_t>(block))) != hash) {
      return DataLoss(
          "segment {}: bytes [{}, {}) are not those that were written; run `tidemark store verify`",
          SegmentName(base), position, position + block);
    }
    position += block;
  }
  return all_known;
}

Status BlockChecksums::Save(LogOffset durable) {
  struct Change {
    LogOffset base;
    std::size_t first;  // block
    std::string bytes;
  };
  std::vector<Change> changed;
  {
    MutexLock lock(mutex_);
    for (auto& [base, segment] : segments_) {
      const std::size_t blocks = BlocksBelow(base, durable);
      if (blocks <= segment.saved) continue;
      std::string bytes((blocks - segment.saved) * kEntryBytes, '\0');
      bool any = false;
      for (std::size_t i = segment.saved; i < blocks; ++i) {
        if (segment.hashes[i] == kUnknown) continue;
        any = true;
        auto* entry =
            reinterpret_cast<std::byte*>(bytes.data()) + (i - segment.saved) * kEntryBytes;
        StoreLittle(entry, segment.hashes[i]);
        StoreLittle(entry + 8, SealOf(segment.hashes[i], BlockAt(base, i)));
      }
      if (!any) continue;
      changed.push_back({base, segment.saved, std::move(bytes)});
    }
  }
  if (changed.empty()) return {};
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, directory_));
  for (const auto& [base, first, bytes] : changed) {
    TM_ASSIGN_OR_RETURN(const auto file, files_.Open(PathOf(base), io::Access::kCreate));
    TM_RETURN_IF_ERROR(io::WriteAll(*file, first * kEntryBytes, std::as_bytes(std::span(bytes))));
    TM_RETURN_IF_ERROR(file->Sync());
    MutexLock lock(mutex_);
    if (const auto segment = segments_.find(base); segment != segments_.end()) {
      segment->second.saved = first + bytes.size() / kEntryBytes;
    }
  }
  TM_RETURN_IF_ERROR(io::SyncDirectory(files_, directory_));
  MutexLock lock(mutex_);
  saved_to_ = std::max(saved_to_, durable);
  return {};
}

Status BlockChecksums::DropBefore(LogOffset first) {
  {
    MutexLock lock(mutex_);
    segments_.erase(segments_.begin(), segments_.lower_bound(first));
  }
  auto listed = files_.List(directory_);
  if (!listed.has_value()) {
    return listed.error().code() == StatusCode::kNotFound ? Status() : listed.error();
  }
  for (const io::DirectoryEntry& entry : *listed) {
    if (entry.name < SegmentName(first)) TM_RETURN_IF_ERROR(files_.Remove(directory_ / entry.name));
  }
  return {};
}

}  // namespace tidemark

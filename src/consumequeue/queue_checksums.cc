// SPDX-License-Identifier: Apache-2.0
#include "src/consumequeue/queue_checksums.h"

#include <xxhash.h>

#include <utility>

#include "src/base/little_endian.h"

namespace tidemark {
namespace {

constexpr std::string_view kMagic = "TMQSUM01";
constexpr std::size_t kEntryBytesMin = 2 + 4 + 8 + 8;
constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 30;

std::uint64_t Hash(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

std::string QueueChecksums::Encode() const {
  LittleWriter out;
  out.PutBytes(std::as_bytes(std::span(kMagic)));
  out.Put(static_cast<std::uint64_t>(entries_.size()));
  for (const auto& [key, entry] : entries_) {
    out.PutText(key.topic);
    out.Put(key.queue);
    out.Put(key.base);
    out.Put(entry.hash);
  }
  out.Put(Hash(out.bytes()));
  return {reinterpret_cast<const char*>(out.bytes().data()), out.bytes().size()};
}

std::optional<QueueChecksums::Entries> QueueChecksums::Decode(std::string_view text) {
  constexpr std::size_t kHashBytes = sizeof(std::uint64_t);
  if (text.size() < kMagic.size() + kHashBytes || !text.starts_with(kMagic)) return std::nullopt;
  const std::span bytes = std::as_bytes(std::span(text));
  const std::span hashed = bytes.first(bytes.size() - kHashBytes);
  if (Hash(hashed) != LoadLittle<std::uint64_t>(hashed.data() + hashed.size())) return std::nullopt;
  LittleReader in(hashed.subspan(kMagic.size()));
  Entries entries;
  for (auto left = in.GetCount<std::uint64_t>(kEntryBytesMin); left > 0; --left) {
    Key key;
    key.topic = in.GetText();
    key.queue = in.Get<std::int32_t>();
    key.base = in.Get<std::int64_t>();
    entries.emplace(std::move(key), Entry{in.Get<std::uint64_t>(), false});
  }
  if (!in.done()) return std::nullopt;
  return entries;
}

Result<bool> QueueChecksums::Load() {
  const auto read = io::ReadFile(files_, path_, kFileBytesMax);
  if (!read.has_value()) {
    if (read.error().code() == StatusCode::kNotFound) return true;
    return read.error();
  }
  auto entries = Decode(*read);
  if (!entries.has_value()) return false;
  MutexLock lock(mutex_);
  entries_ = *std::move(entries);
  return true;
}

Status QueueChecksums::Reset() {
  MutexLock lock(mutex_);
  entries_.clear();
  changed_ = false;
  if (path_.empty() || !io::Exists(files_, path_)) return {};
  TM_RETURN_IF_ERROR(files_.Remove(path_));
  return io::SyncDirectory(files_, path_.parent_path());
}

Status QueueChecksums::Save() {
  std::string content;
  {
    MutexLock lock(mutex_);
    if (!std::exchange(changed_, false) || path_.empty()) return {};
    content = Encode();
  }
  Status saved = io::ReplaceFile(files_, path_, content);
  if (!saved.ok()) {
    MutexLock lock(mutex_);
    changed_ = true;
  }
  return saved;
}

QueueChecksums::State QueueChecksums::StateOf(TopicQueue queue, std::int64_t base) const {
  MutexLock lock(mutex_);
  if (entries_.empty()) return State::kUnknown;
  const auto found = entries_.find({std::string(queue.topic), queue.queue, base});
  if (found == entries_.end()) return State::kUnknown;
  return found->second.sound ? State::kSound : State::kUnchecked;
}

void QueueChecksums::Put(TopicQueue queue, std::int64_t base, Bytes bytes) {
  if (path_.empty()) return;
  const std::uint64_t hash = Hash(bytes.span());
  MutexLock lock(mutex_);
  entries_[{std::string(queue.topic), queue.queue, base}] = {hash, true};
  changed_ = true;
}

bool QueueChecksums::Agrees(TopicQueue queue, std::int64_t base, Bytes bytes) {
  const std::uint64_t hash = Hash(bytes.span());
  MutexLock lock(mutex_);
  const auto found = entries_.find({std::string(queue.topic), queue.queue, base});
  if (found == entries_.end()) return true;  // dropped meanwhile
  if (found->second.hash != hash) return false;
  found->second.sound = true;
  return true;
}

void QueueChecksums::Drop(TopicQueue queue, std::int64_t from, std::int64_t to) {
  MutexLock lock(mutex_);
  const std::string topic(queue.topic);
  const auto first = entries_.lower_bound({topic, queue.queue, from});
  const auto last = entries_.lower_bound({topic, queue.queue, to});
  if (first == last) return;
  entries_.erase(first, last);
  changed_ = true;
}

}  // namespace tidemark

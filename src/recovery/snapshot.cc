// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/snapshot.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "src/base/little_endian.h"
#include "src/consumequeue/unit.h"

namespace tidemark {
namespace {

constexpr std::string_view kStateMagic = "TMSTATE1";
constexpr std::string_view kStateFamily = "TMSTATE";
constexpr std::string_view kMarkMagic = "TMMARK01";
constexpr std::size_t kStateHashAt = 64;
constexpr std::size_t kStateHeaderBytes = kStateHashAt + 8;
constexpr std::size_t kQueueBytesMin = 2 + 4 + 8 + 8 + 8;
constexpr std::size_t kSealBytesMin = 2 + 8;
constexpr std::size_t kMarkHashAt = 56;
constexpr std::size_t kMarkBytes = kMarkHashAt + 8;

std::uint64_t Hash(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

void PutId(const Id& id, LittleWriter& out) {
  out.PutBytes(std::as_bytes(std::span(id)));
}

Id GetId(LittleReader& in) {
  Id id{};
  const std::byte* from = in.Take(id.size());
  if (from != nullptr) std::memcpy(id.data(), from, id.size());
  return id;
}

/// Whether what is computed from the numbers stays in range, whoever wrote them.
bool IsPossible(const Snapshot& snapshot) {
  constexpr std::int64_t kMax = std::int64_t{1} << 62;
  constexpr std::int64_t kFileBytesMax = std::int64_t{1} << 31;
  const auto is_file_size = [](std::int64_t bytes) { return bytes > 0 && bytes < kFileBytesMax; };
  return is_file_size(snapshot.segment_bytes) && is_file_size(snapshot.queue_file_bytes) &&
         snapshot.index_slots > 0 && snapshot.index_entries > 0 &&
         snapshot.log_first >= LogOffset{0} && snapshot.log_first <= snapshot.checkpoint &&
         snapshot.checkpoint <= LogOffset{kMax} && snapshot.unsynced_bytes_max >= 0 &&
         snapshot.unsynced_bytes_max <= kMax / 4 &&
         std::all_of(snapshot.queues.begin(), snapshot.queues.end(), [](const auto& queue) {
           return queue.queue >= 0 && queue.min >= QueueOffset{0} && queue.max >= QueueOffset{0} &&
                  queue.max <= QueueOffset{kMax / kUnitBytes};
         });
}

std::string AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string ToHex(const Id& id) {
  std::string out;
  for (const std::uint8_t byte : id) out += Format("{:02x}", byte);
  return out;
}

Id NewId(io::Machine& machine) {
  const std::int64_t made_of[] = {machine.clock().Wall().count(),
                                  machine.clock().Monotonic().count(), machine.ProcessId()};
  const XXH128_hash_t hash = XXH3_128bits(made_of, sizeof(made_of));
  Id id;
  static_assert(sizeof(hash) == sizeof(id));
  std::memcpy(id.data(), &hash, sizeof(id));
  return id;
}

std::string EncodeSnapshot(const Snapshot& snapshot) {
  LittleWriter payload;
  payload.Put(snapshot.segment_bytes);
  payload.Put(snapshot.queue_file_bytes);
  payload.Put(snapshot.index_slots);
  payload.Put(snapshot.index_entries);
  payload.Put(ToInt(snapshot.checkpoint));
  payload.Put(ToInt(snapshot.log_first));
  payload.Put(snapshot.unsynced_bytes_max);
  payload.Put(static_cast<std::int64_t>(snapshot.last_store_time.time_since_epoch().count()));
  payload.Put(static_cast<std::uint8_t>(snapshot.sealed ? 1 : 0));
  payload.Put(static_cast<std::uint64_t>(snapshot.queues.size()));
  for (const QueueSnapshot& queue : snapshot.queues) {
    payload.PutText(queue.topic);
    payload.Put(queue.queue);
    payload.Put(ToInt(queue.min));
    payload.Put(ToInt(queue.max));
    payload.Put(queue.file_print);
  }
  payload.Put(static_cast<std::uint64_t>(snapshot.files.size()));
  for (const FileSeal& file : snapshot.files) {
    payload.PutText(file.path);
    payload.Put(file.print);
  }

  LittleWriter out;
  out.Reserve(kStateHeaderBytes + payload.bytes().size());
  out.PutBytes(std::as_bytes(std::span(kStateMagic)));
  out.Put(snapshot.sequence);
  PutId(snapshot.store_id, out);
  PutId(snapshot.run_id, out);
  out.Put(static_cast<std::uint64_t>(payload.bytes().size()));
  out.Put(Hash(payload.bytes()));
  out.Put(Hash(out.bytes()));
  out.PutBytes(payload.bytes());
  return AsText(out.bytes());
}

Result<Snapshot> DecodeSnapshot(std::string_view text) {
  const std::span bytes = std::as_bytes(std::span(text));
  if (bytes.size() < kStateHeaderBytes) return DataLoss("{} bytes hold no snapshot", bytes.size());
  LittleReader header(bytes.first(kStateHeaderBytes).subspan(kStateMagic.size()));
  Snapshot snapshot;
  snapshot.sequence = header.Get<std::uint64_t>();
  snapshot.store_id = GetId(header);
  snapshot.run_id = GetId(header);
  const auto payload_bytes = header.Get<std::uint64_t>();
  const auto payload_hash = header.Get<std::uint64_t>();
  const auto header_hash = header.Get<std::uint64_t>();
  if (!text.starts_with(kStateFamily) || header_hash != Hash(bytes.first(kStateHashAt))) {
    return DataLoss("the header is damaged");
  }
  if (!text.starts_with(kStateMagic)) {
    return FailedPrecondition("written by a newer version of Tidemark");
  }
  if (bytes.size() - kStateHeaderBytes < payload_bytes) {
    return DataLoss("{} bytes of {} are there", bytes.size() - kStateHeaderBytes, payload_bytes);
  }
  const std::span payload = bytes.subspan(kStateHeaderBytes, payload_bytes);
  if (Hash(payload) != payload_hash) return DataLoss("the payload is damaged");

  LittleReader in(payload);
  snapshot.segment_bytes = in.Get<std::int64_t>();
  snapshot.queue_file_bytes = in.Get<std::int64_t>();
  snapshot.index_slots = in.Get<std::int32_t>();
  snapshot.index_entries = in.Get<std::int32_t>();
  snapshot.checkpoint = LogOffset{in.Get<std::int64_t>()};
  snapshot.log_first = LogOffset{in.Get<std::int64_t>()};
  snapshot.unsynced_bytes_max = in.Get<std::int64_t>();
  snapshot.last_store_time = WallTime(std::chrono::milliseconds(in.Get<std::int64_t>()));
  snapshot.sealed = in.Get<std::uint8_t>() != 0;
  snapshot.queues.resize(in.GetCount<std::uint64_t>(kQueueBytesMin));
  for (QueueSnapshot& queue : snapshot.queues) {
    queue.topic = in.GetText();
    queue.queue = in.Get<std::int32_t>();
    queue.min = QueueOffset{in.Get<std::int64_t>()};
    queue.max = QueueOffset{in.Get<std::int64_t>()};
    queue.file_print = in.Get<std::uint64_t>();
  }
  snapshot.files.resize(in.GetCount<std::uint64_t>(kSealBytesMin));
  for (FileSeal& file : snapshot.files) {
    file.path = in.GetText();
    file.print = in.Get<std::uint64_t>();
  }
  if (!in.done()) return DataLoss("the payload does not add up");
  if (!IsPossible(snapshot)) return DataLoss("the payload holds numbers that cannot be");
  return snapshot;
}

std::string EncodeMark(const DurableMark& mark) {
  LittleWriter out;
  out.PutBytes(std::as_bytes(std::span(kMarkMagic)));
  out.Put(mark.sequence);
  PutId(mark.run_id, out);
  out.Put(ToInt(mark.durable));
  PutId(Id{}, out);
  out.Put(Hash(out.bytes()));
  return AsText(out.bytes());
}

Result<DurableMark> DecodeMark(std::string_view text) {
  if (text.size() < kMarkBytes || !text.starts_with(kMarkMagic)) return DataLoss("no mark");
  const std::span bytes = std::as_bytes(std::span(text));
  LittleReader in(bytes.first(kMarkBytes).subspan(kMarkMagic.size()));
  DurableMark mark;
  mark.sequence = in.Get<std::uint64_t>();
  mark.run_id = GetId(in);
  mark.durable = LogOffset{in.Get<std::int64_t>()};
  GetId(in);
  if (in.Get<std::uint64_t>() != Hash(bytes.first(kMarkHashAt))) {
    return DataLoss("the mark is damaged");
  }
  return mark;
}

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/snapshot.h"

#include <xxhash.h>

#include <cstring>

#include "src/base/byte_order.h"

namespace tidemark {
namespace {

constexpr std::string_view kStateMagic = "TMSTATE1";
constexpr std::string_view kStateFamily = "TMSTATE";
constexpr std::string_view kMarkMagic = "TMMARK01";
constexpr std::size_t kStateHeaderBytes = 72;
constexpr std::size_t kMarkBytes = 64;

std::uint64_t Hash(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

class Writer {
 public:
  template <typename T>
  void Put(T value) {
    std::byte raw[sizeof(T)];
    StoreLittle(raw, value);
    out_.append(reinterpret_cast<const char*>(raw), sizeof(T));
  }
  void PutText(std::string_view text) {
    Put(static_cast<std::uint16_t>(text.size()));
    out_.append(text);
  }
  void PutRaw(std::string_view raw) { out_.append(raw); }
  void PutId(const Id& id) { out_.append(reinterpret_cast<const char*>(id.data()), id.size()); }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Never reads past the end: afterwards `ok()` tells whether everything asked for was there.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <typename T>
  T Get() {
    if (left_.size() < sizeof(T)) return Fail(), T{};
    const T value = LoadLittle<T>(reinterpret_cast<const std::byte*>(left_.data()));
    left_.remove_prefix(sizeof(T));
    return value;
  }
  std::string GetText() {
    const auto size = Get<std::uint16_t>();
    if (left_.size() < size) return Fail(), std::string();
    std::string text(left_.substr(0, size));
    left_.remove_prefix(size);
    return text;
  }
  Id GetId() {
    Id id{};
    if (left_.size() < id.size()) return Fail(), id;
    std::memcpy(id.data(), left_.data(), id.size());
    left_.remove_prefix(id.size());
    return id;
  }
  bool ok() const { return ok_; }
  bool done() const { return left_.empty(); }

 private:
  void Fail() {
    ok_ = false;
    left_ = {};
  }
  std::string_view left_;
  bool ok_ = true;
};

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
  Writer payload;
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
  const std::string body = payload.Take();

  Writer out;
  out.PutRaw(kStateMagic);
  out.Put(snapshot.sequence);
  out.PutId(snapshot.store_id);
  out.PutId(snapshot.run_id);
  out.Put(static_cast<std::uint64_t>(body.size()));
  out.Put(Hash(body));
  std::string bytes = out.Take();
  Writer check;
  check.Put(Hash(bytes));
  return bytes + check.Take() + body;
}

Result<Snapshot> DecodeSnapshot(std::string_view bytes) {
  if (bytes.size() < kStateHeaderBytes) return DataLoss("{} bytes hold no snapshot", bytes.size());
  Reader header(bytes.substr(kStateMagic.size(), kStateHeaderBytes - kStateMagic.size()));
  Snapshot snapshot;
  snapshot.sequence = header.Get<std::uint64_t>();
  snapshot.store_id = header.GetId();
  snapshot.run_id = header.GetId();
  const auto payload_bytes = header.Get<std::uint64_t>();
  const auto payload_hash = header.Get<std::uint64_t>();
  const auto header_hash = header.Get<std::uint64_t>();
  if (!bytes.starts_with(kStateFamily) || header_hash != Hash(bytes.substr(0, 64))) {
    return DataLoss("the header is damaged");
  }
  if (!bytes.starts_with(kStateMagic)) {
    return FailedPrecondition("written by a newer version of Tidemark");
  }
  if (bytes.size() - kStateHeaderBytes < payload_bytes) {
    return DataLoss("{} bytes of {} are there", bytes.size() - kStateHeaderBytes, payload_bytes);
  }
  const std::string_view payload = bytes.substr(kStateHeaderBytes, payload_bytes);
  if (Hash(payload) != payload_hash) return DataLoss("the payload is damaged");

  Reader in(payload);
  snapshot.segment_bytes = in.Get<std::int64_t>();
  snapshot.queue_file_bytes = in.Get<std::int64_t>();
  snapshot.index_slots = in.Get<std::int32_t>();
  snapshot.index_entries = in.Get<std::int32_t>();
  snapshot.checkpoint = LogOffset{in.Get<std::int64_t>()};
  snapshot.log_first = LogOffset{in.Get<std::int64_t>()};
  snapshot.unsynced_bytes_max = in.Get<std::int64_t>();
  snapshot.last_store_time = WallTime(std::chrono::milliseconds(in.Get<std::int64_t>()));
  snapshot.sealed = in.Get<std::uint8_t>() != 0;
  for (auto left = in.Get<std::uint64_t>(); left > 0 && in.ok(); --left) {
    QueueSnapshot queue;
    queue.topic = in.GetText();
    queue.queue = in.Get<std::int32_t>();
    queue.min = QueueOffset{in.Get<std::int64_t>()};
    queue.max = QueueOffset{in.Get<std::int64_t>()};
    queue.file_print = in.Get<std::uint64_t>();
    snapshot.queues.push_back(std::move(queue));
  }
  for (auto left = in.Get<std::uint64_t>(); left > 0 && in.ok(); --left) {
    FileSeal file;
    file.path = in.GetText();
    file.print = in.Get<std::uint64_t>();
    snapshot.files.push_back(std::move(file));
  }
  if (!in.ok() || !in.done()) return DataLoss("the payload does not add up");
  return snapshot;
}

std::string EncodeMark(const DurableMark& mark) {
  Writer out;
  out.PutRaw(kMarkMagic);
  out.Put(mark.sequence);
  out.PutId(mark.run_id);
  out.Put(ToInt(mark.durable));
  out.PutId(Id{});
  std::string bytes = out.Take();
  Writer check;
  check.Put(Hash(bytes));
  return bytes + check.Take();
}

Result<DurableMark> DecodeMark(std::string_view bytes) {
  if (bytes.size() < kMarkBytes || !bytes.starts_with(kMarkMagic)) return DataLoss("no mark");
  Reader in(bytes.substr(kMarkMagic.size(), kMarkBytes - kMarkMagic.size()));
  DurableMark mark;
  mark.sequence = in.Get<std::uint64_t>();
  mark.run_id = in.GetId();
  mark.durable = LogOffset{in.Get<std::int64_t>()};
  in.GetId();
  if (in.Get<std::uint64_t>() != Hash(bytes.substr(0, 56))) return DataLoss("the mark is damaged");
  return mark;
}

}  // namespace tidemark

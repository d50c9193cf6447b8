// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "tidemark/io.h"
#include "tidemark/types.h"

namespace tidemark {

/// Names one store, or one run of a process on it. Not repeated.
using Id = std::array<std::uint8_t, 16>;

/// Lower-case hex.
std::string ToHex(const Id& id);
/// Made of both clocks and the process id.
Id NewId(io::Machine& machine);

/// One queue as of a snapshot: units before `max` are in its files, synced.
struct QueueSnapshot {
  std::string topic;
  std::int32_t queue = 0;
  QueueOffset min{};
  QueueOffset max{};
  /// Of the queue's last file, in a sealed snapshot; see Fingerprint().
  std::uint64_t file_print = 0;
};

/// A file as of a sealed snapshot.
struct FileSeal {
  std::string path;  ///< Below the store's root.
  std::uint64_t print = 0;
};

/// What a checkpoint leaves behind for the next open, so that it need not look at everything.
///
/// File `tidemark/state-0` or `state-1`, little-endian:
///   0 u8[8] "TMSTATE1"; 8 u64 sequence; 16 u8[16] store id; 32 u8[16] run id; 48 u64 payload
///   bytes; 56 u64 XXH3 of the payload; 64 u64 XXH3 of bytes 0..63; 72 payload, and behind it what
///   is left of a longer one.
/// Payload: i64 segment bytes, queue file bytes; i32 index slots, entries; i64 checkpoint, log
///   first, unsynced max, last store time; u8 sealed; u64 n, n x (str topic, i32 queue, i64 min,
///   max, u64 print); u64 n, n x (str path, u64 print). str: u16 length, bytes.
struct Snapshot {
  std::uint64_t sequence = 0;
  Id store_id{};
  Id run_id{};

  std::int64_t segment_bytes = 0;
  std::int64_t queue_file_bytes = 0;
  std::int32_t index_slots = 0;
  std::int32_t index_entries = 0;

  LogOffset checkpoint{};  ///< Every record before it has its unit and index entries in files.
  LogOffset log_first{};   ///< First byte of the log: segments before it are to be gone.
  std::int64_t unsynced_bytes_max = 0;  ///< At most so many bytes were ever unsynced at once.
  WallTime last_store_time{};

  bool sealed = false;  ///< The store was closed properly after this.
  std::vector<QueueSnapshot> queues;
  std::vector<FileSeal> files;
};

std::string EncodeSnapshot(const Snapshot& snapshot);
/// Errors: kDataLoss (torn, damaged, or no snapshot at all), kFailedPrecondition (a newer version).
Result<Snapshot> DecodeSnapshot(std::string_view bytes);

/// How far the log was durable, written about once a second between snapshots.
///
/// File `tidemark/mark-0` or `mark-1`, 4096 bytes of which 64 are used, little-endian: 0 u8[8]
/// "TMMARK01"; 8 u64 sequence; 16 u8[16] run id; 32 i64 durable; 40 u8[16] zero; 56 u64 XXH3 of
/// bytes 0..55.
struct DurableMark {
  std::uint64_t sequence = 0;
  Id run_id{};
  LogOffset durable{};
};

std::string EncodeMark(const DurableMark& mark);
Result<DurableMark> DecodeMark(std::string_view bytes);

}  // namespace tidemark

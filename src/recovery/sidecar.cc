// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/sidecar.h"

#include <xxhash.h>

#include <algorithm>

namespace tidemark {
namespace {

constexpr const char* kStateName = "state-";
constexpr const char* kMarkName = "mark-";
constexpr std::uint64_t kStateBytesFirst = 64 << 10;
constexpr std::uint64_t kMarkBytes = 4096;

}  // namespace

std::uint64_t Fingerprint(const io::FileInfo& info) {
  const std::uint64_t fields[] = {info.size_bytes, static_cast<std::uint64_t>(info.modified_ns),
                                  static_cast<std::uint64_t>(info.changed_ns), info.inode};
  return XXH3_64bits(fields, sizeof(fields));
}

Result<Sidecar::Found> Sidecar::Load() {
  Found found;
  for (int slot = 0; slot < 2; ++slot) {
    const auto path = directory_ / (kStateName + std::to_string(slot));
    auto bytes = io::ReadFile(files_, path, 1u << 30);
    if (!bytes.has_value()) {
      if (bytes.error().code() != StatusCode::kNotFound) return std::move(bytes).error();
      continue;
    }
    // A slot that was made but never written.
    if (std::all_of(bytes->begin(), bytes->end(), [](char c) { return c == 0; })) continue;
    auto snapshot = DecodeSnapshot(*bytes);
    if (!snapshot.has_value() && snapshot.error().code() == StatusCode::kFailedPrecondition) {
      return FailedPrecondition(
          "{}: {}; open the store with that version, or delete {} to have it recovered as RocketMQ "
          "would",
          path.string(), snapshot.error().message(), directory_.string());
    }
    if (!snapshot.has_value()) {
      found.notes.push_back(
          Format("{} is not used: {}", path.string(), snapshot.error().message()));
    } else if (!found.snapshot.has_value() || found.snapshot->sequence < snapshot->sequence) {
      found.snapshot = *std::move(snapshot);
    }
  }
  for (int slot = 0; slot < 2; ++slot) {
    auto bytes = io::ReadFile(files_, directory_ / (kMarkName + std::to_string(slot)));
    if (!bytes.has_value()) {
      if (bytes.error().code() != StatusCode::kNotFound) return std::move(bytes).error();
      continue;
    }
    if (auto mark = DecodeMark(*bytes); mark.has_value()) found.marks.push_back(*mark);
  }
  return found;
}

Status Sidecar::Start(const Found& found) {
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, directory_));
  TM_RETURN_IF_ERROR(OpenSlots(kStateName, kStateBytesFirst, states_));
  TM_RETURN_IF_ERROR(OpenSlots(kMarkName, kMarkBytes, marks_));
  TM_RETURN_IF_ERROR(io::SyncDirectory(files_, directory_));
  if (found.snapshot.has_value()) states_.sequence = found.snapshot->sequence;
  for (const DurableMark& mark : found.marks) {
    marks_.sequence = std::max(marks_.sequence, mark.sequence);
  }
  return {};
}

Status Sidecar::OpenSlots(const char* name, std::uint64_t bytes, Slots& slots) {
  for (std::size_t slot = 0; slot < 2; ++slot) {
    TM_ASSIGN_OR_RETURN(slots.files[slot], files_.Open(directory_ / (name + std::to_string(slot)),
                                                       io::Access::kCreate));
    TM_ASSIGN_OR_RETURN(const io::FileInfo info, slots.files[slot]->Stat());
    slots.allocated_bytes[slot] = info.size_bytes;
    if (info.size_bytes < bytes) {
      TM_RETURN_IF_ERROR(slots.files[slot]->Allocate(0, bytes));
      TM_RETURN_IF_ERROR(slots.files[slot]->Sync());
      slots.allocated_bytes[slot] = bytes;
    }
  }
  return {};
}

Status Sidecar::WriteSlot(Slots& slots, std::string_view bytes) {
  const std::size_t slot = (slots.sequence + 1) % 2;
  io::File& file = *slots.files[slot];
  if (bytes.size() > slots.allocated_bytes[slot]) {
    // Twice what is needed, so that growing is rare.
    TM_RETURN_IF_ERROR(file.Allocate(0, 2 * bytes.size()));
    slots.allocated_bytes[slot] = 2 * bytes.size();
  }
  TM_RETURN_IF_ERROR(io::WriteAll(file, 0, std::as_bytes(std::span(bytes))));
  TM_RETURN_IF_ERROR(file.Sync());
  ++slots.sequence;
  return {};
}

Status Sidecar::Write(Snapshot& snapshot) {
  snapshot.sequence = states_.sequence + 1;
  return WriteSlot(states_, EncodeSnapshot(snapshot));
}

Status Sidecar::WriteMark(const Id& run_id, LogOffset durable) {
  return WriteSlot(marks_, EncodeMark({marks_.sequence + 1, run_id, durable}));
}

}  // namespace tidemark

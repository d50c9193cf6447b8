// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "src/format/dispatch.h"
#include "src/format/layout.h"
#include "tidemark/types.h"

namespace tidemark {

/// The fields of a record, decoded; texts and bytes are views into the buffer it was read from.
struct Record {
  Bytes bytes;  ///< The whole record.
  Bytes body;
  std::string_view topic;
  std::string_view properties;  ///< Encoded.
  LogOffset log_offset{};       ///< The stored one; compare it with where the record was found.
  QueueOffset queue_offset{};
  LogOffset prepared_transaction_offset{};
  WallTime born_time{};
  WallTime store_time{};
  HostAddress born_host;
  HostAddress store_host;
  std::int32_t magic = 0;
  std::int32_t queue = 0;
  std::int32_t flag = 0;
  std::int32_t sys_flag = 0;
  std::int32_t reconsume_times = 0;
  std::uint32_t body_crc = 0;

  std::int32_t size() const { return static_cast<std::int32_t>(bytes.size()); }
  /// Where the body starts in the record.
  std::int32_t header_bytes() const {
    return static_cast<std::int32_t>(body.data() - bytes.data());
  }
};

struct CheckOptions {
  bool crc = true;  ///< Compare checksums (checkCRCOnRecover).
  bool force_crc_property =
      false;  ///< The one of the CRC property, not the body's (forceVerifyPropCRC).
};

/// What CheckRecord found.
struct Checked {
  enum class Kind : std::uint8_t {
    kRecord,       ///< A whole, sound record.
    kBlank,        ///< The filler at a segment's end: the log goes on in the next segment.
    kBad,          ///< No record: the end of the log, or damage.
    kWrongLength,  ///< The parts do not add up to the record's size; Java stops here as well.
  };
  Kind kind = Kind::kBad;
  std::int32_t size = 0;  ///< The size field; 0 for kBad. That of a blank is not checked.
  std::string_view why;   ///< What is wrong, for kBad and kWrongLength. Static.
  Record record;          ///< For kRecord.
  DispatchView dispatch;  ///< For kRecord.
};

/// Checks one record exactly as Java's recovery does (CommitLog.checkMessageAndReturnSize of 5.3.3
/// without duplicationEnable): what it takes and what it refuses decides where the log ends.
/// `bytes` runs from the record's start to the end of what may be read, normally the segment's;
/// nothing outside is touched. The record's stored log offset is not compared with anything.
Checked CheckRecord(std::span<const std::byte> bytes, const CheckOptions& options);

/// Decodes a record that was checked before, for readers: bounds only, no checksums, no look into
/// properties. `bytes` may go on behind the record. None: no record with consistent lengths.
std::optional<Record> DecodeRecord(std::span<const std::byte> bytes);

/// The bytes of the batch that starts with this record, it included; 0 when none does. A record
/// that was copied out of a batch, by whomever, starts none: the property names its log offset.
std::int32_t BatchBytesOf(const Record& record);

}  // namespace tidemark

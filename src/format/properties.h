// SPDX-License-Identifier: Apache-2.0
#pragma once

// Properties of a record: entries `name 0x01 value 0x02`, UTF-8, nothing escaped. The last 0x02 may
// be missing (RocketMQ 4.9.1 to 5.1.4). Read as Java reads: text between two 0x02 is an entry when
// its first 0x01 has at least one byte on either side, and is nothing otherwise; further 0x01
// belong to the value; of several entries with one name the last counts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/message.h"
#include "tidemark/status.h"

namespace tidemark {

inline constexpr char kPropertyNameEnd = '\x01';
inline constexpr char kPropertyEnd = '\x02';

inline constexpr std::string_view kPropertyKeys = "KEYS";
inline constexpr std::string_view kPropertyTags = "TAGS";
inline constexpr std::string_view kPropertyUniqueKey = "UNIQ_KEY";
inline constexpr std::string_view kPropertyDelay = "DELAY";
inline constexpr std::string_view kPropertyInnerNumber = "INNER_NUM";
inline constexpr std::string_view kPropertyInnerBase = "INNER_BASE";
inline constexpr std::string_view kPropertyLmqNames = "INNER_MULTI_DISPATCH";
inline constexpr std::string_view kPropertyLmqOffsets = "INNER_MULTI_QUEUE_OFFSET";
inline constexpr std::string_view kPropertyCrc = "__CRC32#";
/// Ours: on the first record of a batch; layout in record.h.
inline constexpr std::string_view kPropertyBatch = "__TIDEMARK_BATCH";

/// Walks the entries of encoded properties in stored order, duplicates included. Thread-bound.
class PropertyCursor {
 public:
  explicit PropertyCursor(std::string_view encoded) : rest_(encoded) {}

  /// False at the end. Both views point into the encoded text.
  bool Next(Property& property);

  /// What lies behind the entry that Next gave.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// The value of `name`; of several the last.
std::optional<std::string_view> FindProperty(std::string_view encoded, std::string_view name);

/// The bytes that `name 0x01 value 0x02` takes.
constexpr std::size_t PropertyBytes(std::string_view name, std::string_view value) {
  return name.size() + value.size() + 2;
}

/// Writes the entry to `to`, which has PropertyBytes bytes, and returns where it ends.
char* WriteProperty(char* to, std::string_view name, std::string_view value);

/// Adds the entry to encoded properties, and the separator in front if it is missing.
void AppendProperty(std::string& encoded, std::string_view name, std::string_view value);

/// Whether the text holds a byte that would end a name or a value.
bool HasPropertySeparator(std::string_view text);

/// Whether the text holds so many zero bytes in a row that they may fill a sector of the disk:
/// recovery takes that for a sector that a power cut lost.
bool HasSectorOfZeroes(std::string_view text);

/// The properties that decide how a record is stored and found. Empty: the record has none (entries
/// without a value do not exist). Views point into what was scanned.
struct KnownProperties {
  std::string_view keys;
  std::string_view tags;
  std::string_view unique_key;
  std::string_view delay;
  std::string_view inner_number;
  std::string_view inner_base;
  std::string_view lmq_names;
  std::string_view lmq_offsets;
  std::string_view crc;
  std::string_view batch;

  /// The place of the known property with this name, or nullptr for another name.
  std::string_view* Find(std::string_view name);
};

/// One pass over encoded properties.
KnownProperties ScanProperties(std::string_view encoded);

}  // namespace tidemark

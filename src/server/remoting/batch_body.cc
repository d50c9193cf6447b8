// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/batch_body.h"

#include <limits>

#include "src/server/remoting/byte_cursor.h"

namespace tidemark::remoting {
namespace {

constexpr std::size_t kFixedBytes = 4 + 4 + 4 + 4 + 4 + 2;

/// `bytes` is the entry behind its size.
Result<BatchEntry> DecodeEntry(Bytes bytes) {
  ByteCursor cursor(bytes);
  BatchEntry entry;
  TM_ASSIGN_OR_RETURN([[maybe_unused]] const Bytes magic_and_crc, cursor.Take(8));
  TM_ASSIGN_OR_RETURN(entry.flag, cursor.Integer<std::int32_t>());
  TM_ASSIGN_OR_RETURN(entry.body, cursor.Counted<std::int32_t>());
  TM_ASSIGN_OR_RETURN(const Bytes properties, cursor.Counted<std::int16_t>());
  if (cursor.left() > 0) return InvalidArgument("{} bytes are left over", cursor.left());
  entry.properties = properties.text();
  return entry;
}

}  // namespace

Result<std::vector<BatchEntry>> DecodeBatchBody(Bytes body, std::size_t entries_max) {
  std::vector<BatchEntry> entries;
  ByteCursor cursor(body);
  while (cursor.left() > 0) {
    if (entries.size() == entries_max) {
      return InvalidArgument("a batch of more than {} messages", entries_max);
    }
    const std::string_view where = "message of a batch";
    const auto size = cursor.Integer<std::int32_t>();
    if (!size.has_value()) return Prefix(where, size.error());
    const auto bytes = cursor.Take(std::int64_t{*size} - 4);
    if (!bytes.has_value()) return Prefix(where, bytes.error());
    auto entry = DecodeEntry(*bytes);
    if (!entry.has_value()) return Prefix(where, entry.error());
    entries.push_back(*entry);
  }
  if (entries.empty()) return InvalidArgument("a batch without messages");
  return entries;
}

Result<std::string> EncodeBatchBody(const std::vector<BatchEntry>& entries) {
  std::string out;
  for (const BatchEntry& entry : entries) {
    if (entry.properties.size() > std::numeric_limits<std::int16_t>::max()) {
      return InvalidArgument("{} bytes of properties; at most 32767 fit", entry.properties.size());
    }
    const std::size_t size = kFixedBytes + entry.body.size() + entry.properties.size();
    if (out.size() + size > std::numeric_limits<std::int32_t>::max()) {
      return InvalidArgument("a batch of more than 2 GiB");
    }
    AppendBig(&out, static_cast<std::int32_t>(size));
    AppendBig(&out, std::int32_t{0});
    AppendBig(&out, std::int32_t{0});
    AppendBig(&out, entry.flag);
    AppendBig(&out, static_cast<std::int32_t>(entry.body.size()));
    out += entry.body.text();
    AppendBig(&out, static_cast<std::int16_t>(entry.properties.size()));
    out += entry.properties;
  }
  return out;
}

}  // namespace tidemark::remoting

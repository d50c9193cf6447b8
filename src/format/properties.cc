// SPDX-License-Identifier: Apache-2.0
#include "src/format/properties.h"

#include <algorithm>
#include <cstring>

namespace tidemark {

bool PropertyCursor::Next(Property& property) {
  while (!rest_.empty()) {
    const std::string_view segment = rest_.substr(0, rest_.find(kPropertyEnd));
    rest_.remove_prefix(std::min(segment.size() + 1, rest_.size()));
    const std::size_t name_end = segment.find(kPropertyNameEnd);
    if (name_end == std::string_view::npos || name_end == 0 || name_end + 1 == segment.size())
      continue;
    property.name = segment.substr(0, name_end);
    property.value = segment.substr(name_end + 1);
    return true;
  }
  return false;
}

std::optional<std::string_view> FindProperty(std::string_view encoded, std::string_view name) {
  std::optional<std::string_view> found;
  PropertyCursor cursor(encoded);
  for (Property property; cursor.Next(property);) {
    if (property.name == name) found = property.value;
  }
  return found;
}

char* WriteProperty(char* to, std::string_view name, std::string_view value) {
  std::memcpy(to, name.data(), name.size());
  to += name.size();
  *to++ = kPropertyNameEnd;
  std::memcpy(to, value.data(), value.size());
  to += value.size();
  *to++ = kPropertyEnd;
  return to;
}

void AppendProperty(std::string& encoded, std::string_view name, std::string_view value) {
  if (!encoded.empty() && encoded.back() != kPropertyEnd) encoded += kPropertyEnd;
  encoded += name;
  encoded += kPropertyNameEnd;
  encoded += value;
  encoded += kPropertyEnd;
}

bool HasPropertySeparator(std::string_view text) {
  bool found = false;
  for (const char c : text) found |= c == kPropertyNameEnd || c == kPropertyEnd;
  return found;
}

bool HasSectorOfZeroes(std::string_view text) {
  constexpr std::size_t kSectorBytes = 512;
  for (std::size_t at = text.find('\0'); at != std::string_view::npos; at = text.find('\0', at)) {
    const std::size_t end = std::min(text.find_first_not_of('\0', at), text.size());
    if (end - at >= kSectorBytes) return true;
    at = end;
  }
  return false;
}

std::string_view* KnownProperties::Find(std::string_view name) {
  // The length first: most names of applications end here.
  switch (name.size()) {
    case kPropertyKeys.size():
      if (name == kPropertyKeys) return &keys;
      return name == kPropertyTags ? &tags : nullptr;
    case kPropertyDelay.size():
      return name == kPropertyDelay ? &delay : nullptr;
    case kPropertyUniqueKey.size():
      if (name == kPropertyUniqueKey) return &unique_key;
      return name == kPropertyCrc ? &crc : nullptr;
    case kPropertyInnerNumber.size():
      return name == kPropertyInnerNumber ? &inner_number : nullptr;
    case kPropertyInnerBase.size():
      return name == kPropertyInnerBase ? &inner_base : nullptr;
    case kPropertyBatch.size():
      return name == kPropertyBatch ? &batch : nullptr;
    case kPropertyLmqNames.size():
      return name == kPropertyLmqNames ? &lmq_names : nullptr;
    case kPropertyLmqOffsets.size():
      return name == kPropertyLmqOffsets ? &lmq_offsets : nullptr;
    default:
      return nullptr;
  }
}

KnownProperties ScanProperties(std::string_view encoded) {
  KnownProperties known;
  PropertyCursor cursor(encoded);
  for (Property property; cursor.Next(property);) {
    if (std::string_view* place = known.Find(property.name)) *place = property.value;
  }
  return known;
}

}  // namespace tidemark

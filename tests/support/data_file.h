// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libdeflate.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"

namespace tidemark::test {

/// The content of a gzip file (below 4 GiB).
inline std::string DataFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  INFO(path);
  REQUIRE(in.good());
  const std::string packed((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  REQUIRE(packed.size() > 18);
  std::uint32_t size = 0;  // gzip ends with the length, little-endian
  std::memcpy(&size, packed.data() + packed.size() - 4, 4);
  std::string content(size, '\0');
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  const libdeflate_result result = libdeflate_gzip_decompress(
      decompressor, packed.data(), packed.size(), content.data(), content.size(), nullptr);
  libdeflate_free_decompressor(decompressor);
  REQUIRE(result == LIBDEFLATE_SUCCESS);
  return content;
}

/// The pieces between separators.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The lines, each of which ends with a newline.
inline std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines = Split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace tidemark::test

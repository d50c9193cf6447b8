// SPDX-License-Identifier: Apache-2.0
#include "src/config/config_seal.h"

#include <xxhash.h>

#include <array>

#include "src/base/byte_order.h"

namespace tidemark {
namespace {

constexpr std::size_t kSealedBytes = 16;
using Bytes24 = std::array<std::byte, kSealedBytes + 8>;

std::uint64_t HashOf(std::string_view content) {
  return XXH3_64bits(content.data(), content.size());
}

}  // namespace

Result<std::optional<bool>> ConfigSeal::Fits(std::string_view content) const {
  const auto read = io::ReadFile(files_, path_);
  if (!read.has_value()) {
    if (read.error().code() == StatusCode::kNotFound) return std::optional<bool>();
    return read.error();
  }
  const auto* seal = reinterpret_cast<const std::byte*>(read->data());
  if (read->size() != sizeof(Bytes24) ||
      LoadLittle<std::uint64_t>(seal + kSealedBytes) != XXH3_64bits(seal, kSealedBytes)) {
    return std::optional<bool>();
  }
  const std::uint64_t hash = HashOf(content);
  return std::optional(hash == LoadLittle<std::uint64_t>(seal) ||
                       hash == LoadLittle<std::uint64_t>(seal + 8));
}

Status ConfigSeal::Write(std::string_view content, std::string_view before) const {
  TM_RETURN_IF_ERROR(io::CreateDirectories(files_, path_.parent_path()));
  Bytes24 seal;
  StoreLittle(seal.data(), HashOf(content));
  StoreLittle(seal.data() + 8, HashOf(before));
  StoreLittle(seal.data() + kSealedBytes, XXH3_64bits(seal.data(), kSealedBytes));
  return io::ReplaceFile(files_, path_, {reinterpret_cast<const char*>(seal.data()), seal.size()});
}

}  // namespace tidemark

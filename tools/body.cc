// SPDX-License-Identifier: Apache-2.0
#include "tools/body.h"

#include <libdeflate.h>
#include <lz4frame.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <zstd.h>

#include <array>
#include <memory>
#include <vector>

namespace tidemark::tool {
namespace {

constexpr std::size_t kPlainBytesMax = 1u << 30;

std::optional<std::string> Inflate(Bytes body) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  for (std::size_t room = 4 * body.size() + 256; room <= kPlainBytesMax; room *= 4) {
    std::string plain(room, '\0');
    std::size_t bytes = 0;
    const auto result = libdeflate_zlib_decompress(inflater.get(), body.data(), body.size(),
                                                   plain.data(), plain.size(), &bytes);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) continue;
    if (result != LIBDEFLATE_SUCCESS) return std::nullopt;
    plain.resize(bytes);
    return plain;
  }
  return std::nullopt;
}

std::optional<std::string> FromLz4(Bytes body) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) return std::nullopt;
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> context(
      made, LZ4F_freeDecompressionContext);
  std::string plain;
  std::vector<char> piece(1 << 16);
  for (std::size_t at = 0; at < body.size();) {
    std::size_t out = piece.size();
    std::size_t in = body.size() - at;
    const std::size_t result =
        LZ4F_decompress(context.get(), piece.data(), &out, body.data() + at, &in, nullptr);
    if (LZ4F_isError(result) != 0 || plain.size() + out > kPlainBytesMax) return std::nullopt;
    if (in == 0 && out == 0) return std::nullopt;
    plain.append(piece.data(), out);
    at += in;
  }
  return plain;
}

std::optional<std::string> FromZstd(Bytes body) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  std::string plain;
  std::vector<char> piece(1 << 16);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  std::size_t left = 1;
  while (in.pos < in.size) {
    ZSTD_outBuffer out{piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left) != 0 || plain.size() + out.pos > kPlainBytesMax) return std::nullopt;
    plain.append(piece.data(), out.pos);
  }
  while (left != 0) {
    ZSTD_outBuffer out{piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left) != 0 || plain.size() + out.pos > kPlainBytesMax) return std::nullopt;
    if (out.pos == 0) return std::nullopt;  // a frame without its end
    plain.append(piece.data(), out.pos);
  }
  return plain;
}

}  // namespace

std::string Sha256(Bytes bytes) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
  sha256_digest(&context, digest.size(), digest.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::optional<std::string> Plain(Bytes body, std::int32_t sys_flag) {
  switch ((sys_flag >> 8) & 7) {
    case 0:
    case 3:
      return Inflate(body);
    case 1:
      return FromLz4(body);
    case 2:
      return FromZstd(body);
    default:
      return std::nullopt;
  }
}

std::string Base64(Bytes bytes) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  base64_encode_raw(text.data(), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  base64_decode_ctx context;
  base64_decode_init(&context);
  std::string bytes(BASE64_DECODE_LENGTH(text.size()), '\0');
  std::size_t size = bytes.size();
  if (base64_decode_update(&context, &size, reinterpret_cast<std::uint8_t*>(bytes.data()),
                           text.size(), text.data()) == 0 ||
      base64_decode_final(&context) == 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace tidemark::tool

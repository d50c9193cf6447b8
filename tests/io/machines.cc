// SPDX-License-Identifier: Apache-2.0
#include "tests/io/machines.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace tidemark::test {

ScratchDirectory::ScratchDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "tidemark-io-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string_view ToString(Kind kind) {
  switch (kind) {
    case Kind::kPread:
      return "pread";
    case Kind::kIoUring:
      return "io_uring";
    case Kind::kOverlay:
      return "overlay";
  }
  return "?";
}

std::shared_ptr<io::Machine> MakeMachine(Kind kind, const std::filesystem::path& directory) {
  auto machine =
      io::ThisMachine(kind == Kind::kIoUring ? io::Path::kIoUring : io::Path::kPread, directory);
  if (!machine.has_value()) {
    std::fprintf(stderr, "skipped: %s\n", machine.error().ToString().c_str());
    return nullptr;
  }
  return kind == Kind::kOverlay ? io::OverlayMachine(*std::move(machine)) : *std::move(machine);
}

std::string Content(io::File& file, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  std::size_t got = 0;
  while (got < size) {
    const std::size_t more = REQUIRE_VALUE(
        file.ReadAt(offset + got, std::as_writable_bytes(std::span(text).subspan(got))));
    if (more == 0) break;
    got += more;
  }
  text.resize(got);
  return text;
}

AlignedBuffer::AlignedBuffer(std::size_t size)
    : memory_(static_cast<std::byte*>(std::aligned_alloc(4096, size))), size_(size) {
  REQUIRE(memory_ != nullptr);
}

}  // namespace tidemark::test

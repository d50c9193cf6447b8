// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/io/io.h"
#include "tests/support/catch.h"

namespace tidemark::test {

/// A new directory that goes with everything in it. On the build's disk unless TMPDIR says else.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// The machines that every generic test runs over.
enum class Kind { kPread, kIoUring, kOverlay };
std::string_view ToString(Kind kind);

/// The machine, or null with the reason printed when this kernel refuses it.
std::shared_ptr<io::Machine> MakeMachine(Kind kind, const std::filesystem::path& directory);

/// Each test over every machine: declares `scratch`, an empty directory, `kind`, `machine` and
/// `files`. The machine of a kind the kernel refuses is left out.
#define OVER_EACH_MACHINE()                                                 \
  ScratchDirectory scratch;                                                 \
  const Kind kind = GENERATE(Kind::kPread, Kind::kIoUring, Kind::kOverlay); \
  const auto machine = MakeMachine(kind, scratch.path());                   \
  if (machine == nullptr) return;                                           \
  INFO(ToString(kind));                                                     \
  [[maybe_unused]] io::FileSystem& files = machine->files()

inline io::WriteBuffer BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// `size` bytes of the file at `offset`, fewer at its end.
std::string Content(io::File& file, std::uint64_t offset, std::size_t size);

/// Page-aligned memory that reads past the page cache can use.
class AlignedBuffer {
 public:
  explicit AlignedBuffer(std::size_t size);
  io::ReadBuffer span() const { return {memory_.get(), size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(memory_.get()), size_}; }

 private:
  struct Freer {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Freer> memory_;
  std::size_t size_;
};

}  // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#include "src/io/io.h"
#include "src/io/posix_clock.h"
#include "src/io/posix_files.h"

namespace tidemark::io {
namespace {

class PosixMachine final : public Machine {
 public:
  FileSystem& files() override { return files_; }
  Clock& clock() override { return clock_; }
  Result<std::unique_ptr<Ring>> NewRing(RingUse, std::size_t depth) override {
    return NewInlineRing(depth);
  }
  std::string Describe() const override { return "pread/pwrite for everything"; }

 private:
  PosixFiles files_;
  PosixClock clock_;
};

}  // namespace

Result<std::shared_ptr<Machine>> ThisMachine(Path path, const std::filesystem::path&) {
  if (path == Path::kIoUring) return Unavailable("io_uring: not in this build");
  return std::shared_ptr<Machine>(std::make_shared<PosixMachine>());
}

}  // namespace tidemark::io

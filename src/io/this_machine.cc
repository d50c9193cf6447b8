// SPDX-License-Identifier: Apache-2.0
#include "src/io/io.h"
#include "src/io/posix_clock.h"
#include "src/io/posix_files.h"
#include "src/io/probe.h"
#include "src/io/uring.h"

namespace tidemark::io {
namespace {

class PosixMachine final : public Machine {
 public:
  PosixMachine(Path path, const std::filesystem::path& probe_directory) : path_(path) {
    switch (path) {
      case Path::kAuto:
        choice_ = ChoosePath(clock_, probe_directory);
        break;
      case Path::kIoUring:
        choice_ = {{true, true, true}, "io_uring for everything (asked for)"};
        break;
      case Path::kPread:
        choice_ = {{}, "pread/pwrite for everything (asked for)"};
        break;
    }
  }

  FileSystem& files() override { return files_; }
  Clock& clock() override { return clock_; }

  Result<std::unique_ptr<Ring>> NewRing(RingUse use, std::size_t depth) override {
    if (!choice_.io_uring[static_cast<std::size_t>(use)]) return NewInlineRing(depth);
    auto ring = NewUring(depth);
    // One more ring may be too much for a limit that the probe still kept.
    if (!ring.has_value() && path_ == Path::kAuto) return NewInlineRing(depth);
    return ring;
  }

  std::int64_t ProcessId() const override { return getpid(); }
  std::string Describe() const override { return choice_.reason; }

 private:
  const Path path_;
  PosixFiles files_;
  PosixClock clock_;
  PathChoice choice_;
};

}  // namespace

Result<std::shared_ptr<Machine>> ThisMachine(Path path,
                                             const std::filesystem::path& probe_directory) {
  auto machine = std::make_shared<PosixMachine>(path, probe_directory);
  if (path == Path::kIoUring) {
    TM_RETURN_IF_ERROR(NewUring(1).error());
  }
  return std::shared_ptr<Machine>(std::move(machine));
}

}  // namespace tidemark::io

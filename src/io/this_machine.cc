// SPDX-License-Identifier: Apache-2.0
#include "src/io/this_machine.h"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "src/io/io.h"
#include "src/io/path_memory.h"
#include "src/io/posix_clock.h"
#include "src/io/posix_files.h"
#include "src/io/probe.h"
#include "src/io/uring.h"

namespace tidemark::io {
namespace {

class PosixMachine final : public Machine {
 public:
  explicit PosixMachine(PathChoice choice) : choice_(std::move(choice)) {}

  FileSystem& files() override { return files_; }
  Clock& clock() override { return clock_; }

  Result<std::unique_ptr<Ring>> NewRing(RingUse use, std::size_t depth) override {
    if (!choice_.io_uring[static_cast<std::size_t>(use)]) return NewInlineRing(depth);
    return NewUring(depth);
  }

  std::int64_t ProcessId() const override { return getpid(); }
  std::string Describe() const override { return choice_.reason; }
  bool PrefersWrittenBlocks() const override { return choice_.prefers_written_blocks; }

 private:
  PosixFiles files_;
  PosixClock clock_;
  const PathChoice choice_;
};

/// Where and when a measurement in `directory` takes place.
std::optional<PathMemory> Surroundings(Clock& clock, const std::filesystem::path& directory) {
  PathMemory now;
  struct stat raw;
  utsname system;
  if (stat(directory.c_str(), &raw) != 0 || uname(&system) != 0) return std::nullopt;
  now.device = raw.st_dev;
  now.kernel = system.release;
  now.measured_s = std::chrono::duration_cast<std::chrono::seconds>(clock.Wall()).count();
  return now;
}

/// `to_remember` becomes what the file of the memory is to hold, if that is something new.
PathChoice Recall(const std::filesystem::path& memory, const std::filesystem::path& directory,
                  std::string* to_remember) {
  PosixFiles files;
  PosixClock clock;
  std::optional<PathMemory> now = Surroundings(clock, directory);
  if (now.has_value() && !memory.empty()) {
    const auto text = ReadFile(files, memory, 4096);
    auto then = text.has_value() ? DecodePathMemory(*text) : std::nullopt;
    if (then.has_value() && StillHolds(*then, *now)) {
      then->choice.reason += Format("; measured {} hours ago, remembered in {}",
                                    (now->measured_s - then->measured_s) / 3600, memory.string());
      return then->choice;
    }
  }
  PathChoice choice = ChoosePath(clock, directory);
  // A refusal is found out in no time, and may be lifted without a trace.
  if (now.has_value() && choice.measured) {
    now->choice = choice;
    *to_remember = EncodePathMemory(*now);
  }
  return choice;
}

}  // namespace

Result<ChosenMachine> ThisMachineFrom(const std::filesystem::path& memory, Path path,
                                      const std::filesystem::path& probe_directory) {
  ChosenMachine chosen;
  PathChoice choice;
  switch (path) {
    case Path::kAuto:
      choice = Recall(memory, probe_directory, &chosen.to_remember);
      break;
    case Path::kIoUring:
      TM_RETURN_IF_ERROR(NewUring(1).error());
      choice.io_uring.fill(true);
      choice.reason = "io_uring for everything (asked for)";
      break;
    case Path::kPread:
      choice.reason = "pread/pwrite for everything (asked for)";
      break;
  }
  chosen.machine = std::make_shared<PosixMachine>(std::move(choice));
  return chosen;
}

Result<std::shared_ptr<Machine>> ThisMachine(Path path,
                                             const std::filesystem::path& probe_directory) {
  TM_ASSIGN_OR_RETURN(ChosenMachine chosen, ThisMachineFrom({}, path, probe_directory));
  return std::move(chosen.machine);
}

}  // namespace tidemark::io

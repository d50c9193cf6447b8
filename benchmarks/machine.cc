// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/machine.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <fstream>
#include <thread>

namespace tidemark::bench {
namespace {

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string FileSystemOf(const std::filesystem::path& directory) {
  constexpr long kXfs = 0x58465342;
  constexpr long kZfs = 0x2fc12fc1;
  struct statfs info{};
  if (statfs(directory.c_str(), &info) != 0) return "unknown";
  switch (static_cast<long>(info.f_type)) {
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case kXfs:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case TMPFS_MAGIC:
      return "tmpfs (memory: durable rows mean nothing)";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlayfs";
    case kZfs:
      return "zfs";
    default:
      return fmt::format("{:#x}", static_cast<unsigned long>(info.f_type));
  }
}

}  // namespace

Machine DescribeMachine(const std::filesystem::path& directory) {
  Machine machine{.cpu = CpuModel(),
                  .cores = std::thread::hardware_concurrency(),
                  .file_system = FileSystemOf(directory)};
  utsname names{};
  if (uname(&names) == 0) machine.kernel = fmt::format("{} {}", names.sysname, names.release);
  double loads[1] = {0};
  if (getloadavg(loads, 1) == 1) machine.load = loads[0];
  return machine;
}

}  // namespace tidemark::bench

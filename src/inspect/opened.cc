// SPDX-License-Identifier: Apache-2.0
#include "src/inspect/opened.h"

#include "src/recovery/store_lock.h"

namespace tidemark {
namespace {

constexpr std::int64_t kMemoryBytes = 256 << 20;
constexpr std::size_t kBlockBytes = 1 << 20;

}  // namespace

std::string OpenedStore::NameOf(LogOffset offset) const {
  return "commitlog/" + SegmentName(log->BaseOf(offset));
}

Result<OpenedStore> OpenToLook(const std::filesystem::path& directory,
                               const InspectOptions& options, bool rebuild) {
  OpenedStore opened;
  opened.root = directory.lexically_normal();
  if (!opened.root.has_filename()) opened.root = opened.root.parent_path();
  if (opened.root.empty()) return InvalidArgument("no directory was given");

  std::shared_ptr<io::Machine> machine = options.machine;
  if (machine == nullptr) {
    TM_ASSIGN_OR_RETURN(machine, io::ThisMachine(io::Path::kPread, "."));
  }
  TM_ASSIGN_OR_RETURN(opened.lock, LockToLook(machine->files(), opened.root));
  opened.on_disk = io::OverlayMachine(machine);
  opened.recovered_machine = io::OverlayMachine(machine);
  opened.budget = std::make_unique<MemoryBudget>(kMemoryBytes, kMemoryBytes / 2, kBlockBytes);

  RecoveryOptions recovery;
  recovery.store.create_if_missing = false;
  recovery.store.read_only = true;
  recovery.store.sizes = options.sizes;
  recovery.cut_at_damage = true;
  recovery.ignore_sidecar = options.as_java;
  recovery.rebuild = rebuild;
  if (options.progress) {
    recovery.progress = [&](std::int64_t done, std::int64_t total) {
      options.progress("recovering", done, total);
    };
  }
  TM_ASSIGN_OR_RETURN(opened.recovered,
                      Recover(*opened.recovered_machine, opened.root, *opened.budget, recovery));
  TM_ASSIGN_OR_RETURN(opened.log,
                      SegmentedFile::Load(opened.on_disk->files(), opened.root / "commitlog",
                                          opened.recovered.geometry.segment_bytes));
  return opened;
}

}  // namespace tidemark

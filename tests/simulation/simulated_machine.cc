// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_machine.h"

#include <charconv>
#include <unordered_set>
#include <utility>

#include "src/base/check.h"
#include "src/io/io.h"
#include "tests/simulation/machine_core.h"

namespace tidemark::simulation {
namespace {

class SimulatedFile final : public io::File {
 public:
  SimulatedFile(std::shared_ptr<MachineCore> core, Handle handle)
      : core_(std::move(core)), handle_(std::move(handle)) {}
  ~SimulatedFile() override { core_->Close(handle_); }

  const Handle& handle() const { return handle_; }

  Result<std::size_t> ReadAt(std::uint64_t offset, io::ReadBuffer out) override {
    return core_->ReadAt(handle_, offset, out);
  }
  Result<std::size_t> WriteAt(std::uint64_t offset,
                              std::span<const io::WriteBuffer> data) override {
    return core_->WriteAt(handle_, offset, data);
  }
  Status Sync() override { return core_->Sync(handle_); }
  Status Allocate(std::uint64_t offset, std::uint64_t length) override {
    return core_->Allocate(handle_, offset, length);
  }
  // Any sector may reach the device at any time anyway.
  Status SyncFileSystem() override { return core_->SyncFileSystem(handle_); }
  Result<io::FileInfo> Stat() override { return core_->StatOpen(handle_); }
  Result<bool> TryLock() override { return core_->TryLock(handle_); }

 private:
  const std::shared_ptr<MachineCore> core_;
  const Handle handle_;
};

class SimulatedFiles final : public io::FileSystem {
 public:
  explicit SimulatedFiles(std::shared_ptr<MachineCore> core) : core_(std::move(core)) {}

  Result<std::unique_ptr<io::File>> Open(const std::filesystem::path& path,
                                         io::Access access) override {
    return Wrap(core_->Open(path.native(), access));
  }
  Result<std::unique_ptr<io::File>> CreateWhole(const std::filesystem::path& path,
                                                std::uint64_t size, io::Blocks blocks) override {
    return Wrap(core_->CreateWhole(path.native(), size, blocks));
  }
  Result<std::vector<io::DirectoryEntry>> List(const std::filesystem::path& directory) override {
    return core_->List(directory.native());
  }
  Result<io::FileInfo> Stat(const std::filesystem::path& path) override {
    return core_->Stat(path.native());
  }
  Status CreateDirectory(const std::filesystem::path& path) override {
    return core_->CreateDirectory(path.native());
  }
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return core_->Rename(from.native(), to.native());
  }
  Status Remove(const std::filesystem::path& path) override { return core_->Remove(path.native()); }
  Result<io::SpaceInfo> Space(const std::filesystem::path& path) override {
    return core_->Space(path.native());
  }

 private:
  Result<std::unique_ptr<io::File>> Wrap(Result<Handle> handle) {
    if (!handle.has_value()) return std::move(handle).error();
    return std::unique_ptr<io::File>(std::make_unique<SimulatedFile>(core_, *std::move(handle)));
  }

  const std::shared_ptr<MachineCore> core_;
};

class SimulatedRing final : public io::Ring {
 public:
  SimulatedRing(std::shared_ptr<MachineCore> core, std::uint64_t id, std::size_t depth)
      : core_(std::move(core)), id_(id), depth_(depth) {}
  ~SimulatedRing() override { core_->CloseRing(id_); }

  std::size_t Depth() const override { return depth_; }

  Status Submit(std::span<const io::Operation> operations) override {
    std::vector<const Handle*> handles;
    for (const io::Operation& operation : operations) {
      const auto* file = dynamic_cast<const SimulatedFile*>(operation.file);
      TM_CHECK(file != nullptr, "the file is of another machine");
      handles.push_back(&file->handle());
    }
    return core_->Submit(id_, operations, handles);
  }
  Result<std::size_t> Reap(std::span<io::Completion> out, std::size_t wait_for) override {
    return core_->Reap(id_, out, wait_for);
  }

 private:
  const std::shared_ptr<MachineCore> core_;
  const std::uint64_t id_;
  const std::size_t depth_;
};

/// `steps[i]` operations of chain i have taken effect, in an order that `seed` decides.
Image KillImage(Disk disk, const std::vector<Chain>& chains, std::vector<std::size_t> steps,
                std::uint64_t seed, std::int64_t time_ns) {
  Image image;
  image.killed = true;
  image.choice = "x";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    image.choice += (i == 0 ? "" : ",") + std::to_string(steps[i]);
  }
  Random random(Mix(seed) ^ disk.moment());
  std::vector<std::size_t> next(chains.size());
  while (true) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < chains.size(); ++i) {
      if (next[i] < steps[i]) open.push_back(i);
    }
    if (open.empty()) break;
    const std::size_t chain = open[random.Below(open.size())];
    const InFlight& step = chains[chain][next[chain]++];
    if (!step.sync) {
      disk.Write(step.inode, step.offset, step.data, step.operation, false, time_ns);
      continue;
    }
    std::vector<std::uint64_t> linked = step.ahead;
    for (std::size_t i = 0; i + 1 < next[chain]; ++i) linked.push_back(chains[chain][i].operation);
    disk.Sync(step.inode, {step.submitted, linked});
  }
  // The dead process waits for nothing: the next one finds all this in the page cache.
  disk.SettleAll();
  image.hash = disk.now().Hash();
  image.disk = std::move(disk);
  return image;
}

}  // namespace

void Stall::Release() {
  if (core_ != nullptr) core_->RemoveStall(id_);
}

std::size_t Stall::Waiting() const {
  return core_->Stalled(id_);
}

SimulatedMachine::SimulatedMachine(MachineOptions options)
    : SimulatedMachine(std::move(options), Disk()) {}

SimulatedMachine::SimulatedMachine(MachineOptions options, Disk disk)
    : options_(std::move(options)),
      core_(std::make_shared<MachineCore>(options_, std::move(disk))),
      files_(std::make_unique<SimulatedFiles>(core_)) {}

SimulatedMachine::~SimulatedMachine() = default;

io::FileSystem& SimulatedMachine::files() {
  return *files_;
}

VirtualClock& SimulatedMachine::clock() {
  return core_->clock();
}

Result<std::unique_ptr<io::Ring>> SimulatedMachine::NewRing(io::RingUse, std::size_t depth) {
  if (!options_.rings) return io::NewInlineRing(depth);
  TM_ASSIGN_OR_RETURN(const std::uint64_t id, core_->OpenRing(depth));
  return std::unique_ptr<io::Ring>(std::make_unique<SimulatedRing>(core_, id, depth));
}

std::string SimulatedMachine::Describe() const {
  return Format("simulated machine, seed {}", options_.seed);
}

void SimulatedMachine::Inject(Fault fault) {
  core_->Inject(std::move(fault));
}

void SimulatedMachine::ClearFaults() {
  core_->ClearFaults();
}

Stall SimulatedMachine::StallOn(Call calls, std::string pattern) {
  return Stall(core_, core_->AddStall(calls, std::move(pattern)));
}

void SimulatedMachine::SetCapacity(std::uint64_t bytes) {
  core_->SetCapacity(bytes);
}

void SimulatedMachine::SetReadOnly(bool read_only) {
  core_->SetReadOnly(read_only);
}

Status SimulatedMachine::FlipBits(const std::filesystem::path& path, std::uint64_t offset,
                                  std::byte bits) {
  return core_->FlipBits(path.native(), offset, bits);
}

std::uint64_t SimulatedMachine::operations() const {
  return core_->operations();
}

void SimulatedMachine::PowerOffAt(std::uint64_t number) {
  core_->PowerOffAt(number);
}

void SimulatedMachine::PowerOff() {
  core_->PowerOff();
}

bool SimulatedMachine::power_is_off() const {
  return core_->power_is_off();
}

void SimulatedMachine::ForEachPowerCut(const ImageLimits& limits,
                                       const std::function<bool(const Image&)>& each) const {
  Atoms(core_->AtPowerCut(), options_.seed).ForEachImage(limits, each);
}

void SimulatedMachine::ForEachKill(const ImageLimits& limits,
                                   const std::function<bool(const Image&)>& each) const {
  const auto [disk, chains] = core_->AtKill();
  const std::int64_t now = core_->clock().PeekWall().count();
  std::unordered_set<std::uint64_t> seen;
  const auto emit = [&, &disk = disk, &chains = chains](std::vector<std::size_t> steps) {
    const Image image = KillImage(disk, chains, std::move(steps), options_.seed, now);
    if (!seen.insert(image.hash).second) return true;
    return each(image) && seen.size() < limits.images;
  };
  std::vector<std::size_t> none(chains.size());
  std::vector<std::size_t> all;
  std::uint64_t ways = 1;
  const std::uint64_t ways_max = std::uint64_t{1} << limits.all_subsets_up_to;
  for (const Chain& chain : chains) {
    all.push_back(chain.size());
    ways = std::min(ways * (chain.size() + 1), ways_max + 1);
  }
  if (ways <= ways_max) {
    for (std::uint64_t way = 0; way < ways; ++way) {
      std::vector<std::size_t> steps;
      std::uint64_t left = way;
      for (const Chain& chain : chains) {
        steps.push_back(left % (chain.size() + 1));
        left /= chain.size() + 1;
      }
      if (!emit(std::move(steps))) return;
    }
    return;
  }
  if (!emit(none) || !emit(all)) return;
  Random random(Mix(options_.seed));
  for (std::size_t i = 0; i < limits.seeded_subsets; ++i) {
    std::vector<std::size_t> steps;
    for (const Chain& chain : chains) steps.push_back(random.Below(chain.size() + 1));
    if (!emit(std::move(steps))) return;
  }
}

Result<Image> SimulatedMachine::Choose(std::string_view choice) const {
  if (!choice.starts_with('x')) {
    return Atoms(core_->AtPowerCut(), options_.seed).Choose(choice);
  }
  auto [disk, chains] = core_->AtKill();
  std::vector<std::size_t> steps;
  std::string_view left = choice.substr(1);
  while (!left.empty()) {
    std::size_t step = 0;
    const auto [end, bad] = std::from_chars(left.begin(), left.end(), step);
    if (bad != std::errc() || steps.size() >= chains.size() || step > chains[steps.size()].size()) {
      return InvalidArgument("\"{}\" chooses no image of {} chains", choice, chains.size());
    }
    steps.push_back(step);
    left.remove_prefix(static_cast<std::size_t>(end - left.begin()));
    if (left.starts_with(',')) left.remove_prefix(1);
  }
  if (steps.size() != chains.size()) {
    return InvalidArgument("\"{}\" chooses no image of {} chains", choice, chains.size());
  }
  return KillImage(std::move(disk), chains, std::move(steps), options_.seed,
                   core_->clock().PeekWall().count());
}

std::unique_ptr<SimulatedMachine> SimulatedMachine::Boot(const Image& image) const {
  MachineOptions options = options_;
  options.seed = Mix(options_.seed ^ image.hash);
  options.wall = core_->clock().PeekWall() + std::chrono::seconds(5);
  if (image.killed) options.monotonic = core_->clock().PeekMonotonic() + std::chrono::seconds(5);
  return std::make_unique<SimulatedMachine>(std::move(options), image.disk);
}

std::uint64_t SimulatedMachine::Hash() const {
  return core_->disk().now().Hash();
}

Disk SimulatedMachine::disk() const {
  return core_->disk();
}

std::uint64_t SimulatedMachine::trace_hash() const {
  return core_->trace_hash();
}

std::vector<std::string> SimulatedMachine::Trace() const {
  return core_->Trace();
}

}  // namespace tidemark::simulation

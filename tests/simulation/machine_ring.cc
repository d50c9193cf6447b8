// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "src/base/check.h"
#include "tests/simulation/machine_core.h"

// The part of the machine that performs what rings have submitted.

namespace tidemark::simulation {
namespace {

Call CallOf(const io::Operation& operation) {
  switch (operation.kind) {
    case io::Operation::Kind::kRead:
      return Call::kRead;
    case io::Operation::Kind::kWrite:
      return Call::kWrite;
    case io::Operation::Kind::kSync:
      break;
  }
  return Call::kSync;
}

}  // namespace

Result<std::uint64_t> MachineCore::OpenRing(std::size_t depth) {
  MutexLock lock(mutex_);
  if (off_) return PowerIsOff();
  TM_CHECK(depth > 0, "a ring of no depth");
  if (descriptors_ >= options_.descriptors_max) {
    return ResourceExhausted("too many open files: {}", descriptors_);
  }
  ++descriptors_;
  rings_[++last_id_].depth = depth;
  return last_id_;
}

Status MachineCore::Submit(std::uint64_t ring_id, std::span<const io::Operation> operations,
                           std::span<const Handle* const> handles) {
  MutexLock lock(mutex_);
  const Moment submitted = disk_.moment();
  if (off_) return PowerIsOff();
  clock_.Tick();
  Drift();
  TM_RETURN_IF_ERROR(Count());
  RingState& ring = rings_.at(ring_id);
  const std::size_t busy = ring.in_flight.size() + ring.done.size();
  TM_CHECK(busy + operations.size() <= ring.depth, "{} operations over depth {}",
           busy + operations.size(), ring.depth);
  std::uint64_t chain = 0;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (chain == 0) chain = ++last_id_;
    ring.in_flight.push_back(
        {operations[i], *handles[i], disk_.NewOperation(), chain, submitted, {}});
    if (!operations[i].link) chain = 0;
    ++open_[handles[i]->inode];
    ++in_flight_;
    Note("submit", handles[i]->path, operations[i].offset, operations[i].size, {});
  }
  Drift();
  return off_ ? PowerIsOff() : Status();
}

bool MachineCore::Ready(const RingState& ring, std::size_t at) const {
  const RingOperation& wanted = ring.in_flight[at];
  for (std::size_t i = 0; i < at; ++i) {
    if (ring.in_flight[i].chain == wanted.chain) return false;
  }
  return stalls_.empty() || FindStall(CallOf(wanted.operation), wanted.handle.path) == 0;
}

void MachineCore::Drift() {
  while (in_flight_ > 0 && !off_ && random_.Chance(options_.ring_progress)) {
    std::vector<std::pair<RingState*, std::size_t>> ready;
    for (auto& [id, ring] : rings_) {
      for (std::size_t i = 0; i < ring.in_flight.size(); ++i) {
        if (Ready(ring, i)) ready.emplace_back(&ring, i);
      }
    }
    if (ready.empty()) return;
    const auto [ring, at] = ready[random_.Below(ready.size())];
    Perform(*ring, at);
  }
}

void MachineCore::Finish(RingState& ring, std::size_t at, io::Completion completion) {
  const auto position = ring.in_flight.begin() + static_cast<std::ptrdiff_t>(at);
  const RingOperation finished = std::move(*position);
  ring.in_flight.erase(position);
  --in_flight_;
  Note("complete", finished.handle.path, finished.operation.offset, completion.bytes,
       completion.status);
  ring.done.push_back({std::move(completion), finished.id, finished.chain});
  const auto open = open_.find(finished.handle.inode);
  if (--open->second == 0) {
    open_.erase(open);
    ForgetIfUnused(finished.handle.inode);
  }
}

void MachineCore::Perform(RingState& ring, std::size_t at) {
  RingOperation& wanted = ring.in_flight[at];
  const io::Operation operation = wanted.operation;
  const Handle handle = wanted.handle;
  const std::uint64_t id = wanted.id;
  const std::uint64_t chain = wanted.chain;
  if (operation.kind != io::Operation::Kind::kRead && !Count().ok()) return;
  const Verdict verdict = Judge(CallOf(operation), handle.path);
  io::Completion completion{operation.tag, {}, 0};
  bool whole = true;
  if (operation.kind == io::Operation::Kind::kSync) {
    completion.status = SyncNow(handle, verdict, Coverage{wanted.submitted, wanted.ahead});
  } else {
    auto moved = operation.kind == io::Operation::Kind::kRead
                     ? ReadNow(handle, operation.offset, {operation.data, operation.size}, verdict)
                     : WriteNow(handle, operation.offset, {operation.data, operation.size}, verdict,
                                id, false);
    completion.bytes = moved.value_or(0);
    whole = completion.bytes == operation.size;
    completion.status = std::move(moved).error();
  }
  whole = whole && completion.status.ok();
  Finish(ring, at, std::move(completion));
  if (!operation.link) return;
  for (std::size_t i = 0; i < ring.in_flight.size();) {
    if (ring.in_flight[i].chain != chain) {
      ++i;
    } else if (whole) {
      ring.in_flight[i++].ahead.push_back(id);
    } else {
      Finish(ring, i,
             {ring.in_flight[i].operation.tag,
              Unavailable("cancelled: an operation linked ahead did not succeed in full"), 0});
    }
  }
}

Result<std::size_t> MachineCore::Reap(std::uint64_t ring_id, std::span<io::Completion> out,
                                      std::size_t wait_for) {
  MutexLock lock(mutex_);
  if (off_) return PowerIsOff();
  clock_.Tick();
  Drift();
  RingState& ring = rings_.at(ring_id);
  TM_CHECK(wait_for <= ring.in_flight.size() + ring.done.size() && wait_for <= out.size(),
           "waiting for {} of {} operations", wait_for, ring.in_flight.size() + ring.done.size());
  while (!off_ && ring.done.size() < wait_for) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < ring.in_flight.size(); ++i) {
      if (Ready(ring, i)) ready.push_back(i);
    }
    if (ready.empty()) {
      changed_.Wait(mutex_);
    } else {
      Perform(ring, ready[random_.Below(ready.size())]);
    }
  }
  if (off_) return PowerIsOff();
  const std::size_t available = std::min(out.size(), ring.done.size());
  const std::size_t count = wait_for + random_.Below(available - wait_for + 1);
  for (std::size_t i = 0; i < count; ++i) {
    // Completions arrive in any order, but those of a chain in its own.
    const std::uint64_t chain = ring.done[random_.Below(ring.done.size())].chain;
    const auto first = std::find_if(ring.done.begin(), ring.done.end(),
                                    [&](const RingDone& done) { return done.chain == chain; });
    disk_.Settle(first->id);
    out[i] = std::move(first->completion);
    ring.done.erase(first);
  }
  return count;
}

void MachineCore::CloseRing(std::uint64_t ring_id) {
  MutexLock lock(mutex_);
  RingState& ring = rings_.at(ring_id);
  // Closing waits for what runs and cancels what does not yet.
  while (!off_ && !ring.in_flight.empty()) {
    if (Ready(ring, 0) && random_.Below(2) == 0) {
      Perform(ring, 0);
    } else {
      const std::uint64_t chain = ring.in_flight.front().chain;
      while (!ring.in_flight.empty() && ring.in_flight.front().chain == chain) {
        Finish(ring, 0, {});
      }
    }
  }
  for (const RingDone& done : ring.done) {
    if (!off_) disk_.Settle(done.id);
  }
  in_flight_ -= ring.in_flight.size();
  --descriptors_;
  rings_.erase(ring_id);
}

std::vector<Chain> MachineCore::Chains() const {
  std::vector<Chain> chains;
  for (const auto& [id, ring] : rings_) {
    std::map<std::uint64_t, std::size_t> places;
    for (const RingOperation& each : ring.in_flight) {
      if (each.operation.kind == io::Operation::Kind::kRead) continue;
      const auto [place, fresh] = places.try_emplace(each.chain, chains.size());
      if (fresh) chains.emplace_back();
      InFlight copy;
      copy.sync = each.operation.kind == io::Operation::Kind::kSync;
      copy.inode = each.handle.inode;
      copy.offset = each.operation.offset;
      if (!copy.sync)
        copy.data.assign(each.operation.data, each.operation.data + each.operation.size);
      copy.operation = each.id;
      copy.submitted = each.submitted;
      copy.ahead = each.ahead;
      chains[place->second].push_back(std::move(copy));
    }
  }
  return chains;
}

Disk MachineCore::AtPowerCut() const {
  auto [disk, chains] = AtKill();
  Random random(Mix(options_.seed) ^ disk.moment());
  std::vector<std::size_t> next(chains.size());
  while (true) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < chains.size(); ++i) {
      // What is linked behind a sync starts only after the sync: other moments show that.
      if (next[i] < chains[i].size() && !chains[i][next[i]].sync) open.push_back(i);
    }
    if (open.empty()) return disk;
    const std::size_t chain = open[random.Below(open.size())];
    const InFlight& write = chains[chain][next[chain]++];
    disk.Write(write.inode, write.offset, write.data, write.operation, false,
               clock_.PeekWall().count());
  }
}

std::pair<Disk, std::vector<Chain>> MachineCore::AtKill() const {
  MutexLock lock(mutex_);
  return {disk_, off_ ? struck_ : Chains()};
}

}  // namespace tidemark::simulation

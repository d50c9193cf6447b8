// SPDX-License-Identifier: Apache-2.0
#include "src/io/inline_ring.h"

#include <algorithm>

#include "src/base/check.h"

namespace tidemark::io {
namespace {

Completion Perform(const Operation& operation) {
  Completion completion{operation.tag, {}, 0};
  if (operation.kind == Operation::Kind::kSync) {
    completion.status = operation.file->Sync();
    return completion;
  }
  const WriteBuffer data(operation.data, operation.size);
  auto moved = operation.kind == Operation::Kind::kRead
                   ? operation.file->ReadAt(operation.offset, {operation.data, operation.size})
                   : operation.file->WriteAt(operation.offset, std::span(&data, 1));
  if (moved.has_value()) {
    completion.bytes = *moved;
  } else {
    completion.status = std::move(moved).error();
  }
  return completion;
}

class InlineRing final : public Ring {
 public:
  explicit InlineRing(std::size_t depth) : depth_(depth) {}

  std::size_t Depth() const override { return depth_; }

  Status Submit(std::span<const Operation> operations) override {
    TM_CHECK(done_.size() + operations.size() <= depth_, "{} operations over depth {}",
             done_.size() + operations.size(), depth_);
    PerformInline(operations, false, done_);
    return {};
  }

  Result<std::size_t> Reap(std::span<Completion> out, std::size_t wait_for) override {
    TM_CHECK(wait_for <= done_.size(), "waiting for {} of {} operations", wait_for, done_.size());
    TM_CHECK(wait_for <= out.size(), "waiting for {}, room for {}", wait_for, out.size());
    return TakeCompletions(done_, out);
  }

 private:
  const std::size_t depth_;
  std::deque<Completion> done_;
};

}  // namespace

void PerformInline(std::span<const Operation> operations, bool cancelled,
                   std::deque<Completion>& done) {
  for (const Operation& operation : operations) {
    done.push_back(cancelled ? Completion{operation.tag, CancelledStatus(), 0}
                             : Perform(operation));
    const bool whole = done.back().status.ok() && (operation.kind == Operation::Kind::kSync ||
                                                   done.back().bytes == operation.size);
    cancelled = operation.link && !whole;
  }
}

std::size_t TakeCompletions(std::deque<Completion>& done, std::span<Completion> out) {
  const std::size_t count = std::min(out.size(), done.size());
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = std::move(done.front());
    done.pop_front();
  }
  return count;
}

Status CancelledStatus() {
  return Unavailable("cancelled: the operation in front of it did not succeed in full");
}

std::unique_ptr<Ring> NewInlineRing(std::size_t depth) {
  return std::make_unique<InlineRing>(depth);
}

}  // namespace tidemark::io

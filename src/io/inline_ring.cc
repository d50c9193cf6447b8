// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>

#include "src/base/check.h"
#include "src/io/io.h"

namespace tidemark::io {
namespace {

class InlineRing final : public Ring {
 public:
  explicit InlineRing(std::size_t depth) : depth_(depth) {}

  std::size_t Depth() const override { return depth_; }

  Status Submit(std::span<const Operation> operations) override {
    TM_CHECK(done_.size() + operations.size() <= depth_, "{} operations over depth {}",
             done_.size() + operations.size(), depth_);
    bool cancelled = false;
    for (const Operation& operation : operations) {
      done_.push_back(cancelled ? Completion{operation.tag, Unavailable("cancelled"), 0}
                                : Perform(operation));
      const bool whole = done_.back().status.ok() && (operation.kind == Operation::Kind::kSync ||
                                                      done_.back().bytes == operation.size);
      cancelled = operation.link && (cancelled || !whole);
    }
    return {};
  }

  Result<std::size_t> Reap(std::span<Completion> out, std::size_t wait_for) override {
    TM_CHECK(wait_for <= done_.size(), "waiting for {} of {} operations", wait_for, done_.size());
    TM_CHECK(wait_for <= out.size(), "waiting for {}, room for {}", wait_for, out.size());
    const std::size_t count = std::min(out.size(), done_.size());
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = std::move(done_.front());
      done_.pop_front();
    }
    return count;
  }

  void Register(std::span<File* const>, std::span<const ReadBuffer>) override {}

 private:
  static Completion Perform(const Operation& operation) {
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

  const std::size_t depth_;
  std::deque<Completion> done_;
};

}  // namespace

std::unique_ptr<Ring> NewInlineRing(std::size_t depth) {
  return std::make_unique<InlineRing>(depth);
}

}  // namespace tidemark::io

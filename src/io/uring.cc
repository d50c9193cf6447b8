// SPDX-License-Identifier: Apache-2.0
#include "src/io/uring.h"

#include <liburing.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include "src/base/check.h"
#include "src/io/errno_status.h"
#include "src/io/inline_ring.h"
#include "src/io/posix_files.h"

namespace tidemark::io {
namespace {

/// More would not fit into one kernel call, so a link could not tell whether it succeeded in full.
constexpr std::size_t kOperationBytesMax = std::size_t{1} << 30;
constexpr std::size_t kDepthMax = 32768;

class Uring final : public Ring {
 public:
  explicit Uring(std::size_t depth) : depth_(depth), flights_(depth) {
    for (std::size_t i = depth; i > 0; --i) free_.push_back(static_cast<unsigned>(i - 1));
    prepared_.reserve(depth);
  }

  /// 0 or an errno. The ring may be used only after 0.
  int Start() {
    io_uring_params parameters{};
    // Without it the kernel stops at the first request it dislikes, maybe inside a chain.
    parameters.flags = IORING_SETUP_SUBMIT_ALL;
    int error = io_uring_queue_init_params(static_cast<unsigned>(depth_), &ring_, &parameters);
    if (error == -EINVAL) {
      parameters = {};
      error = io_uring_queue_init_params(static_cast<unsigned>(depth_), &ring_, &parameters);
    }
    started_ = error == 0;
    // Came with the plain read and write requests (Linux 5.6).
    if (started_ && (parameters.features & IORING_FEAT_RW_CUR_POS) == 0) return ENOSYS;
    return -error;
  }

  ~Uring() override {
    if (!started_) return;
    // The kernel must not write into memory that its owner thinks is free again.
    if (WaitForKernel(in_kernel_).ok()) in_kernel_ = 0;
    io_uring_queue_exit(&ring_);
  }

  std::size_t Depth() const override { return depth_; }

  Status Submit(std::span<const Operation> operations) override {
    TM_CHECK(in_kernel_ + done_.size() + operations.size() <= depth_,
             "{} operations over {} in flight, depth {}", operations.size(),
             in_kernel_ + done_.size(), depth_);
    prepared_.clear();
    std::vector<std::span<const Operation>> foreign;
    for (std::size_t start = 0; start < operations.size();) {
      std::size_t end = start + 1;
      while (operations[end - 1].link && end < operations.size()) ++end;
      const auto chain = operations.subspan(start, end - start);
      if (KernelServes(chain)) {
        for (const Operation& operation : chain) Prepare(operation, &operation != &chain.back());
      } else {
        foreign.push_back(chain);
      }
      start = end;
    }
    SubmitPrepared();
    for (const auto chain : foreign) PerformInline(chain, false, done_);
    return {};
  }

  Result<std::size_t> Reap(std::span<Completion> out, std::size_t wait_for) override {
    TM_CHECK(wait_for <= done_.size() + in_kernel_, "waiting for {} of {} operations", wait_for,
             done_.size() + in_kernel_);
    TM_CHECK(wait_for <= out.size(), "waiting for {}, room for {}", wait_for, out.size());
    if (wait_for > done_.size()) TM_RETURN_IF_ERROR(WaitForKernel(wait_for - done_.size()));
    std::size_t count = TakeCompletions(done_, out);
    io_uring_cqe* entry = nullptr;
    while (count < out.size() && in_kernel_ > 0 && io_uring_peek_cqe(&ring_, &entry) == 0) {
      const unsigned slot = static_cast<unsigned>(io_uring_cqe_get_data64(entry));
      const int outcome = entry->res;
      io_uring_cqe_seen(&ring_, entry);
      --in_kernel_;
      free_.push_back(slot);
      out[count++] = Complete(flights_[slot], outcome);
    }
    return count;
  }

 private:
  static bool KernelServes(std::span<const Operation> chain) {
    for (const Operation& operation : chain) {
      const auto* ours = dynamic_cast<const PosixFile*>(operation.file);
      if (ours == nullptr || ours->kind() == PosixFile::Kind::kCachedFile) return false;
      if (operation.size > kOperationBytesMax) return false;
    }
    return true;
  }

  /// Fills the next submission entry; SubmitPrepared hands it to the kernel.
  void Prepare(const Operation& operation, bool link) {
    auto& file = static_cast<PosixFile&>(*operation.file);
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    TM_CHECK(entry != nullptr && !free_.empty(), "depth {}, in flight {}", depth_, in_kernel_);
    const int fd = file.fd();
    const auto size = static_cast<unsigned>(operation.size);
    switch (operation.kind) {
      case Operation::Kind::kRead:
        io_uring_prep_read(entry, fd, operation.data, size, operation.offset);
        break;
      case Operation::Kind::kWrite:
        io_uring_prep_write(entry, fd, operation.data, size, operation.offset);
        break;
      case Operation::Kind::kSync:
        io_uring_prep_fsync(entry, fd,
                            file.kind() == PosixFile::Kind::kFile ? IORING_FSYNC_DATASYNC : 0);
        break;
    }
    entry->flags |= link ? IOSQE_IO_LINK : 0;
    const unsigned slot = free_.back();
    free_.pop_back();
    io_uring_sqe_set_data64(entry, slot);
    flights_[slot] = operation;
    flights_[slot].link = link;
    prepared_.push_back(slot);
  }

  void SubmitPrepared() {
    if (prepared_.empty()) return;
    int taken = 0;
    do {
      taken = io_uring_submit(&ring_);
    } while (taken == -EINTR);
    const std::size_t submitted = taken > 0 ? static_cast<std::size_t>(taken) : 0;
    in_kernel_ += submitted;
    if (submitted < prepared_.size()) PerformRefused(submitted);
  }

  /// The kernel took only the first `submitted` (it has no memory for more). The next call would
  /// start the rest of a torn chain at once, so the rest is taken back and done here.
  void PerformRefused(std::size_t submitted) {
    const unsigned head = *ring_.sq.khead;
    ring_.sq.sqe_head = ring_.sq.sqe_tail = head;
    io_uring_smp_store_release(ring_.sq.ktail, head);
    std::vector<Operation> rest;
    for (std::size_t i = submitted; i < prepared_.size(); ++i) {
      rest.push_back(flights_[prepared_[i]]);
      free_.push_back(prepared_[i]);
    }
    const bool torn = submitted > 0 && flights_[prepared_[submitted - 1]].link;
    PerformInline(rest, torn, done_);
  }

  Status WaitForKernel(std::size_t count) {
    while (io_uring_cq_ready(&ring_) < count) {
      io_uring_cqe* entry = nullptr;
      const int error = io_uring_wait_cqe_nr(&ring_, &entry, static_cast<unsigned>(count));
      if (error < 0 && error != -EINTR && error != -EAGAIN && error != -EBUSY) {
        return SystemError(-error, "io_uring_enter", "io_uring");
      }
    }
    return {};
  }

  static Completion Complete(const Operation& operation, int outcome) {
    Completion completion{operation.tag, {}, 0};
    const bool moves = operation.kind != Operation::Kind::kSync;
    if (outcome > 0 ||
        (outcome == 0 && (operation.kind != Operation::Kind::kWrite || operation.size == 0))) {
      if (moves) completion.bytes = static_cast<std::size_t>(outcome);
      return completion;
    }
    // The file's own method knows how to go on after these (and what a write of nothing means). A
    // linked one has cancelled its successor already, so its success would come too late.
    const bool try_again = outcome == 0 || outcome == -EINTR || outcome == -EAGAIN ||
                           (outcome == -EINVAL && operation.kind == Operation::Kind::kRead);
    if (try_again && !operation.link) {
      std::deque<Completion> done;
      PerformInline(std::span(&operation, 1), false, done);
      return std::move(done.front());
    }
    const auto& path = static_cast<PosixFile&>(*operation.file).path();
    if (outcome == -ECANCELED) {
      completion.status = CancelledStatus();
    } else if (!moves) {
      completion.status = SystemError(-outcome, "fdatasync by io_uring", path);
    } else {
      completion.status = SystemError(
          -outcome,
          operation.kind == Operation::Kind::kRead ? "read by io_uring" : "write by io_uring", path,
          operation.offset, operation.size);
    }
    return completion;
  }

  const std::size_t depth_;
  io_uring ring_{};
  bool started_ = false;
  std::vector<Operation> flights_;  ///< By slot: what is in the kernel.
  std::vector<unsigned> free_;      ///< Slots that are not.
  std::vector<unsigned> prepared_;  ///< Slots of this Submit, in order.
  std::size_t in_kernel_ = 0;       ///< Submitted and not reaped.
  std::deque<Completion> done_;     ///< Completed outside the kernel's ring.
};

/// The content of a one-line file below /proc, or why there is none.
std::string KernelSetting(const std::filesystem::path& path) {
  PosixFiles files;
  auto file = files.Open(path, Access::kRead);
  if (!file.has_value()) return "absent";
  std::array<std::byte, 64> text{};
  const auto got = (*file)->ReadAt(0, text);
  if (!got.has_value()) return "unreadable";
  std::string value(reinterpret_cast<const char*>(text.data()), *got);
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

Status Refusal(int error) {
  rlimit locked{};
  getrlimit(RLIMIT_MEMLOCK, &locked);
  return Unavailable(
      "io_uring_setup: {} ({}); kernel.io_uring_disabled is {}, RLIMIT_MEMLOCK is {}; allow it "
      "(sysctl, seccomp profile of the container, memory limit) or use pread",
      strerrordesc_np(error), strerrorname_np(error),
      KernelSetting("/proc/sys/kernel/io_uring_disabled"),
      locked.rlim_cur == RLIM_INFINITY ? "unlimited" : Format("{} bytes", locked.rlim_cur));
}

}  // namespace

Result<std::unique_ptr<Ring>> NewUring(std::size_t depth) {
  if (depth == 0 || depth > kDepthMax) {
    return InvalidArgument("a ring's depth is 1 to {}, not {}", kDepthMax, depth);
  }
  auto ring = std::make_unique<Uring>(depth);
  if (const int error = ring->Start(); error != 0) return Refusal(error);
  return std::unique_ptr<Ring>(std::move(ring));
}

}  // namespace tidemark::io

// SPDX-License-Identifier: Apache-2.0
#include "src/io/io.h"
#include "src/io/overlay.h"

namespace tidemark::io {
namespace {

class OverlaidMachine final : public Machine {
 public:
  explicit OverlaidMachine(std::shared_ptr<Machine> base)
      : base_(std::move(base)), files_(base_->files(), base_->clock()) {}

  FileSystem& files() override { return files_; }
  Clock& clock() override { return base_->clock(); }
  Result<std::unique_ptr<Ring>> NewRing(RingUse, std::size_t depth) override {
    return NewInlineRing(depth);
  }
  std::int64_t ProcessId() const override { return base_->ProcessId(); }
  std::string Describe() const override {
    return "changes kept in memory over: " + base_->Describe();
  }

 private:
  const std::shared_ptr<Machine> base_;
  OverlayFiles files_;
};

}  // namespace

std::shared_ptr<Machine> OverlayMachine(std::shared_ptr<Machine> base) {
  return std::make_shared<OverlaidMachine>(std::move(base));
}

}  // namespace tidemark::io

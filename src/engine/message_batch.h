// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "src/segment/block.h"
#include "tidemark/message.h"
#include "tidemark/store.h"

namespace tidemark {

struct MessageBatch::Pins {
  std::vector<BlockPin> blocks;
};

/// Fills a MessageBatch; what it pins lives as long as the batch.
class MessageBatchBuilder {
 public:
  MessageBatchBuilder() { batch_.pins_ = std::make_unique<MessageBatch::Pins>(); }

  void Add(const MessageView& message) { batch_.messages_.push_back(message); }
  /// Keeps `pin` unless the batch holds that block already.
  void Keep(BlockPin pin) {
    auto& blocks = batch_.pins_->blocks;
    if (blocks.empty() || blocks.back().get() != pin.get()) blocks.push_back(std::move(pin));
  }
  std::size_t size() const { return batch_.messages_.size(); }

  MessageBatch Take(QueueOffset next, QueueOffset min, QueueOffset max) {
    batch_.next_offset_ = next;
    batch_.min_offset_ = min;
    batch_.max_offset_ = max;
    return std::move(batch_);
  }

 private:
  MessageBatch batch_;
};

struct LogSlice::Pins {
  BlockPin block;
};

class LogSliceBuilder {
 public:
  static LogSlice Make(LogOffset offset, Bytes bytes, BlockPin pin) {
    LogSlice slice;
    slice.offset_ = offset;
    slice.bytes_ = bytes;
    slice.pins_ = std::make_unique<LogSlice::Pins>(LogSlice::Pins{std::move(pin)});
    return slice;
  }
};

}  // namespace tidemark

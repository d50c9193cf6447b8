// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/format/check.h"
#include "tidemark/message.h"

namespace tidemark {

/// Makes the public view of a record. The view borrows the record's buffer.
class MessageViewBuilder {
 public:
  static MessageView Build(const Record& record);
};

inline MessageView BuildView(const Record& record) {
  return MessageViewBuilder::Build(record);
}

}  // namespace tidemark

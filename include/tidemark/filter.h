// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/export.h"
#include "tidemark/message.h"

namespace tidemark {

/// Which messages of a queue a reader wants. Thread-compatible, cheap to copy.
class TIDEMARK_API Filter {
 public:
  /// Every message.
  Filter() = default;

  /// Whether the queue unit's tags code lets the message through; false is certain, true is not.
  bool MayMatch(std::int64_t tags_code) const;
  /// Whether the message itself does.
  bool Matches(const MessageView& message) const;

  bool all() const { return tags_.empty(); }

 private:
  friend TIDEMARK_API Filter Tags(std::string_view expression);
  std::vector<std::string> tags_;
  std::vector<std::int64_t> codes_;  ///< Of tags_, one to one.
};

/// Messages with one of the tags: "paid || void". "*" and an expression without any tag mean every
/// message.
TIDEMARK_API Filter Tags(std::string_view expression);

}  // namespace tidemark

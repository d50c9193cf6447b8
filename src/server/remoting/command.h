// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "src/server/remoting/codes.h"
#include "src/server/remoting/fields.h"
#include "tidemark/types.h"

namespace tidemark::remoting {

/// How the header is written; the number is what the frame says.
enum class HeaderEncoding : std::uint8_t {
  kJson = 0,
  kBinary = 1,  ///< RocketMQ's "ROCKETMQ".
};

inline constexpr std::int32_t kFlagResponse = 1;
inline constexpr std::int32_t kFlagOneway = 2;

/// What stands behind the header: bytes, and whatever keeps them alive. Thread-compatible.
class Body {
 public:
  Body() = default;
  /// Bytes that `owner` keeps alive, such as records in a batch of the store. They are sent as they
  /// are.
  Body(Bytes bytes, std::shared_ptr<const void> owner) : bytes_(bytes), owner_(std::move(owner)) {}
  static Body Owning(std::string content);

  Bytes bytes() const { return bytes_; }
  std::string_view text() const { return bytes_.text(); }
  bool empty() const { return bytes_.empty(); }

 private:
  Bytes bytes_;
  std::shared_ptr<const void> owner_;
};

/// A request or an answer. Thread-compatible.
struct Command {
  std::int32_t code = 0;  ///< A RequestCode or, in an answer, a ResponseCode.
  Language language = Language::kJava;
  std::int32_t version = kOurVersion;
  std::int32_t opaque = 0;  ///< Tells which request an answer belongs to.
  std::int32_t flag = 0;
  std::optional<std::string> remark;
  Fields fields;
  /// Whether a JSON header has `extFields` when there are none. Java's answers with parameters do.
  bool has_fields = false;
  HeaderEncoding encoding = HeaderEncoding::kJson;
  Body body;

  bool is_response() const { return (flag & kFlagResponse) != 0; }
  /// The sender of the request wants no answer.
  bool is_oneway() const { return (flag & kFlagOneway) != 0; }
  RequestCode request_code() const { return static_cast<RequestCode>(code); }
  ResponseCode response_code() const { return static_cast<ResponseCode>(code); }
};

/// An answer in the encoding of the request.
Command Answer(const Command& request, ResponseCode code,
               std::optional<std::string> remark = std::nullopt);

/// The answer to a request that nobody handles.
Command AnswerNotSupported(const Command& request);

/// A request of ours; `opaque` is the sender's to choose.
Command Request(RequestCode code, std::int32_t opaque);

}  // namespace tidemark::remoting

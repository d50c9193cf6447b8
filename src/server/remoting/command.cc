// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/command.h"

#include "src/base/format.h"

namespace tidemark::remoting {

Body Body::Owning(std::string content) {
  auto owner = std::make_shared<const std::string>(std::move(content));
  const Bytes bytes(*owner);
  return Body(bytes, std::move(owner));
}

Command Answer(const Command& request, ResponseCode code, std::optional<std::string> remark) {
  Command answer;
  answer.code = static_cast<std::int32_t>(code);
  answer.opaque = request.opaque;
  answer.flag = kFlagResponse;
  answer.remark = std::move(remark);
  answer.encoding = request.encoding;
  return answer;
}

Command AnswerNotSupported(const Command& request) {
  return Answer(request, ResponseCode::kRequestCodeNotSupported,
                Format(" request type {} not supported", request.code));
}

Command Request(RequestCode code, std::int32_t opaque) {
  Command request;
  request.code = static_cast<std::int32_t>(code);
  request.opaque = opaque;
  return request;
}

}  // namespace tidemark::remoting

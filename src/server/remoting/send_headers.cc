// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/send_headers.h"

namespace tidemark::remoting {

Result<SendMessageRequest> DecodeSendMessage(const Command& request) {
  switch (request.request_code()) {
    case RequestCode::kSendMessage:
    case RequestCode::kSendReplyMessage:
      return DecodeHeader<SendMessageRequest>(request.fields);
    default:
      break;
  }
  TM_ASSIGN_OR_RETURN(SendMessageRequest header,
                      DecodeHeader<SendMessageRequestV2>(request.fields));
  header.batch |= request.request_code() == RequestCode::kSendBatchMessage;
  return header;
}

}  // namespace tidemark::remoting

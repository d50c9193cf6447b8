// SPDX-License-Identifier: Apache-2.0
// Any bytes as a header of either encoding, as parameters of typed headers, and as JSON bodies.
#include <cstdint>

#include "src/base/check.h"
#include "src/server/remoting/binary_header.h"
#include "src/server/remoting/heartbeat_body.h"
#include "src/server/remoting/json_header.h"
#include "src/server/remoting/nameserver_headers.h"
#include "src/server/remoting/pull_headers.h"
#include "src/server/remoting/queue_bodies.h"
#include "src/server/remoting/send_headers.h"

namespace tidemark::remoting {
namespace {

/// What is read from parameters is read again from those it is written to.
template <typename Header>
void LookAs(const Fields& fields) {
  const auto header = DecodeHeader<Header>(fields);
  if (!header.has_value()) return;
  Command command;
  EncodeHeader(*header, &command);
  const auto again = DecodeHeader<Header>(command.fields);
  TM_CHECK(again.has_value(), "{}", again.error().message());
  Command twice;
  EncodeHeader(*again, &twice);
  TM_CHECK(twice.fields == command.fields);
}

void Look(const Result<Command>& command) {
  if (!command.has_value()) return;
  for (const Field& field : command->fields) TM_CHECK(!field.name.empty());
  LookAs<SendMessageRequest>(command->fields);
  LookAs<SendMessageRequestV2>(command->fields);
  LookAs<PullMessageRequest>(command->fields);
  LookAs<RegisterBrokerRequest>(command->fields);
  LookAs<KvConfigAnswer>(command->fields);
}

}  // namespace
}  // namespace tidemark::remoting

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemark;
  using namespace tidemark::remoting;
  const Bytes bytes(std::as_bytes(std::span(data, size)));
  Look(DecodeJsonHeader(bytes.text(), FrameLimits()));
  Look(DecodeBinaryHeader(bytes, FrameLimits()));
  if (const auto beat = HeartbeatBody::Decode(bytes.text()); beat.has_value()) {
    const auto again = HeartbeatBody::Decode(beat->Encode());
    TM_CHECK(again.has_value() && *again == *beat);
  }
  if (const auto lock = LockRequestBody::Decode(bytes.text()); lock.has_value()) {
    const auto again = LockRequestBody::Decode(lock->Encode());
    TM_CHECK(again.has_value() && again->queues == lock->queues);
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/binary_header.h"

#include <limits>

#include "src/base/java_text.h"
#include "src/server/remoting/byte_cursor.h"
#include "src/server/remoting/header_limits.h"

namespace tidemark::remoting {
namespace {

/// Requests above 16 bits, which all belong to POP: what is left of the number names them still.
std::int32_t WholeRequestCode(std::int16_t code) {
  for (const RequestCode pop :
       {RequestCode::kPopMessage, RequestCode::kAckMessage, RequestCode::kPeekMessage,
        RequestCode::kChangeMessageInvisibletime, RequestCode::kNotification,
        RequestCode::kPollingInfo, RequestCode::kPopRollback, RequestCode::kBatchAckMessage}) {
    const auto whole = static_cast<std::int32_t>(pop);
    if (static_cast<std::int16_t>(whole) == code) return whole;
  }
  return code;
}

Status ReadFields(Bytes map, const FrameLimits& limits, Command* command) {
  ByteCursor cursor(map);
  for (std::size_t count = 1; cursor.left() > 0; ++count) {
    TM_RETURN_IF_ERROR(CheckFieldCount(count, limits));
    TM_ASSIGN_OR_RETURN(const Bytes name, cursor.Counted<std::int16_t>());
    TM_ASSIGN_OR_RETURN(const Bytes value, cursor.Counted<std::int32_t>());
    if (!value.empty()) command->fields.Set(JavaDecoded(name.text()), JavaDecoded(value.text()));
  }
  command->has_fields = !map.empty();
  return {};
}

}  // namespace

Result<Command> DecodeBinaryHeader(Bytes bytes, const FrameLimits& limits) {
  ByteCursor cursor(bytes);
  Command command;
  TM_ASSIGN_OR_RETURN(const auto code, cursor.Integer<std::int16_t>());
  TM_ASSIGN_OR_RETURN(const auto language, cursor.Integer<std::uint8_t>());
  TM_ASSIGN_OR_RETURN(command.version, cursor.Integer<std::int16_t>());
  TM_ASSIGN_OR_RETURN(command.opaque, cursor.Integer<std::int32_t>());
  TM_ASSIGN_OR_RETURN(command.flag, cursor.Integer<std::int32_t>());
  TM_ASSIGN_OR_RETURN(const Bytes remark, cursor.Counted<std::int32_t>());
  TM_ASSIGN_OR_RETURN(const Bytes map, cursor.Counted<std::int32_t>());
  if (cursor.left() > 0) return InvalidArgument("{} bytes are left over", cursor.left());
  command.code = command.is_response() ? code : WholeRequestCode(code);
  command.language = LanguageOf(std::int64_t{language});
  if (!remark.empty()) {
    command.remark = CutRemark(JavaDecoded(remark.text()), limits.remark_bytes_max);
  }
  TM_RETURN_IF_ERROR(ReadFields(map, limits, &command));
  return command;
}

std::string EncodeBinaryHeader(const Command& command) {
  std::string map;
  for (const Field& field : command.fields) {
    if (field.value.empty() || field.name.size() > std::numeric_limits<std::int16_t>::max()) {
      continue;
    }
    AppendBig(&map, static_cast<std::int16_t>(field.name.size()));
    map += field.name;
    AppendBig(&map, static_cast<std::int32_t>(field.value.size()));
    map += field.value;
  }
  std::string header;
  AppendBig(&header, static_cast<std::int16_t>(command.code));
  AppendBig(&header, static_cast<std::uint8_t>(command.language));
  AppendBig(&header, static_cast<std::int16_t>(command.version));
  AppendBig(&header, command.opaque);
  AppendBig(&header, command.flag);
  const std::string remark = command.remark.value_or("");
  AppendBig(&header, static_cast<std::int32_t>(remark.size()));
  header += remark;
  AppendBig(&header, static_cast<std::int32_t>(map.size()));
  header += map;
  return header;
}

}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/json_header.h"

#include "src/base/status.h"
#include "src/server/remoting/body_json.h"
#include "src/server/remoting/header_limits.h"

namespace tidemark::remoting {
namespace {

Status ReadFields(const Json& header, const FrameLimits& limits, Command* command) {
  TM_ASSIGN_OR_RETURN(const Json* const fields, ReadObject(header, "extFields"));
  if (fields == nullptr) return {};
  command->has_fields = true;
  TM_RETURN_IF_ERROR(CheckFieldCount(fields->members()->size(), limits));
  for (const Json::Member& member : *fields->members()) {
    if (member.value.is_null()) continue;
    auto value = PlainText(member.value);
    if (!value.has_value()) {
      return InvalidArgument("parameter \"{}\" is an object or array", member.name);
    }
    command->fields.Set(member.name, *std::move(value));
  }
  return {};
}

Language ReadLanguage(const Json& header) {
  const Json* language = header.Find("language");
  if (language == nullptr) return Language::kOther;
  if (const auto number = language->integer(); number.has_value()) return LanguageOf(*number);
  return language->text() != nullptr ? LanguageOf(*language->text()) : Language::kOther;
}

}  // namespace

Result<Command> DecodeJsonHeader(std::string_view text, const FrameLimits& limits) {
  JsonReading reading;
  reading.depth_max = limits.json_depth_max;
  reading.bytes_max = limits.header_bytes_max;
  reading.lenient = true;
  TM_ASSIGN_OR_RETURN(const Json header, ParseJavaJson(text, reading));
  if (!header.is_object()) return InvalidArgument("the JSON is no object");
  Command command;
  command.version = 0;
  const Json* opaque = header.Find("opaque");
  if (opaque == nullptr || opaque->is_null()) {
    return InvalidArgument("no \"opaque\": nothing could be answered");
  }
  TM_RETURN_IF_ERROR(ReadField(header, "code", &command.code));
  TM_RETURN_IF_ERROR(ReadField(header, "flag", &command.flag));
  TM_RETURN_IF_ERROR(ReadField(header, "opaque", &command.opaque));
  TM_RETURN_IF_ERROR(ReadField(header, "version", &command.version));
  command.language = ReadLanguage(header);
  if (const Json* remark = header.Find("remark"); remark != nullptr && !remark->is_null()) {
    command.remark = CutRemark(PlainText(*remark).value_or(""), limits.remark_bytes_max);
  }
  TM_RETURN_IF_ERROR(ReadFields(header, limits, &command));
  return command;
}

std::string EncodeJsonHeader(const Command& command) {
  Json header = Json::Object();
  header.Append("code", Json::Integer(command.code));
  if (command.has_fields || !command.fields.empty()) {
    Json fields = Json::Object();
    for (const Field& field : command.fields) fields.Append(field.name, Json::Text(field.value));
    header.Append("extFields", std::move(fields));
  }
  header.Append("flag", Json::Integer(command.flag));
  header.Append("language", Json::Text(std::string(NameOf(command.language))));
  header.Append("opaque", Json::Integer(command.opaque));
  if (command.remark.has_value()) header.Append("remark", Json::Text(*command.remark));
  header.Append("serializeTypeCurrentRPC", Json::Text("JSON"));
  header.Append("version", Json::Integer(command.version));
  return WriteCompactJson(header);
}

}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#include "src/config/delay_offsets.h"

#include "src/config/json_fields.h"

namespace tidemark {

Result<DelayOffsets> DelayOffsets::Parse(std::string_view json) {
  DelayOffsets offsets;
  TM_ASSIGN_OR_RETURN(offsets.document_, ParseObject(json));
  TM_ASSIGN_OR_RETURN(offsets.version, ReadDataVersion(offsets.document_));
  TM_ASSIGN_OR_RETURN(const Json* const table, ReadObject(offsets.document_, "offsetTable"));
  if (table == nullptr) return offsets;
  for (const Json::Member& member : *table->members()) {
    TM_ASSIGN_OR_RETURN(const std::int32_t level, ReadIntegerKey(member.name));
    const auto offset = member.value.integer();
    if (!offset.has_value()) return InvalidArgument("the offset of level {} is no integer", level);
    offsets.levels[level] = QueueOffset{*offset};
  }
  return offsets;
}

std::string DelayOffsets::Write() const {
  Json document = document_;
  WriteDataVersion(version, &document);
  Json table = Json::Object();
  for (const auto& [level, offset] : levels) {
    table.AppendInteger(level, Json::Integer(ToInt(offset)));
  }
  document.Set("offsetTable", std::move(table));
  return WriteJavaJson(document);
}

}  // namespace tidemark

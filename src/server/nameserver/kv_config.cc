// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/kv_config.h"

#include "src/config/json_fields.h"

namespace tidemark::nameserver {
namespace {

Json TextsToJson(const std::map<std::string, std::string, std::less<>>& texts) {
  Json object = Json::Object();
  for (const auto& [key, value] : texts) object.Append(key, Json::Text(value));
  return object;
}

}  // namespace

Result<KvConfig> KvConfig::Parse(std::string_view json) {
  KvConfig config;
  TM_ASSIGN_OR_RETURN(const Json document, ParseObject(json));
  TM_ASSIGN_OR_RETURN(const Json* const tables, ReadObject(document, "configTable"));
  if (tables == nullptr) return config;
  for (const Json::Member& member : *tables->members()) {
    Attributes texts;
    TM_RETURN_IF_ERROR(ReadField(*tables, member.name, &texts));
    Table& table = config.tables_[member.name];
    for (auto& [key, value] : texts) table[key] = std::move(value);
  }
  return config;
}

std::string KvConfig::Write() const {
  Json tables = Json::Object();
  for (const auto& [name, table] : tables_) tables.Append(name, TextsToJson(table));
  Json document = Json::Object();
  document.Append("configTable", std::move(tables));
  return WriteCompactJson(document);
}

void KvConfig::Put(std::string_view name_space, std::string_view key, std::string value) {
  tables_[std::string(name_space)][std::string(key)] = std::move(value);
}

void KvConfig::Erase(std::string_view name_space, std::string_view key) {
  const auto table = tables_.find(name_space);
  if (table == tables_.end()) return;
  const auto entry = table->second.find(key);
  if (entry != table->second.end()) table->second.erase(entry);
}

std::optional<std::string> KvConfig::Find(std::string_view name_space, std::string_view key) const {
  const auto table = tables_.find(name_space);
  if (table == tables_.end()) return std::nullopt;
  const auto entry = table->second.find(key);
  if (entry == table->second.end()) return std::nullopt;
  return entry->second;
}

std::optional<std::string> KvConfig::TableJson(std::string_view name_space) const {
  const auto table = tables_.find(name_space);
  if (table == tables_.end()) return std::nullopt;
  Json document = Json::Object();
  document.Append("table", TextsToJson(table->second));
  return WriteCompactJson(document);
}

}  // namespace tidemark::nameserver

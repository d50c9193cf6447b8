// SPDX-License-Identifier: Apache-2.0
#include "src/format/message_view.h"

#include <string_view>
#include <unordered_map>

#include "src/format/message_id.h"
#include "src/format/properties.h"

namespace tidemark {

MessageView MessageViewBuilder::Build(const Record& record) {
  MessageView view;
  view.record_ = record.bytes;
  view.body_ = record.body;
  view.topic_ = record.topic;
  view.encoded_properties_ = record.properties;
  view.log_offset_ = record.log_offset;
  view.queue_offset_ = record.queue_offset;
  view.prepared_transaction_offset_ = record.prepared_transaction_offset;
  view.born_time_ = record.born_time;
  view.store_time_ = record.store_time;
  view.born_host_ = record.born_host;
  view.store_host_ = record.store_host;
  view.queue_ = record.queue;
  view.flag_ = record.flag;
  view.sys_flag_ = record.sys_flag;
  view.reconsume_times_ = record.reconsume_times;
  view.body_crc_ = record.body_crc;
  return view;
}

std::optional<std::string_view> MessageView::property(std::string_view name) const {
  return FindProperty(encoded_properties_, name);
}

std::vector<Property> MessageView::properties() const {
  std::unordered_map<std::string_view, std::size_t> entries;  // name -> how many are stored
  PropertyCursor counter(encoded_properties_);
  for (Property property; counter.Next(property);) ++entries[property.name];
  std::vector<Property> kept;
  kept.reserve(entries.size());
  PropertyCursor cursor(encoded_properties_);
  for (Property property; cursor.Next(property);) {
    if (--entries[property.name] == 0) kept.push_back(property);
  }
  return kept;
}

std::string MessageView::offset_message_id() const {
  return EncodeOffsetMessageId({.store_host = store_host_, .log_offset = log_offset_});
}

}  // namespace tidemark

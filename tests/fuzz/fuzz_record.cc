// SPDX-License-Identifier: Apache-2.0
// Any bytes as a record: checked, decoded, dispatched, and encoded again when sound.
#include <cstdint>
#include <vector>

#include "src/base/check.h"
#include "src/format/message_view.h"
#include "src/format/record.h"

namespace tidemark {
namespace {

void EncodeAgain(const Record& record, const DispatchView& dispatch) {
  Message message;
  message.topic = record.topic;
  message.queue = record.queue;
  message.encoded_properties = record.properties;
  message.body = record.body;
  message.flag = record.flag;
  message.sys_flag = record.sys_flag;
  message.reconsume_times = record.reconsume_times;
  message.prepared_transaction_offset = record.prepared_transaction_offset;
  message.born_time = record.born_time;
  message.born_host = record.born_host;
  const auto plan = RecordPlan::Make(message, RecordLimits(), record.store_host, false);
  if (!plan.has_value()) return;  // Java takes more than we write
  std::vector<std::byte> out(static_cast<std::size_t>(plan->size()));
  const Placement placement{record.log_offset, record.queue_offset, record.store_time};
  Encode(*plan, placement, out);
  const Checked again = CheckRecord(out, {});
  TM_CHECK(again.kind == Checked::Kind::kRecord, "{}", again.why);
  TM_CHECK(again.record.body.text() == record.body.text() && again.record.topic == record.topic);
  TM_CHECK(again.dispatch.tags == dispatch.tags && again.dispatch.keys == dispatch.keys);
  TM_CHECK(again.dispatch.delay_level == dispatch.delay_level);
  TM_CHECK(plan->Dispatch(placement).batch_number == dispatch.batch_number);
}

void Look(std::span<const std::byte> bytes, const CheckOptions& options) {
  const Checked checked = CheckRecord(bytes, options);
  const auto decoded = DecodeRecord(bytes);
  if (checked.kind != Checked::Kind::kRecord) return;
  TM_CHECK(checked.size > 0 && static_cast<std::size_t>(checked.size) <= bytes.size());
  TM_CHECK(decoded.has_value() && decoded->size() == checked.size);
  const DispatchView& dispatch = checked.dispatch;
  std::int64_t sum = TagsCode(dispatch, DelayLevels()) + BatchBytesOf(*decoded);
  ForEachIndexKey(dispatch, [&](std::string_view key) {
    TM_CHECK(!key.empty());
    const std::int32_t hash = IndexKeyHash(dispatch.topic, key);
    TM_CHECK(hash >= 0, "{}", hash);
    sum += hash;
  });
  for (const LmqUnit& unit : MultiDispatch(dispatch)) {
    TM_CHECK(IsQueueName(unit.name) && ToInt(unit.offset) >= 0);
  }
  const MessageView view = BuildView(*decoded);
  for (const Property& property : view.properties())
    TM_CHECK(view.property(property.name) == property.value);
  EncodeAgain(*decoded, dispatch);
}

}  // namespace
}  // namespace tidemark

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemark;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
  Look(bytes, {});
  Look(bytes, {.crc = false});
  Look(bytes, {.force_crc_property = true});
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include "src/format/check.h"
#include "src/format/message_view.h"
#include "src/format/record.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

rc::Gen<std::string> TopicText() {
  return rc::gen::resize(
      40, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(
              std::string("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_%|-")))));
}

rc::Gen<std::string> Value() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::suchThat(rc::gen::arbitrary<char>(), [](char c) { return c != 1 && c != 2; })));
}

HostAddress AnyHost() {
  HostAddress host;
  host.v6 = *rc::gen::arbitrary<bool>();
  for (std::size_t i = 0; i < (host.v6 ? 16u : 4u); ++i)
    host.address[i] = *rc::gen::arbitrary<std::uint8_t>();
  host.port = *rc::gen::inRange(0, 65536);
  return host;
}

TEST_CASE("what is encoded is decoded", "[format]") {
  const bool held = rc::check("encode, check, decode", [] {
    const std::string topic = *TopicText(), body = *rc::gen::arbitrary<std::string>();
    const std::string tags = *Value(), keys = *rc::gen::arbitrary<bool>() ? *Value() : "";
    const auto pairs = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
        rc::gen::pair(Value(), Value()));
    std::vector<std::string> names;  // all different, none of RocketMQ's
    for (const auto& pair : pairs) names.push_back("x" + std::to_string(names.size()) + pair.first);
    std::vector<Property> properties;
    for (std::size_t i = 0; i < pairs.size(); ++i)
      properties.push_back({names[i], pairs[i].second});
    Message message;
    message.topic = topic;
    message.body = body;
    message.tags = tags;
    message.keys = keys;
    message.properties = properties;
    message.queue = *rc::gen::inRange(0, kQueueMax + 1);
    message.flag = *rc::gen::arbitrary<std::int32_t>();
    message.sys_flag = *rc::gen::arbitrary<std::int32_t>();
    message.reconsume_times = *rc::gen::arbitrary<std::int32_t>();
    message.prepared_transaction_offset = LogOffset{*rc::gen::arbitrary<std::int64_t>()};
    if (*rc::gen::arbitrary<bool>())
      message.born_time = WallTime(std::chrono::milliseconds(*rc::gen::arbitrary<std::int64_t>()));
    if (*rc::gen::arbitrary<bool>()) message.born_host = AnyHost();
    const HostAddress store_host = AnyHost();
    const bool crc = *rc::gen::arbitrary<bool>(), batch = *rc::gen::arbitrary<bool>();
    const Placement placement{
        LogOffset{*rc::gen::inRange<std::int64_t>(0, INT64_MAX)},
        QueueOffset{*rc::gen::inRange<std::int64_t>(0, INT64_MAX)},
        WallTime(std::chrono::milliseconds(*rc::gen::arbitrary<std::int64_t>()))};

    const auto plan =
        RecordPlan::Make(message, RecordLimits(), store_host, crc, batch ? 100'000 : 0);
    RC_ASSERT(plan.has_value());
    std::vector<std::byte> bytes(static_cast<std::size_t>(plan->size()));
    Encode(*plan, placement, bytes);

    const Checked checked = CheckRecord(bytes, {.force_crc_property = crc});
    RC_ASSERT(checked.kind == Checked::Kind::kRecord);
    RC_ASSERT(CheckRecord(bytes, {}).kind == Checked::Kind::kRecord);
    RC_ASSERT(BatchBytesOf(checked.record) == (batch ? 100'000 : 0));
    const MessageView view = BuildView(DecodeRecord(bytes).value());
    RC_ASSERT(view.topic() == topic);
    RC_ASSERT(view.body().text() == body);
    RC_ASSERT(view.tags() == tags);
    RC_ASSERT(view.keys() == keys);
    RC_ASSERT(view.queue() == message.queue);
    RC_ASSERT(view.flag() == message.flag);
    RC_ASSERT((view.sys_flag() | 0x30) == (message.sys_flag | 0x30));
    RC_ASSERT(view.reconsume_times() == message.reconsume_times);
    RC_ASSERT(view.prepared_transaction_offset() == message.prepared_transaction_offset);
    RC_ASSERT(view.born_time() == message.born_time.value_or(placement.store_time));
    RC_ASSERT(view.born_host() == message.born_host.value_or(store_host));
    RC_ASSERT(view.store_host() == store_host);
    RC_ASSERT(view.store_time() == placement.store_time);
    RC_ASSERT(view.log_offset() == placement.log_offset);
    if (TakesQueueOffset(view.sys_flag())) RC_ASSERT(view.queue_offset() == placement.queue_offset);
    for (const Property& property : properties)
      RC_ASSERT(view.property(property.name) == property.value);
  });
  CHECK(held);
}

TEST_CASE("no bytes lead the reader outside", "[format]") {
  const bool held = rc::check("arbitrary bytes behind a plausible start", [] {
    std::vector<std::uint8_t> raw = *rc::gen::container<std::vector<std::uint8_t>>(
        rc::gen::weightedOneOf<std::uint8_t>({{3, rc::gen::just<std::uint8_t>(0)},
                                              {2, rc::gen::inRange<std::uint8_t>(0, 30)},
                                              {1, rc::gen::arbitrary<std::uint8_t>()}}));
    if (raw.size() >= 8 && *rc::gen::arbitrary<bool>()) {
      const std::uint8_t start[] = {0,    0,    0,    static_cast<std::uint8_t>(raw.size()),
                                    0xDA, 0xA3, 0x20, 0xA7};
      std::copy(std::begin(start), std::end(start), raw.begin());
    }
    const std::span<const std::byte> bytes = std::as_bytes(std::span(raw));
    const Checked checked = CheckRecord(bytes, {});
    if (checked.kind == Checked::Kind::kRecord)
      RC_ASSERT(static_cast<std::size_t>(checked.size) <= bytes.size());
    RC_ASSERT((CheckRecord(bytes, {.crc = false}).kind == Checked::Kind::kRecord) ==
              (DecodeRecord(bytes).has_value() &&
               CheckRecord(bytes, {.crc = false}).kind != Checked::Kind::kBad));
  });
  CHECK(held);
}

}  // namespace
}  // namespace tidemark

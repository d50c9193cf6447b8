// SPDX-License-Identifier: Apache-2.0
// Logs that real brokers wrote, against what Java itself reads in them (see data/make_corpus.py).
#include <arpa/inet.h>

#include <map>

#include "src/format/message_view.h"
#include "src/format/record.h"
#include "tests/format/vectors.h"
#include "tests/support/data_file.h"

namespace tidemark {
namespace {

using test::FromHex;

std::string Text(std::string_view hex) {
  return std::string(Bytes(FromHex(hex)).text());
}

/// Both "1.2.3.4:5" and Java's IPv6 without "::": compared as addresses.
bool SameHost(const HostAddress& host, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (std::to_string(host.port) != text.substr(colon + 1)) return false;
  std::string address(text.substr(0, colon));
  std::erase_if(address, [](char c) { return c == '[' || c == ']'; });
  HostAddress expected;
  expected.v6 = address.find(':') != std::string::npos;
  expected.port = host.port;
  if (const std::size_t scope = address.find('%'); scope != std::string::npos)
    address.resize(scope);
  REQUIRE(inet_pton(expected.v6 ? AF_INET6 : AF_INET, address.c_str(), expected.address.data()) ==
          1);
  return expected == host;
}

/// Encoding what was decoded gives the record back, but for the separator that old brokers left
/// out.
void CheckEncodes(const Record& record) {
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
  const RecordPlan plan =
      REQUIRE_VALUE(RecordPlan::Make(message, RecordLimits(), record.store_host, false));
  std::vector<std::byte> out(static_cast<std::size_t>(plan.size()));
  const Placement placement{record.log_offset, record.queue_offset, record.store_time};
  Encode(plan, placement, out);
  const bool open = !record.properties.empty() && record.properties.back() != kPropertyEnd;
  CHECK(plan.size() == record.size() + (open ? 1 : 0));
  if (!open) REQUIRE(test::ToHex(out) == test::ToHex(record.bytes));
  // The same facts before and after.
  const DispatchView before = plan.Dispatch(placement);
  const DispatchView after = CheckRecord(out, {}).dispatch;
  CHECK(TagsCode(before, DelayLevels()) == TagsCode(after, DelayLevels()));
  CHECK(before.size == after.size);
  CHECK(before.keys == after.keys);
  CHECK(before.queue_offset == after.queue_offset);
  CHECK(before.log_offset == after.log_offset);
}

void CompareWithJava(const Checked& checked, const std::vector<std::string_view>& fields) {
  const auto number = [&](std::size_t i) { return std::stoll(std::string(fields[i])); };
  REQUIRE(checked.kind == Checked::Kind::kRecord);
  const Record& record = checked.record;
  const MessageView view = BuildView(record);
  CHECK(record.size() == number(2));
  CHECK(static_cast<std::uint32_t>(record.magic) ==
        std::stoul(std::string(fields[3]), nullptr, 16));
  CHECK(view.body_crc() == number(4));
  CHECK(view.queue() == number(5));
  CHECK(view.flag() == number(6));
  CHECK(ToInt(view.queue_offset()) == number(7));
  CHECK(ToInt(view.log_offset()) == number(1));
  CHECK(view.sys_flag() == number(8));
  CHECK(view.born_time().time_since_epoch().count() == number(9));
  CHECK(SameHost(view.born_host(), fields[10]));
  CHECK(view.store_time().time_since_epoch().count() == number(11));
  CHECK(SameHost(view.store_host(), fields[12]));
  CHECK(view.reconsume_times() == number(13));
  CHECK(ToInt(view.prepared_transaction_offset()) == number(14));
  CHECK(view.offset_message_id() == fields[15]);
  CHECK(static_cast<std::int64_t>(view.body().size()) == number(16));
  CHECK(view.topic() == Text(fields[17]));
  CHECK(GetsUnit(checked.dispatch) == (fields[18] != "-"));
  if (fields[18] != "-") CHECK(TagsCode(checked.dispatch, DelayLevels()) == number(18));
  std::map<std::string, std::string> expected, properties;
  for (std::size_t i = 19; i + 1 < fields.size(); i += 2)
    expected[Text(fields[i])] = Text(fields[i + 1]);
  for (const Property& property : view.properties())
    properties[std::string(property.name)] = property.value;
  CHECK(properties == expected);
  CheckEncodes(record);
}

TEST_CASE("logs of real brokers are read as Java reads them", "[format][corpus]") {
  const std::string name = GENERATE(as<std::string>(), "addresses-and-versions", "clean",
                                    "clean-4.9", "compressed", "lagging-queues", "timers");
  const std::string log = test::DataFile(TIDEMARK_FORMAT_DATA "/" + name + ".log.gz");
  const std::string text = test::DataFile(TIDEMARK_FORMAT_DATA "/" + name + ".txt.gz");
  std::size_t at = 0, records = 0;
  for (const std::string_view line : test::Lines(text)) {
    const std::vector<std::string_view> fields = test::Split(line, '\t');
    CAPTURE(name, fields[1]);
    const Checked checked = CheckRecord(Bytes(log).span().subspan(at), {});
    if (fields[0] == "blank") {
      REQUIRE(checked.kind == Checked::Kind::kBlank);
      CHECK(std::to_string(checked.size) == fields[2]);
    } else {
      CompareWithJava(checked, fields);
      ++records;
    }
    at += static_cast<std::size_t>(checked.size);
  }
  CHECK(at == log.size());
  CHECK(records >= 15);
}

}  // namespace
}  // namespace tidemark

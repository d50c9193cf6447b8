// SPDX-License-Identifier: Apache-2.0
// Sound, odd and damaged records, against what RocketMQ 5.3.3's own reader says of each
// (see data/Verdicts.java).
#include "src/base/java_text.h"
#include "src/format/check.h"
#include "tests/format/vectors.h"
#include "tests/support/data_file.h"

namespace tidemark {
namespace {

using test::FromHex;

/// As Java's DispatchRequest has it: size and success.
std::string Verdict(const Checked& checked) {
  switch (checked.kind) {
    case Checked::Kind::kRecord:
      return std::to_string(checked.size) + " 1";
    case Checked::Kind::kBlank:
      return "0 1";
    case Checked::Kind::kBad:
      return "-1 0";
    case Checked::Kind::kWrongLength:
      return std::to_string(checked.size) + " 0";
  }
  return "";
}

std::string HexText(std::string_view text) {
  return text.empty() ? "-" : test::ToHex(JavaDecoded(text));
}

TEST_CASE("records are taken and refused as Java does", "[format][corpus]") {
  const std::string content = test::DataFile(TIDEMARK_FORMAT_DATA "/java-verdicts.txt.gz");
  const std::vector<std::string_view> lines = test::Lines(content);
  int sound = 0;
  for (const std::string_view line : lines) {
    const std::vector<std::string_view> fields = test::Split(line, ' ');
    const std::vector<std::byte> bytes = FromHex(fields[0]);
    INFO(line);
    const auto java = [&](std::size_t i) {
      return std::string(fields[i]) + " " + std::string(fields[i + 1]);
    };
    const Checked checked = CheckRecord(bytes, {.crc = false});
    REQUIRE(Verdict(checked) == java(1));
    REQUIRE(Verdict(CheckRecord(bytes, {})) == java(3));
    REQUIRE(Verdict(CheckRecord(bytes, {.force_crc_property = true})) == java(5));
    if (fields.size() == 7) continue;
    ++sound;
    const DispatchView& record = checked.dispatch;
    const auto number = [&](std::size_t i) { return std::stoll(std::string(fields[i])); };
    REQUIRE(HexText(record.topic) == fields[7]);
    REQUIRE(record.queue == number(8));
    REQUIRE(ToInt(record.log_offset) == number(9));
    REQUIRE(TagsCode(record, DelayLevels()) == number(10));
    REQUIRE(record.store_time.time_since_epoch().count() == number(11));
    REQUIRE(ToInt(record.queue_offset) == number(12));
    REQUIRE(HexText(record.keys) == fields[13]);
    REQUIRE(HexText(record.unique_key) == fields[14]);
    REQUIRE(record.sys_flag == number(15));
    REQUIRE(ToInt(checked.record.prepared_transaction_offset) == number(16));
    REQUIRE(ToInt(record.batch_base()) == number(17));
    REQUIRE(record.batch_number == number(18));
    // A record that the check takes, readers can decode.
    REQUIRE(DecodeRecord(bytes).has_value());
  }
  CHECK(lines.size() > 2000);
  CHECK(sound > 500);
}

}  // namespace
}  // namespace tidemark

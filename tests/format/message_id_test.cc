// SPDX-License-Identifier: Apache-2.0
#include "src/format/message_id.h"

#include <stdlib.h>
#include <time.h>

#include <set>
#include <thread>

#include "tests/support/catch.h"

namespace tidemark {
namespace {

/// Sets the local time zone for a scope.
class LocalZone {
 public:
  explicit LocalZone(const char* name) {
    if (const char* old = getenv("TZ")) old_ = old;
    setenv("TZ", name, 1);
    tzset();
  }
  ~LocalZone() {
    old_.empty() ? unsetenv("TZ") : setenv("TZ", old_.c_str(), 1);
    tzset();
  }

 private:
  std::string old_;
};

class FixedClock : public io::Clock {
 public:
  std::chrono::nanoseconds Wall() override { return now; }
  std::chrono::nanoseconds Monotonic() override { return now; }
  std::chrono::nanoseconds now{};
};

WallTime Utc(int year, unsigned month, unsigned day, std::int64_t ms = 0) {
  using namespace std::chrono;
  return WallTime(sys_days(std::chrono::year(year) / month / day)) + milliseconds(ms);
}

// 16.3.
TEST_CASE("offset message ids tell where a message lies", "[format]") {
  const OffsetMessageId first =
      REQUIRE_VALUE(DecodeOffsetMessageId("C0A8010200002A9F0000000000000000"));
  HostAddress host;
  host.address = {192, 168, 1, 2};
  host.port = 10911;
  CHECK(first == OffsetMessageId{host, LogOffset{0}});
  const OffsetMessageId lower =
      REQUIRE_VALUE(DecodeOffsetMessageId("c0a8010200002a9f00000000000084cc"));
  CHECK(lower == OffsetMessageId{host, LogOffset{33996}});
  CHECK(EncodeOffsetMessageId(lower) == "C0A8010200002A9F00000000000084CC");
  const std::string_view v6 = "20010DB800000000000000000000000200002A9F0000000000000069";
  const OffsetMessageId sixth = REQUIRE_VALUE(DecodeOffsetMessageId(v6));
  CHECK(sixth.store_host.v6);
  CHECK(sixth.store_host.address ==
        std::array<std::uint8_t, 16>{0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
  CHECK(sixth.store_host.port == 10911);
  CHECK(sixth.log_offset == LogOffset{105});
  CHECK(EncodeOffsetMessageId(sixth) == v6);
}

TEST_CASE("what is no offset message id is refused", "[format]") {
  for (const std::string& text :
       {std::string(), std::string(31, 'A'), std::string(33, 'A'), std::string(55, '0'),
        std::string(57, '0'), std::string(31, 'A') + "G", "+" + std::string(31, '0'),
        std::string(31, 'A') + " "}) {
    CAPTURE(text);
    CHECK(DecodeOffsetMessageId(text).error().code() == StatusCode::kInvalidArgument);
    CHECK_FALSE(DecodeUniqueKey(text).has_value());
  }
}

TEST_CASE("unique keys are taken apart", "[format]") {
  const UniqueKey v4 = REQUIRE_VALUE(DecodeUniqueKey("7F000001A2B418B4AAC2000102030405"));
  CHECK(v4.host.address[0] == 127);
  CHECK(v4.host.address[3] == 1);
  CHECK(v4.process == 41652);
  CHECK(v4.client == 0x18B4AAC2);
  CHECK(v4.month_ms == 0x00010203);
  CHECK(v4.counter == 0x0405);
  const UniqueKey v6 =
      REQUIRE_VALUE(DecodeUniqueKey("20010DB80000000000000000000000011234AABBCCDD075BCD15FFFF"));
  CHECK(v6.host.v6);
  CHECK(v6.process == 4660);
  CHECK(v6.month_ms == 123456789);
  CHECK(v6.counter == 65535);
}

TEST_CASE("a unique key tells its time in the local month", "[format]") {
  const LocalZone zone(GENERATE("UTC", "Asia/Shanghai", "America/New_York"));
  const WallTime now = Utc(2024, 3, 15);
  UniqueKey key;
  key.month_ms = 1000;
  CHECK(TimeOf(key, now) == MonthStart(now) + std::chrono::seconds(1));
  key.month_ms = 20u * 24 * 3600 * 1000;  // the 21st: not this month yet
  CHECK(TimeOf(key, now) == MonthStart(now, 1) + std::chrono::hours(20 * 24));
  CHECK(MonthStart(now, 1) < MonthStart(now));
  CHECK(MonthStart(Utc(2024, 1, 15), 1) == MonthStart(Utc(2023, 12, 15)));
}

TEST_CASE("months begin at local midnight, whatever the summer time", "[format]") {
  {
    const LocalZone zone("Asia/Shanghai");
    CHECK(MonthStart(Utc(2024, 3, 15)) == Utc(2024, 2, 29, 16 * 3600 * 1000));
  }
  const LocalZone zone("America/New_York");
  CHECK(MonthStart(Utc(2024, 3, 15)) == Utc(2024, 3, 1, 5 * 3600 * 1000));  // asked in summer time
  CHECK(MonthStart(Utc(2024, 11, 15)) == Utc(2024, 11, 1, 4 * 3600 * 1000));
}

TEST_CASE("generated keys hold what they were made of", "[format]") {
  const LocalZone zone("UTC");
  FixedClock clock;
  clock.now = Utc(2024, 5, 3, 7).time_since_epoch();
  HostAddress host;
  host.address = {10, 1, 2, 3};
  UniqueKeyGenerator generator(clock, host, 0x12345678, 0xCAFEBABE);
  CHECK(generator.Next() == "0A0102035678CAFEBABE0A4CB8070000");
  CHECK(generator.Next() == "0A0102035678CAFEBABE0A4CB8070001");
  clock.now = Utc(2024, 6, 1, 1).time_since_epoch();  // a new month
  CHECK(REQUIRE_VALUE(DecodeUniqueKey(generator.Next())).month_ms == 1);
  clock.now = Utc(2024, 5, 31, 24 * 3600 * 1000 - 500).time_since_epoch();  // stepped back a little
  CHECK(REQUIRE_VALUE(DecodeUniqueKey(generator.Next())).month_ms == 0);

  host.v6 = true;
  UniqueKeyGenerator sixth(clock, host, 1, 2);
  CHECK(sixth.Next().size() == 56);
  CHECK(REQUIRE_VALUE(DecodeUniqueKey(sixth.Next())).host == host);
}

TEST_CASE("threads never get one key twice", "[format]") {
  FixedClock clock;
  clock.now = Utc(2024, 5, 3).time_since_epoch();
  UniqueKeyGenerator generator(clock, HostAddress(), 1, 2);
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::thread> threads;
    for (auto& keys : made)
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) keys.push_back(generator.Next());
      });
    for (std::thread& thread : threads) thread.join();
  }
  std::set<std::string> all;
  for (const auto& keys : made) all.insert(keys.begin(), keys.end());
  CHECK(all.size() == 8000);
}

}  // namespace
}  // namespace tidemark

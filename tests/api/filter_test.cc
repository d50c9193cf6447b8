// SPDX-License-Identifier: Apache-2.0
#include "tidemark/filter.h"

#include <array>
#include <chrono>
#include <set>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tidemark/consumer.h"
#include "tidemark/store.h"

namespace tidemark {
namespace {

using test::TemporaryDirectory;

constexpr int kOrders = 120;

/// Order i has total = i and region EU or US; every fourth has no region.
void AppendOrders(Store& store) {
  for (int i = 0; i < kOrders; ++i) {
    const std::string total = std::to_string(i);
    const std::array<Property, 2> properties = {{
        {"total", total},
        {"region", i % 2 == 0 ? "EU" : "US"},
    }};
    REQUIRE_VALUE(store.Append({.topic = "orders",
                                .queue = i % 2,
                                .tags = i % 3 == 0 ? "paid" : "void",
                                .properties = std::span(properties).first(i % 4 == 3 ? 1u : 2u),
                                .body = total},
                               Durability::kMemory));
  }
}

/// The totals of a queue that the filter lets through, read a few at a time.
std::set<int> TotalsOf(Store& store, std::int32_t queue, const Filter& filter) {
  std::set<int> totals;
  QueueOffset next{0};
  while (true) {
    const auto batch =
        REQUIRE_VALUE(store.Read({"orders", queue}, next, {.messages_max = 7, .filter = filter}));
    for (const MessageView& message : batch)
      totals.insert(std::stoi(std::string(message.body().text())));
    if (batch.next_offset() == next) return totals;
    next = batch.next_offset();
  }
}

TEST_CASE("a read with an SQL filter gives what fulfils it, and goes on", "[api]") {
  TemporaryDirectory directory;
  auto store = REQUIRE_VALUE(Store::Open(directory.path()));
  AppendOrders(*store);
  const auto filter =
      REQUIRE_VALUE(Sql("total BETWEEN 10 AND 20 OR (TAGS = 'paid' AND total > 110)"));
  CHECK(TotalsOf(*store, 0, filter) == std::set<int>{10, 12, 14, 16, 18, 20, 114});
  CHECK(TotalsOf(*store, 1, filter) == std::set<int>{11, 13, 15, 17, 19, 111, 117});
  CHECK(TotalsOf(*store, 1, REQUIRE_VALUE(Sql("region IS NULL AND total < 12"))) ==
        std::set<int>{3, 7, 11});
  CHECK(TotalsOf(*store, 1, REQUIRE_VALUE(Sql("region <> 'EU' AND total < 12"))) ==
        std::set<int>{1, 5, 9});                                                 // null is no match
  CHECK(TotalsOf(*store, 0, REQUIRE_VALUE(Sql("region > 1 OR TRUE"))).empty());  // it fails

  // Nothing fits: the read tells where to go on nevertheless.
  const auto none = REQUIRE_VALUE(
      store->Read({"orders", 0}, QueueOffset{0}, {.filter = REQUIRE_VALUE(Sql("FALSE"))}));
  CHECK(none.empty());
  CHECK(none.next_offset() == none.max_offset());

  const auto wrong = Sql("total > 'x'");
  CHECK(wrong.error().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("a consumer with an SQL filter gets what fulfils it, once", "[api]") {
  TemporaryDirectory directory;
  std::set<std::string> seen;
  for (const int round : {0, 1}) {
    auto store = REQUIRE_VALUE(Store::Open(directory.path()));
    if (round == 0) AppendOrders(*store);
    auto consumer = REQUIRE_VALUE(
        store->NewConsumer({.group = "large",
                            .topic = "orders",
                            .filter = REQUIRE_VALUE(Sql("total >= 100 AND region = 'EU'"))}));
    while (true) {
      const auto batch = REQUIRE_VALUE(consumer.Poll(std::chrono::milliseconds(0)));
      if (batch.empty()) break;
      for (const MessageView& message : batch) CHECK(seen.emplace(message.body().text()).second);
      REQUIRE_OK(consumer.Ack(batch));
    }
    CHECK(seen == std::set<std::string>{"100", "102", "104", "106", "108", "110", "112", "114",
                                        "116", "118"});
  }
}

}  // namespace
}  // namespace tidemark

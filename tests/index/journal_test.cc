// SPDX-License-Identifier: Apache-2.0
#include "src/index/index_journal.h"

#include "src/base/format.h"
#include "tests/index/index_model.h"
#include "tests/support/catch.h"

namespace tidemark::test {
namespace {

IndexStep SomeStep(std::int32_t salt) {
  IndexStep step;
  step.sequence = 5;
  step.applied_to = LogOffset{1234 + salt};
  step.geometry = {10, 20};
  step.remove_through = "20200101000000000";
  step.newest = "20200101000000002";
  for (int file = 1; file <= 2; ++file) {
    IndexChange change;
    change.name = Format("2020010100000000{}", file);
    change.before.next_entry = file == 1 ? 18 : 1;
    change.after = change.before;
    for (int i = 0; i < 2 * file; ++i) {
      change.entries.push_back({i + salt, LogOffset{i * 100}, i, i / 2});
    }
    change.after.next_entry += static_cast<std::int32_t>(change.entries.size());
    change.after.begin_time = Millis(-7);
    change.slots = {{0, 18}, {9, 19}};
    step.changes.push_back(change);
  }
  step.newest_header = step.changes.back().after;
  return step;
}

TEST_CASE("a step comes back from its bytes, whatever stands behind them", "[index]") {
  const IndexStep step = SomeStep(0);
  auto bytes = EncodeIndexStep(step);
  CHECK(DecodeIndexStep(bytes) == step);
  bytes.resize(bytes.size() + 100, std::byte{0x55});
  CHECK(DecodeIndexStep(bytes) == step);
}

TEST_CASE("a step with a byte missing or a bit wrong is none", "[index]") {
  const auto bytes = EncodeIndexStep(SomeStep(0));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_FALSE(DecodeIndexStep(std::span(bytes).first(size)).has_value());
  }
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE_FALSE(DecodeIndexStep(flipped).has_value());
  }
}

TEST_CASE("a step that reaches outside its files is none, though its checksum fits", "[index]") {
  const auto spoil = [](auto&& change) {
    IndexStep step = SomeStep(0);
    change(step);
    return DecodeIndexStep(EncodeIndexStep(step)).has_value();
  };
  CHECK(spoil([](IndexStep&) {}));
  CHECK_FALSE(spoil([](IndexStep& s) { s.changes[0].slots[1].slot = 10; }));
  CHECK_FALSE(spoil([](IndexStep& s) { s.changes[0].slots[0].slot = -1; }));
  CHECK_FALSE(spoil([](IndexStep& s) { s.changes[0].slots[0].slot = 9; }));
  CHECK_FALSE(spoil([](IndexStep& s) { s.changes[0].entries.resize(3); }));
  CHECK_FALSE(spoil([](IndexStep& s) { s.changes[0].before.next_entry = 19; }));
  CHECK_FALSE(spoil([](IndexStep& s) { s.changes[0].name = "../commitlog/0"; }));
  CHECK_FALSE(spoil([](IndexStep& s) { s.changes[0].name = ""; }));
  CHECK_FALSE(spoil([](IndexStep& s) { s.geometry.entries = 19; }));
}

TEST_CASE("the journal keeps the step before while one is written", "[index]") {
  MemoryMachine machine;
  IndexJournal journal(machine.files(), "/store/tidemark/index-journal");
  CHECK_FALSE(REQUIRE_VALUE(journal.Load()).has_value());
  IndexStep first = SomeStep(1);
  REQUIRE_OK(journal.Write(first));
  CHECK(first.sequence == 1);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (std::int64_t nth = 1; nth <= 4; ++nth) {
      auto other = machine.AfterKill();
      IndexJournal again(other->files(), "/store/tidemark/index-journal");
      CHECK(REQUIRE_VALUE(again.Load()) == first);
      IndexStep second = SomeStep(2);
      other->FailAt(nth, MemoryMachine::Fault::kForGood);
      const bool written = again.Write(second).ok();
      const auto cut = other->AfterPowerCut(seed);
      IndexJournal last(cut->files(), "/store/tidemark/index-journal");
      const auto found = REQUIRE_VALUE(last.Load());
      REQUIRE(found.has_value());
      CHECK((written ? found == second : found == first || found == second));
    }
  }
  REQUIRE_OK(journal.Discard());
  REQUIRE_OK(journal.Discard());
  const auto cut = machine.AfterPowerCut(1);
  IndexJournal last(cut->files(), "/store/tidemark/index-journal");
  CHECK_FALSE(REQUIRE_VALUE(last.Load()).has_value());
}

}  // namespace
}  // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
// Scripts that a seed draws, crashed at every operation.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "src/base/status.h"
#include "tests/recovery/explore.h"
#include "tests/simulation/random.h"
#include "tests/support/catch.h"

namespace tidemark {
namespace {

using simulation::Random;
using simulation::SimulatedMachine;
using test::History;
using test::kRoot;
using test::Script;
using test::TinyFiles;

/// One step of a script, drawn before it runs: every run of the script takes the same steps.
struct Step {
  enum class Kind {
    kAppend,
    kAppendAsync,
    kBatch,
    kRoll,
    kTime,
    kBackground,
    kCheckpoint,
    kFlush,
    kPoll,
    kAck,
    kDelete,
    kReopen
  };
  Kind kind = Kind::kAppend;
  std::int32_t queue = 0;
  std::size_t bytes = 0;
  Durability until = Durability::kMemory;
  std::uint64_t number = 0;  ///< What the step makes of it is its own.
};

struct Plan {
  VisibleWhen visible_when = VisibleWhen::kPublished;
  std::vector<Step> steps;
};

Plan Draw(std::uint64_t seed) {
  using Kind = Step::Kind;
  constexpr std::array kKinds{
      Kind::kAppend, Kind::kAppend,     Kind::kAppend, Kind::kAppend,     Kind::kAppendAsync,
      Kind::kBatch,  Kind::kRoll,       Kind::kTime,   Kind::kBackground, Kind::kBackground,
      Kind::kFlush,  Kind::kCheckpoint, Kind::kPoll,   Kind::kAck,        Kind::kAck,
      Kind::kDelete, Kind::kReopen,
  };
  Random random(seed);
  Plan plan;
  plan.visible_when = random.Chance(0.5) ? VisibleWhen::kDurable : VisibleWhen::kPublished;
  const std::uint64_t steps = 5 + random.Below(36);
  for (std::uint64_t i = 0; i < steps; ++i) {
    Step step;
    step.kind = kKinds[random.Below(kKinds.size())];
    step.queue = static_cast<std::int32_t>(random.Below(3));
    step.bytes = 10 + random.Below(random.Chance(0.2) ? 2000 : 300);
    step.until = static_cast<Durability>(random.Below(3));
    step.number = random.Next();
    plan.steps.push_back(step);
  }
  return plan;
}

/// Takes the steps of a plan on one machine.
class Player {
 public:
  Player(SimulatedMachine& machine, History& history, const Plan& plan)
      : machine_(machine), history_(history), plan_(plan), script_(machine, history) {}

  /// Ends early when the machine does.
  void Run() {
    Status done = Open();
    for (std::size_t i = 0; done.ok() && i < plan_.steps.size(); ++i) {
      history_.now = machine_.clock().PeekMonotonic();
      done = Take(plan_.steps[i]);
      if (done.ok()) Look();
      if (!done.ok()) done = Prefix(Format("step {}", i), done);
    }
    if (!done.ok() && !machine_.power_is_off()) history_.wrong = done;
    held_.reset();
    consumer_.reset();
  }

 private:
  Status Open() {
    StoreOptions options = TinyFiles(machine_);
    options.visible_when = plan_.visible_when;
    TM_ASSIGN_OR_RETURN(store_, Store::Open(kRoot, options));
    auto consumer = store_->NewConsumer({.group = "g", .topic = "t", .messages_max = 3});
    if (!consumer.has_value()) return consumer.error();
    consumer_.emplace(*std::move(consumer));
    return {};
  }

  Status Take(const Step& step) {
    const auto kept = [](bool ok) { return ok ? Status() : DataLoss("an append was refused"); };
    switch (step.kind) {
      case Step::Kind::kAppend:
        return kept(script_.Append(*store_, step.queue, step.bytes, step.until));
      case Step::Kind::kAppendAsync:
        return kept(script_.AppendAsync(*store_, step.queue, step.bytes, step.until));
      case Step::Kind::kBatch:
        return kept(script_.AppendBatch(*store_, 1 + step.number % 5, step.until));
      case Step::Kind::kRoll:
        for (int i = 0; i < 3; ++i) {
          if (!script_.Append(*store_, step.queue, 1500, step.until)) return kept(false);
        }
        return {};
      case Step::Kind::kTime:
        machine_.clock().Advance(std::chrono::milliseconds(step.number % 8000));
        return {};
      case Step::Kind::kBackground:
        return store_->DoBackgroundWork().error();
      case Step::Kind::kCheckpoint:
        return store_->Checkpoint();
      case Step::Kind::kFlush:
        return store_->Flush();
      case Step::Kind::kPoll:
        return Poll();
      case Step::Kind::kAck:
        return Ack(step.number);
      case Step::Kind::kDelete:
        return Delete(step.number);
      case Step::Kind::kReopen:
        return Reopen(step.number);
    }
    return {};
  }

  Status Poll() {
    held_.reset();
    acked_ = 0;
    TM_ASSIGN_OR_RETURN(MessageBatch batch, consumer_->Poll(std::chrono::nanoseconds(0)));
    if (!batch.empty()) held_.emplace(std::move(batch));
    return {};
  }

  /// One message of the batch, or all; front to back or back to front.
  Status Ack(std::uint64_t number) {
    if (!held_.has_value()) return Poll();
    const std::size_t count = number % 3 == 0 ? held_->size() : 1;
    for (std::size_t i = 0; i < count && acked_ < held_->size(); ++i, ++acked_) {
      const std::size_t at = number % 2 == 0 ? acked_ : held_->size() - 1 - acked_;
      const MessageView& message = (*held_)[at];
      history_.consumed[message.queue()].insert(message.queue_offset());
      TM_RETURN_IF_ERROR(consumer_->Ack(message));
    }
    return {};
  }

  Status Delete(std::uint64_t number) {
    const LogMarks marks = store_->Marks();
    const LogOffset to =
        marks.min + static_cast<std::int64_t>(
                        number % static_cast<std::uint64_t>(marks.published - marks.min + 1));
    history_.deleted_to = std::max(history_.deleted_to, to);
    return store_->DeleteBefore(to).error();
  }

  Status Reopen(std::uint64_t number) {
    held_.reset();
    consumer_.reset();
    if (number % 4 != 0) TM_RETURN_IF_ERROR(store_->Close());
    store_.reset();
    return Open();
  }

  void Look() {
    if (plan_.visible_when != VisibleWhen::kDurable) return;
    for (const QueueInfo& info : store_->QueuesOf("t")) {
      history_.seen[info.queue] = std::max(history_.seen[info.queue], info.bounds.max);
    }
  }

  SimulatedMachine& machine_;
  History& history_;
  const Plan& plan_;
  Script script_;
  std::unique_ptr<Store> store_;
  std::optional<Consumer> consumer_;
  std::optional<MessageBatch> held_;
  std::size_t acked_ = 0;  ///< Of held_.
};

simulation::ExplorerReport PlaySeed(std::uint64_t seed, test::ExploreOptions options) {
  const Plan plan = Draw(seed);
  options.name = "random-" + std::to_string(seed);
  return test::Explore(std::move(options), [&](SimulatedMachine& machine, History& history) {
    Player(machine, history, plan).Run();
  });
}

std::uint64_t NumberFrom(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// TIDEMARK_SCRIPTS=500 draws so many, TIDEMARK_FIRST_SCRIPT=1000 begins elsewhere.
TEST_CASE("scripts that a seed draws keep every promise", "[recovery][crash][random]") {
  const std::uint64_t first = NumberFrom("TIDEMARK_FIRST_SCRIPT", 1);
  const std::uint64_t count = NumberFrom("TIDEMARK_SCRIPTS", 8);
  std::uint64_t states = 0;
  std::uint64_t checks = 0;
  double seconds = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    // Every eighth also crashes recoveries.
    const auto report = PlaySeed(seed, {.name = "",
                                        .operations_max = count > 50 ? 0u : 60u,
                                        .recovery_depth = seed % 8 == 0 ? 1 : 0});
    INFO(report.ToString());
    CHECK(report.failures.empty());
    states += report.distinct_images;
    checks += report.checks;
    seconds += report.seconds;
  }
  std::printf("%llu scripts: %llu states, %llu checks, %.0f states/s\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(states),
              static_cast<unsigned long long>(checks), static_cast<double>(states) / seconds);
}

}  // namespace
}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// Scripts on the simulated machine, crashed at every operation: what is left must keep the promises
// of docs/guarantees.md.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "tests/recovery/tiny_store.h"
#include "tests/simulation/crash_explorer.h"
#include "tests/support/catch.h"
#include "tidemark/store.h"

namespace tidemark {
namespace {

using simulation::Crash;
using simulation::CrashExplorer;
using simulation::ExplorerOptions;
using simulation::SimulatedMachine;
using test::kRoot;
using test::TinyFiles;

/// What a script appended, in log order, and was told.
struct History {
  struct Entry {
    std::int32_t queue = 0;
    std::string body;
    int batch = -1;  ///< Entries with one number are all there or none.
    std::optional<Durability> acknowledged;
  };
  std::vector<Entry> entries;
  int batches = 0;
};

std::string KeyOf(std::size_t i) {
  return "k" + std::to_string(i);
}

class Script {
 public:
  explicit Script(History& history) : history_(history) {}

  bool Append(Store& store, std::int32_t queue, std::size_t bytes, Durability until) {
    const std::size_t i = history_.entries.size();
    History::Entry entry{queue, BodyOf(i, bytes), -1, std::nullopt};
    history_.entries.push_back(entry);
    const std::string key = KeyOf(i);
    const auto at = store.Append(
        {.topic = "t", .queue = queue, .keys = key, .body = history_.entries[i].body}, until);
    if (at.has_value()) history_.entries[i].acknowledged = until;
    return at.has_value();
  }

  bool AppendBatch(Store& store, std::size_t count, Durability until) {
    const std::size_t first = history_.entries.size();
    const int batch = history_.batches++;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count; ++i) {
      history_.entries.push_back(
          {static_cast<std::int32_t>(i % 2), BodyOf(first + i, 100), batch, std::nullopt});
      keys.push_back(KeyOf(first + i));
    }
    std::vector<Message> messages;
    for (std::size_t i = 0; i < count; ++i) {
      const History::Entry& entry = history_.entries[first + i];
      messages.push_back({.topic = "t", .queue = entry.queue, .keys = keys[i], .body = entry.body});
    }
    const auto results = store.AppendBatch(messages, until);
    for (std::size_t i = 0; results.has_value() && i < count; ++i) {
      history_.entries[first + i].acknowledged = until;
    }
    return results.has_value();
  }

  static std::string BodyOf(std::size_t i, std::size_t bytes) {
    std::string body = std::to_string(i) + ":";
    while (body.size() < bytes) body += static_cast<char>('a' + (i + body.size()) % 26);
    return body;
  }

 private:
  History& history_;
};

Status Wrong(const std::string& what) {
  return Status(StatusCode::kDataLoss, what);
}

/// Reads everything; the survivors must be a prefix of the history that holds all it must.
Status CheckStore(Store& store, const History& history, bool killed, std::size_t* survivors) {
  std::set<std::size_t> found;
  for (const QueueInfo& info : store.Queues()) {
    if (info.topic != "t") continue;  // of an earlier check
    QueueOffset next = info.bounds.min;
    if (next != QueueOffset{0}) return Wrong("a queue does not start at 0");
    while (next < info.bounds.max) {
      auto batch = store.Read({info.topic, info.queue}, next);
      if (!batch.has_value()) return batch.error();
      if (batch->empty()) return Wrong("an empty read below max");
      for (const MessageView& message : *batch) {
        const std::string body(message.body().text());
        const std::size_t i = std::stoul(body);
        if (i >= history.entries.size() || history.entries[i].body != body ||
            history.entries[i].queue != info.queue) {
          return Wrong("a message that nobody appended: " + body.substr(0, 20));
        }
        if (!found.insert(i).second)
          return Wrong("message " + std::to_string(i) + " is there twice");
      }
      next = batch->next_offset();
    }
  }
  const std::size_t count = found.size();
  if (count > 0 && *found.rbegin() != count - 1) {
    return Wrong(std::to_string(count) + " survivors, but the last is number " +
                 std::to_string(*found.rbegin()));
  }
  for (std::size_t i = 0; i < history.entries.size(); ++i) {
    const History::Entry& entry = history.entries[i];
    const bool must =
        entry.acknowledged.has_value() && (*entry.acknowledged == Durability::kDevice ||
                                           (killed && *entry.acknowledged == Durability::kKernel));
    if (must && i >= count) return Wrong("acknowledged message " + std::to_string(i) + " is lost");
    if (i > 0 && i == count && entry.batch >= 0 && history.entries[i - 1].batch == entry.batch) {
      return Wrong("half of a batch is there");
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    auto by_key = store.FindByKey("t", KeyOf(i));
    if (!by_key.has_value()) return by_key.error();
    if (by_key->size() != 1 || (*by_key)[0].body().text() != history.entries[i].body) {
      return Wrong("key " + KeyOf(i) + " finds " + std::to_string(by_key->size()) + " messages");
    }
  }
  *survivors = count;
  return {};
}

/// Recovers, checks, appends once more, closes, recovers again.
Status CheckRecovery(SimulatedMachine& machine, const History& history, bool killed) {
  std::size_t survivors = 0;
  {
    auto store = Store::Open(kRoot, TinyFiles(machine));
    if (!store.has_value()) return store.error();
    if (Status status = CheckStore(**store, history, killed, &survivors); !status.ok())
      return status;
    const auto at = (*store)->Append({.topic = "after", .body = "x"}, Durability::kDevice);
    if (!at.has_value()) return at.error();
    if (Status status = (*store)->Close(); !status.ok()) return status;
  }
  auto store = Store::Open(kRoot, TinyFiles(machine));
  if (!store.has_value()) return store.error();
  const auto after = (*store)->Read({"after", 0}, QueueOffset{0});
  if (!after.has_value()) return after.error();
  if (after->empty()) return Wrong("the message appended after recovery is not there");
  return {};
}

void Explore(const char* name, const std::function<void(SimulatedMachine&, History&)>& script,
             std::size_t operations_max = 0, int recovery_depth = 0) {
  History history;
  ExplorerOptions options;
  options.name = name;
  if (const char* seed = std::getenv("TIDEMARK_SEED"))
    options.machine.seed = std::strtoull(seed, nullptr, 10);
  options.operations_max = operations_max;
  options.recovery_depth = recovery_depth;
  options.recovery_share = 0.1;
  CrashExplorer explorer(
      options,
      [&](SimulatedMachine& machine) {
        history = History();
        script(machine, history);
      },
      [&](SimulatedMachine& machine, const Crash& crash) {
        // An earlier crash may have been a power cut.
        return CheckRecovery(machine, history, crash.killed && crash.depth == 0);
      });
  const auto report = explorer.Explore();
  std::printf("%s: %s", name, report.ToString().c_str());
  INFO(report.ToString());
  CHECK(report.failures.empty());
  CHECK(report.distinct_images > 10);
}

TEST_CASE("appends of each durability survive what they promise to", "[recovery][crash]") {
  Explore("appends", [](SimulatedMachine& machine, History& history) {
    auto store = Store::Open(kRoot, TinyFiles(machine));
    if (!store.has_value()) return;
    Script script(history);
    for (int i = 0; i < 12; ++i) {
      const auto until = static_cast<Durability>(i % 3);
      if (!script.Append(**store, i % 2, 50 + static_cast<std::size_t>(i) * 40, until)) return;
      if (i % 5 == 4 && !(*store)->DoBackgroundWork().has_value()) return;
    }
    (void)(*store)->Close();
  });
}

TEST_CASE("batches are whole or absent", "[recovery][crash]") {
  Explore("batches", [](SimulatedMachine& machine, History& history) {
    auto store = Store::Open(kRoot, TinyFiles(machine));
    if (!store.has_value()) return;
    Script script(history);
    for (int i = 0; i < 6; ++i) {
      if (!script.AppendBatch(**store, 2 + static_cast<std::size_t>(i) % 3,
                              i % 2 ? Durability::kDevice : Durability::kKernel)) {
        return;
      }
    }
    (void)(*store)->Checkpoint();
    (void)script.AppendBatch(**store, 5, Durability::kDevice);
  });
}

TEST_CASE("checkpoints and reopening lose nothing", "[recovery][crash]") {
  Explore("checkpoints", [](SimulatedMachine& machine, History& history) {
    Script script(history);
    for (int run = 0; run < 2; ++run) {
      auto store = Store::Open(kRoot, TinyFiles(machine));
      if (!store.has_value()) return;
      for (int i = 0; i < 6; ++i) {
        if (!script.Append(**store, i % 3, 300,
                           i % 2 ? Durability::kDevice : Durability::kMemory)) {
          return;
        }
        if (i % 3 == 2 && !(*store)->Checkpoint().ok()) return;
      }
      if (!(*store)->Close().ok()) return;
    }
  });
}

TEST_CASE("recovery itself may crash", "[recovery][crash]") {
  Explore(
      "recovery-crash",
      [](SimulatedMachine& machine, History& history) {
        auto store = Store::Open(kRoot, TinyFiles(machine));
        if (!store.has_value()) return;
        Script script(history);
        for (int i = 0; i < 8; ++i) {
          if (!script.Append(**store, i % 2, 400,
                             i % 2 ? Durability::kDevice : Durability::kKernel)) {
            return;
          }
        }
      },
      0, 2);
}

}  // namespace
}  // namespace tidemark

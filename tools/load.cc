// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tidemark/store.h"
#include "tools/body.h"
#include "tools/command.h"
#include "tools/json.h"
#include "tools/latencies.h"
#include "tools/load_messages.h"
#include "tools/output.h"
#include "tools/verb.h"

namespace tidemark::tool {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  CommonArguments common;
  std::int64_t producers = 1;
  std::optional<std::int64_t> messages;
  double seconds = 0;
  std::int64_t size = 1024;
  int durability = 1;  ///< kMemory, kKernel, kDevice.
  std::int64_t batch = 1;
  std::int64_t topics = 1;
  std::int64_t queues = 4;
  std::optional<std::int64_t> segment_bytes;
  std::int64_t seed = 1;
  bool print_acks = false;
  bool print_tries = false;
};

// What SIGINT and SIGTERM ask for: the store is closed properly.
std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

class Load {
 public:
  Load(const Arguments& arguments, Store& store)
      : arguments_(arguments),
        store_(store),
        messages_(static_cast<std::uint64_t>(arguments.seed), arguments.size, arguments.topics,
                  arguments.queues) {}

  /// Runs all producers to their end. The first error of any of them.
  Status Run();
  std::string Summary() const;

 private:
  void Produce(Latencies& latencies);
  Status AppendOne(std::int64_t first, std::int64_t count, Latencies& latencies);
  std::string Line(const char* kind, std::int64_t seq, const std::string& body,
                   const AppendResult* at) const;
  void Stop(const Status& status);

  const Arguments& arguments_;
  Store& store_;
  const LoadMessages messages_;
  Clock::time_point began_;
  Clock::time_point deadline_ = Clock::time_point::max();
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> done_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  Status status_;  ///< Under mutex_ while producers run.
  double seconds_ = 0;
  Latencies latencies_;
};

Status Load::Run() {
  began_ = Clock::now();
  if (arguments_.seconds > 0) {
    deadline_ = began_ + std::chrono::duration_cast<Clock::duration>(
                             std::chrono::duration<double>(arguments_.seconds));
  }
  std::vector<Latencies> latencies(static_cast<std::size_t>(arguments_.producers));
  std::vector<std::thread> threads;
  for (Latencies& own : latencies) threads.emplace_back([this, &own] { Produce(own); });
  ProgressBar bar;
  std::atomic<bool> finished{false};
  std::thread watcher([&] {
    while (!finished) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      bar.Show("appending", done_, arguments_.messages.value_or(0));
    }
  });
  for (std::thread& thread : threads) thread.join();
  seconds_ = std::chrono::duration<double>(Clock::now() - began_).count();
  finished = true;
  watcher.join();
  bar.Clear();
  for (const Latencies& own : latencies) latencies_.Add(own);
  return status_;
}

void Load::Stop(const Status& status) {
  stopped_ = true;
  const std::lock_guard lock(mutex_);
  if (status_.ok()) status_ = status;
}

void Load::Produce(Latencies& latencies) {
  while (!stopped_ && !stop_asked && Clock::now() < deadline_) {
    const std::int64_t first = next_.fetch_add(arguments_.batch);
    std::int64_t count = arguments_.batch;
    if (arguments_.messages.has_value()) count = std::min(count, *arguments_.messages - first);
    if (count <= 0) return;
    if (const Status status = AppendOne(first, count, latencies); !status.ok()) {
      return Stop(status);
    }
    done_ += count;
  }
}

Status Load::AppendOne(std::int64_t first, std::int64_t count, Latencies& latencies) {
  struct Parts {
    std::string topic, tags, keys, body;
  };
  std::vector<Parts> parts;
  std::vector<Message> messages;
  parts.reserve(static_cast<std::size_t>(count));
  for (std::int64_t seq = first; seq < first + count; ++seq) {
    Parts& part = parts.emplace_back(
        Parts{messages_.Topic(seq), messages_.Tags(seq), messages_.Keys(seq), messages_.Body(seq)});
    messages.push_back({.topic = part.topic,
                        .queue = messages_.Queue(seq),
                        .tags = part.tags,
                        .keys = part.keys,
                        .body = part.body});
    if (!arguments_.print_tries) continue;
    const Status told = WriteNow(STDOUT_FILENO, Line("try", seq, part.body, nullptr));
    if (!told.ok()) return told;
  }
  const Clock::time_point began = Clock::now();
  std::vector<AppendResult> results;
  const auto until = static_cast<Durability>(arguments_.durability);
  if (arguments_.batch > 1) {
    auto appended = store_.AppendBatch(messages, until);
    if (!appended.has_value()) return appended.error();
    results = *std::move(appended);
  } else {
    auto appended = store_.Append(messages[0], until);
    if (!appended.has_value()) return appended.error();
    results.push_back(*appended);
  }
  latencies.Add(Clock::now() - began);
  if (!arguments_.print_acks) return {};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Status told =
        WriteNow(STDOUT_FILENO, Line("ack", first + i, parts[at].body, &results[at]));
    if (!told.ok()) return told;
  }
  return {};
}

std::string Load::Line(const char* kind, std::int64_t seq, const std::string& body,
                       const AppendResult* at) const {
  JsonLine line(kind);
  line.Add("seq", seq).Add("topic", messages_.Topic(seq)).Add("queueId", messages_.Queue(seq));
  if (at != nullptr) {
    line.Add("queueOffset", ToInt(at->queue_offset)).Add("physicalOffset", ToInt(at->log_offset));
  }
  return line.Add("bodySha256", Sha256(body)).Line();
}

std::string Load::Summary() const {
  const std::int64_t messages = done_;
  const double rate = seconds_ > 0 ? static_cast<double>(messages) / seconds_ : 0;
  const double p50 = latencies_.Percentile(0.5);
  const double p99 = latencies_.Percentile(0.99);
  const double p999 = latencies_.Percentile(0.999);
  if (arguments_.common.json || arguments_.print_acks || arguments_.print_tries) {
    return JsonLine("summary")
        .Add("messages", messages)
        .Add("seconds", seconds_)
        .Add("messagesPerSecond", rate)
        .Add("p50Us", p50)
        .Add("p99Us", p99)
        .Add("p999Us", p999)
        .Line();
  }
  return fmt::format(
      "{} messages in {:.3f} s: {:.0f} messages/s, {}/s of bodies\n"
      "appends took {:.0f} us (half), {:.0f} us (99 %), {:.0f} us (99.9 %)\n",
      messages, seconds_, rate,
      SizeText(static_cast<std::int64_t>(rate * static_cast<double>(arguments_.size))), p50, p99,
      p999);
}

int RunLoad(Arguments arguments) {
  if (!arguments.messages.has_value() && arguments.seconds == 0) arguments.messages = 10'000;
  auto options = OpenOptions(arguments.common);
  if (!options.has_value()) return Fail(options.error(), arguments.common);
  if (arguments.segment_bytes.has_value()) options->sizes.segment_bytes = arguments.segment_bytes;
  auto store = Store::Open(arguments.common.directory, *options);
  if (!store.has_value()) return Fail(store.error(), arguments.common);
  for (const int number : {SIGINT, SIGTERM}) {
    std::signal(number, [](int) { stop_asked = true; });
  }
  Load load(arguments, **store);
  const Status loaded = load.Run();
  const Status closed = (*store)->Close();
  const Status told = WriteNow(STDOUT_FILENO, load.Summary());
  for (const Status* status : {&loaded, &closed, &told}) {
    if (status->ok()) continue;
    Fail(*status, arguments.common);
    return kExitDamaged;
  }
  return kExitOk;
}

}  // namespace

void AddLoad(CLI::App& store, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  Verb verb(store, "load",
            "Append made-up messages from several threads, to a new store or an existing one",
            arguments->common);
  verb.Number("--producers", "N", arguments->producers, {.max = 1024}, "Threads that append");
  verb.Number("--messages", "N", arguments->messages, {},
              "Stop after so many; 10000 if neither this nor --seconds is given");
  verb.Number("--seconds", "N", arguments->seconds, "Stop after so long");
  verb.Number("--size", "B", arguments->size, {.min = 0, .max = 4 << 20}, "Bytes of a body");
  verb.Word("--durability", {"memory", "kernel", "device"}, arguments->durability,
            "How safe a message is before it is acknowledged [kernel]");
  verb.Number("--batch", "N", arguments->batch, {.max = 65536},
              "Messages in one atomic batch; 1: no batches");
  verb.Number("--topics", "N", arguments->topics, {.max = 1'000'000},
              "Topics to spread messages over");
  verb.Number("--queues", "N", arguments->queues, {.max = 1'000'000}, "Queues of each topic");
  verb.Number("--segment-bytes", "B", arguments->segment_bytes, {}, "Size of the log's files");
  verb.Number("--seed", "S", arguments->seed, {.min = 0}, "What bodies and keys are made from");
  verb.Flag("--print-acks", arguments->print_acks,
            "Print a line of JSON for each acknowledged append, as soon as it is");
  verb.Flag("--print-tries", arguments->print_tries, "Print a line of JSON before each append");
  verb.Runs(chosen, [arguments] { return RunLoad(*arguments); });
}

}  // namespace tidemark::tool

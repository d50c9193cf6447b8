// SPDX-License-Identifier: Apache-2.0
// Opens a store that a Java RocketMQ broker wrote, lists it, appends durably from several threads,
// consumes with a group, closes, reopens, and shows that nothing was lost.
//
//   quickstart DIRECTORY
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tidemark/store.h"

namespace {

using tidemark::Durability;
using tidemark::MessageBatch;
using tidemark::MessageView;
using tidemark::QueueInfo;
using tidemark::Result;
using tidemark::Status;
using tidemark::Store;

constexpr int kThreads = 4;
constexpr int kMessagesEach = 1000;
constexpr const char* kTopic = "quickstart";

[[noreturn]] void Fail(const char* what, const Status& status) {
  std::fprintf(stderr, "quickstart: %s: %s\n", what, status.ToString().c_str());
  std::exit(1);
}

template <typename T>
T OrFail(const char* what, Result<T> result) {
  if (!result) Fail(what, result.error());
  return *std::move(result);
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::int64_t CountMessages(Store& store, bool print) {
  std::int64_t messages = 0;
  for (const QueueInfo& queue : store.Queues()) {
    const std::int64_t here = queue.bounds.max - queue.bounds.min;
    messages += here;
    if (print && here > 0) {
      std::printf("    %-40s queue %2d  offsets %lld..%lld\n", queue.topic.c_str(), queue.queue,
                  static_cast<long long>(ToInt(queue.bounds.min)),
                  static_cast<long long>(ToInt(queue.bounds.max)) - 1);
    }
  }
  return messages;
}

void AppendDurably(Store& store) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&store, t] {
      for (int i = 0; i < kMessagesEach; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        const std::string body = "message " + key;
        OrFail("appending", store.Append({.topic = kTopic,
                                          .queue = t,
                                          .tags = i % 2 == 0 ? "even" : "odd",
                                          .keys = key,
                                          .body = body},
                                         Durability::kDevice));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = SecondsSince(start);
  const tidemark::StoreStats stats = store.Stats();
  std::printf(
      "appended %d messages from %d threads, each acknowledged on the device:\n"
      "    %.0f messages/s, p50 %.0f us, p99 %.0f us, %.1f messages a sync\n",
      kThreads * kMessagesEach, kThreads, kThreads * kMessagesEach / seconds,
      static_cast<double>(stats.append_latency.Percentile(0.5).count()) / 1000,
      static_cast<double>(stats.append_latency.Percentile(0.99).count()) / 1000,
      static_cast<double>(stats.appended_messages) / static_cast<double>(stats.syncs));
}

void Consume(Store& store) {
  const auto start = std::chrono::steady_clock::now();
  auto consumer = OrFail("consuming", store.NewConsumer({.group = "mailer", .topic = kTopic}));
  int consumed = 0;
  while (consumed < kThreads * kMessagesEach) {
    const MessageBatch batch = OrFail("polling", consumer.Poll(std::chrono::seconds(1)));
    if (batch.empty()) break;
    consumed += static_cast<int>(batch.size());
    if (const Status status = consumer.Ack(batch); !status.ok()) Fail("acknowledging", status);
  }
  std::printf("consumed %d messages as group \"mailer\": %.0f messages/s\n", consumed,
              consumed / SecondsSince(start));
  if (consumed != kThreads * kMessagesEach) std::exit(1);
}

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: quickstart DIRECTORY (a store that Java or Tidemark wrote)\n");
    return 2;
  }
  std::int64_t before = 0;
  std::int64_t after = 0;
  {
    const auto start = std::chrono::steady_clock::now();
    auto store = OrFail("opening", Store::Open(argv[1]));
    std::printf("opened %s in %.1f ms (%s)\n", argv[1], SecondsSince(start) * 1000,
                store->DescribeIo().c_str());
    before = CountMessages(*store, true);
    std::printf("    %lld messages were there\n", static_cast<long long>(before));
    AppendDurably(*store);
    Consume(*store);
    after = CountMessages(*store, false);
    if (const Status status = store->Close(); !status.ok()) Fail("closing", status);
  }
  const auto start = std::chrono::steady_clock::now();
  auto store = OrFail("reopening", Store::Open(argv[1]));
  std::printf("reopened in %.1f ms; %s\n", SecondsSince(start) * 1000,
              store->Recovery().clean ? "it had been closed cleanly" : "after a crash");
  const std::int64_t now = CountMessages(*store, false);
  const MessageBatch found = OrFail("looking up", store->FindByKey(kTopic, "3-999"));
  auto consumer = OrFail("consuming", store->NewConsumer({.group = "mailer", .topic = kTopic}));
  const MessageBatch left = OrFail("polling", consumer.Poll(std::chrono::nanoseconds(0)));
  std::printf(
      "%lld of %lld messages are there, key \"3-999\" finds \"%s\", nothing is left to consume%s\n",
      static_cast<long long>(now), static_cast<long long>(after),
      found.empty() ? "" : std::string(found[0].body().text()).c_str(),
      left.empty() ? "" : " - WRONG");
  return now == after && now >= before + kThreads * kMessagesEach && found.size() >= 1 &&
                 left.empty()
             ? 0
             : 1;
}

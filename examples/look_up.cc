// SPDX-License-Identifier: Apache-2.0
// Finds messages by key, by id and by time.
//
//   look_up DIRECTORY
#include <cstdio>
#include <string>

#include "tidemark/store.h"

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  auto opened = tidemark::Store::Open(argv[1]);
  if (!opened) return 1;
  tidemark::Store& store = **opened;
  for (int i = 0; i < 100; ++i) {
    const std::string keys = "customer" + std::to_string(i % 10) + " order" + std::to_string(i);
    if (!store.Append({.topic = "orders", .keys = keys, .body = keys},
                      tidemark::Durability::kMemory)) {
      return 1;
    }
  }
  auto of_customer = store.FindByKey("orders", "customer7");
  auto order = store.FindByKey("orders", "order42");
  if (!of_customer || !order || order->empty()) return 1;
  const std::string id = (*order)[0].offset_message_id();
  auto by_id = store.FindById(id);
  auto at = store.OffsetAt({"orders", 0}, (*order)[0].store_time());
  if (!by_id || !at) return 1;
  std::printf("customer7 has %zu orders; %s is \"%.*s\"; its time begins at offset %lld\n",
              of_customer->size(), id.c_str(), static_cast<int>((*by_id)[0].body().size()),
              (*by_id)[0].body().text().data(), static_cast<long long>(ToInt(*at)));
  return of_customer->size() >= 10 ? 0 : 1;
}

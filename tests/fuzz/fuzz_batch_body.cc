// SPDX-License-Identifier: Apache-2.0
// Any bytes as a batch: its messages lie inside it, and are the same when they are written again.
#include <cstdint>

#include "src/base/check.h"
#include "src/server/remoting/batch_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemark;
  using namespace tidemark::remoting;
  const Bytes bytes(std::as_bytes(std::span(data, size)));
  const auto entries = DecodeBatchBody(bytes);
  if (!entries.has_value()) return 0;
  TM_CHECK(!entries->empty() && entries->size() <= kBatchEntriesMax);
  const auto written = EncodeBatchBody(*entries);
  TM_CHECK(written.has_value() && written->size() == size);
  const auto again = DecodeBatchBody(*written);
  TM_CHECK(again.has_value() && again->size() == entries->size());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    TM_CHECK((*again)[i].flag == (*entries)[i].flag);
    TM_CHECK((*again)[i].body.text() == (*entries)[i].body.text());
    TM_CHECK((*again)[i].properties == (*entries)[i].properties);
  }
  return 0;
}

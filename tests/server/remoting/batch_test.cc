// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/batch_body.h"
#include "tests/server/remoting/wire_data.h"

namespace tidemark::remoting {
namespace {

const char kTwo[] =
    "0000001f00000000000000000000000000000002616200074b455953016b02"
    "0000001700000000000000000000000000000001630000";

TEST_CASE("a batch that is cut anywhere inside a message is none", "[remoting]") {
  const std::string two = FromHex(kTwo);
  for (std::size_t size = 0; size < two.size(); ++size) {
    if (size == 31) continue;  // the first message is whole
    INFO(size);
    CHECK_FALSE(DecodeBatchBody(std::string_view(two).substr(0, size)).has_value());
  }
}

TEST_CASE("lengths in a batch are believed only where bytes are", "[remoting]") {
  const auto changed = [](std::size_t at, const char* hex) {
    std::string two = FromHex(kTwo);
    const std::string bytes = FromHex(hex);
    two.replace(at, bytes.size(), bytes);
    return DecodeBatchBody(two).has_value();
  };
  CHECK(changed(0, "0000001f"));
  for (const char* size :
       {"0000001e", "00000020", "00000000", "00000003", "ffffffff", "80000000", "7fffffff"}) {
    INFO(size);
    CHECK_FALSE(changed(0, size));
  }
  for (const char* size : {"00000001", "00000003", "ffffffff", "7fffffff", "80000000"}) {
    INFO(size);
    CHECK_FALSE(changed(16, size));
  }
  for (const char* size : {"0006", "0008", "ffff", "8000", "7fff"}) {
    INFO(size);
    CHECK_FALSE(changed(22, size));
  }
  CHECK(changed(4, "daa320a7"));  // nobody looks at the magic number
}

TEST_CASE("batches have a limit", "[remoting]") {
  const std::string large = REQUIRE_VALUE(EncodeBatchBody(std::vector<BatchEntry>(1024)));
  CHECK(REQUIRE_VALUE(DecodeBatchBody(large)).size() == 1024);
  CHECK_FALSE(DecodeBatchBody(large + FromHex(kTwo)).has_value());
  CHECK_FALSE(DecodeBatchBody("").has_value());
  const std::string properties(32'768, 'x');
  BatchEntry entry;
  entry.properties = properties;
  CHECK_FALSE(EncodeBatchBody({entry}).has_value());
  entry.properties = std::string_view(properties).substr(1);
  CHECK(EncodeBatchBody({entry}).has_value());
}

}  // namespace
}  // namespace tidemark::remoting

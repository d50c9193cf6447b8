// SPDX-License-Identifier: Apache-2.0
#include "tools/message_text.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "tools/json.h"

namespace tidemark::tool {

std::string HostText(const HostAddress& host) {
  const auto& bytes = host.address;
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  // Java makes an IPv4 address of an IPv6 one that stands for it.
  const bool mapped = host.v6 && std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
  if (!host.v6 || mapped) {
    const std::uint8_t* const at = bytes.data() + (mapped ? 12 : 0);
    return fmt::format("{}.{}.{}.{}:{}", at[0], at[1], at[2], at[3], host.port);
  }
  std::string text;
  for (std::size_t i = 0; i < 16; i += 2) {
    text += fmt::format("{:x}:", bytes[i] << 8 | bytes[i + 1]);
  }
  return text + std::to_string(host.port);
}

std::optional<HostAddress> ParseHost(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostAddress host;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, host.port);
  if (error != std::errc() || rest != end) return std::nullopt;
  const std::string address = text.substr(0, colon);
  host.v6 = address.find(':') != std::string::npos;
  if (inet_pton(host.v6 ? AF_INET6 : AF_INET, address.c_str(), host.address.data()) != 1) {
    return std::nullopt;
  }
  return host;
}

std::string MagicText(const MessageView& message) {
  std::string text;
  for (const std::byte byte : message.record().span().subspan(4, 4)) {
    text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  }
  return text;
}

std::string PropertiesJson(const MessageView& message) {
  JsonLine properties;
  for (const Property& property : message.properties()) {
    properties.Add(property.name, property.value);
  }
  return properties.Object();
}

std::string Shown(std::string_view text) {
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return shown;
}

}  // namespace tidemark::tool

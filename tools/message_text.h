// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/message.h"

namespace tidemark::tool {

/// "127.0.0.1:10911", as Java prints it: IPv6 in eight groups without a shortcut.
std::string HostText(const HostAddress& host);
/// The inverse, for IPv6 with shortcuts as well. None: no such address.
std::optional<HostAddress> ParseHost(const std::string& text);

/// The record's magic in hex.
std::string MagicText(const MessageView& message);

/// The properties as a JSON object.
std::string PropertiesJson(const MessageView& message);

/// For people: control characters replaced.
std::string Shown(std::string_view text);

}  // namespace tidemark::tool

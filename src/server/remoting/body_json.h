// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/config/json_fields.h"
#include "src/server/remoting/command.h"

namespace tidemark::remoting {

/// JSON of a peer, an object: lenient as fastjson is, limited as a stranger's text has to be.
/// Errors: kInvalidArgument.
Result<Json> ParseBody(std::string_view text);

/// The array member of that name; null when it is missing or null.
/// Errors: kInvalidArgument (another kind).
Result<const Json::Elements*> ReadArray(const Json& object, std::string_view name);

/// An array of texts; other plain values are taken as they are written.
/// Errors: kInvalidArgument (another kind).
Status ReadTexts(const Json& object, std::string_view name, std::vector<std::string>* texts);
Json TextsToJson(const std::vector<std::string>& texts);

/// A plain value as text. None: null, object or array.
std::optional<std::string> PlainText(const Json& value);

/// Adds a member whose key is an object, as fastjson writes maps of MessageQueue.
void AppendObjectKey(const Json& key, Json value, Json* map);

}  // namespace tidemark::remoting

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/config/java_json.h"

namespace tidemark {

/// Members of a Java bean: one that is missing or null leaves `value` as it is, the default.
/// Errors: kInvalidArgument (another kind, or out of the type's range: which member).
Status ReadField(const Json& object, std::string_view name, bool* value);
Status ReadField(const Json& object, std::string_view name, std::int32_t* value);
Status ReadField(const Json& object, std::string_view name, std::int64_t* value);
Status ReadField(const Json& object, std::string_view name, std::string* value);

/// A map of texts, such as `attributes`. Values of other kinds are taken as they are written.
using Attributes = std::vector<std::pair<std::string, std::string>>;
Status ReadField(const Json& object, std::string_view name, Attributes* value);
Json AttributesToJson(const Attributes& attributes);

/// The member of that name if it is an object; null when it is missing or null.
/// Errors: kInvalidArgument (another kind).
Result<const Json*> ReadObject(const Json& object, std::string_view name);

/// The integer that a key of a map is, as Java's Integer. Errors: kInvalidArgument.
Result<std::int32_t> ReadIntegerKey(const std::string& key);

/// `text` as an object. Errors: kInvalidArgument.
Result<Json> ParseObject(std::string_view text);

}  // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/fields.h"

#include <algorithm>

#include "src/base/format.h"

namespace tidemark::remoting {

const std::string* Fields::Find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields_.end() ? nullptr : &found->value;
}

void Fields::Set(std::string_view name, std::string value) {
  if (name.empty()) return;
  if (const std::string* there = Find(name); there != nullptr) {
    *const_cast<std::string*>(there) = std::move(value);
    return;
  }
  fields_.push_back({std::string(name), std::move(value)});
}

void Fields::Set(std::string_view name, std::int64_t value) {
  Set(name, Format("{}", value));
}

}  // namespace tidemark::remoting

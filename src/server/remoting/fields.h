// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::remoting {

/// One parameter of a request or answer. Never without a name.
struct Field {
  std::string name;
  std::string value;
  friend bool operator==(const Field&, const Field&) = default;
};

/// The parameters (`extFields`) in the order of the wire; a name occurs once. Thread-compatible.
class Fields {
 public:
  /// Null: there is none of that name. A value may be empty.
  const std::string* Find(std::string_view name) const;
  /// Replaces the value of that name or adds the field at the end. A field without a name is not
  /// kept: the binary header cannot hold it.
  void Set(std::string_view name, std::string value);
  void Set(std::string_view name, std::int64_t value);

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  friend bool operator==(const Fields&, const Fields&) = default;

 private:
  std::vector<Field> fields_;
};

}  // namespace tidemark::remoting

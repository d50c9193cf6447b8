// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark {

/// Values by name that remember in which order they came: a file that is read and written again
/// keeps the order of its members. Iterates by name. Thread-compatible.
template <typename T>
class OrderedTable {
  struct Place {
    std::uint64_t order = 0;
    T value;
  };

 public:
  T* Find(std::string_view name) {
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : &found->second.value;
  }
  const T* Find(std::string_view name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? nullptr : &found->second.value;
  }
  /// The value of that name; a new one comes last.
  T& operator[](std::string_view name) {
    const auto found = places_.find(name);
    if (found != places_.end()) return found->second.value;
    return places_.emplace(std::string(name), Place{next_++, T{}}).first->second.value;
  }
  bool Erase(std::string_view name) {
    const auto found = places_.find(name);
    if (found == places_.end()) return false;
    places_.erase(found);
    return true;
  }
  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }

  /// Calls `visit(name, value)` by name.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (const auto& [name, place] : places_) visit(name, place.value);
  }
  /// Calls `visit(name, value)` in the order in which they came.
  template <typename Visit>
  void ForEachInOrder(const Visit& visit) const {
    std::vector<std::pair<const std::string*, const Place*>> all;
    all.reserve(places_.size());
    for (const auto& [name, place] : places_) all.emplace_back(&name, &place);
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.second->order < b.second->order; });
    for (const auto& [name, place] : all) visit(*name, place->value);
  }

 private:
  std::map<std::string, Place, std::less<>> places_;
  std::uint64_t next_ = 0;
};

}  // namespace tidemark

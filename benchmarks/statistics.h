// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tidemark::bench {

/// The median of some figures and their quartiles; all 0 when there are none.
struct Spread {
  double median = 0;
  double q1 = 0;
  double q3 = 0;
};

/// Quartiles are interpolated between neighbours.
inline Spread SpreadOf(std::vector<double> figures) {
  if (figures.empty()) return {};
  std::sort(figures.begin(), figures.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(figures.size() - 1);
    const auto low = static_cast<std::size_t>(place);
    const std::size_t high = std::min(low + 1, figures.size() - 1);
    return figures[low] + (place - static_cast<double>(low)) * (figures[high] - figures[low]);
  };
  return {at(0.5), at(0.25), at(0.75)};
}

}  // namespace tidemark::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "tidemark/inspect.h"

namespace tidemark {

/// Counts findings and passes them on; of one sort only the first few, so that one broken file does
/// not fill a screen with thousands.
class Findings {
 public:
  static constexpr std::uint64_t kShownOfASort = 20;

  Findings(VerifyReport& report, const std::function<void(const Finding&)>& visit)
      : report_(report), visit_(visit) {}

  void Add(Finding finding) {
    if (finding.kind != Finding::Kind::kNote) ++report_.findings;
    if (finding.kind == Finding::Kind::kDamage) ++report_.damages;
    visit_(finding);
  }

  /// `seen` counts those of one sort; the text is made for those that are shown.
  template <typename MakeFinding>
  void AddSome(std::uint64_t& seen, MakeFinding&& make) {
    Finding finding = make();
    if (++seen <= kShownOfASort) return Add(std::move(finding));
    if (finding.kind != Finding::Kind::kNote) ++report_.findings;
    if (finding.kind == Finding::Kind::kDamage) ++report_.damages;
    if (seen == kShownOfASort + 1) {
      finding.text = "and more of this sort, which are counted but not shown";
      finding.position = -1;
      visit_(finding);
    }
  }

 private:
  VerifyReport& report_;
  const std::function<void(const Finding&)>& visit_;
};

}  // namespace tidemark

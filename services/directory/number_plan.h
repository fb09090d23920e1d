#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "directory/office_tree.h"
#include "tierline/directory/v1/pack.pb.h"

namespace tierline::directory {

// Place of an area code in its plan; holds within one snapshot only.
using AreaIndex = uint16_t;
inline constexpr AreaIndex kNoArea = std::numeric_limits<AreaIndex>::max();

// Subscriber numbers that begin with `prefix` belong to `locality`.
struct Exchange {
  std::string prefix;
  OfficeIndex locality = kNoOffice;
};

// An area code and the localities that it serves, in the order of the pack, withdrawn ones last.
struct Area {
  std::string code;  // with the trunk prefix: "0551"
  std::vector<OfficeIndex> localities;
  size_t live = 0;                  // the first so many are not withdrawn
  std::vector<Exchange> exchanges;  // longest prefix first

  // Only aliases of today's localities are left of the code.
  bool withdrawn() const { return live == 0; }
  // The localities that a number of this area may belong to. A withdrawn alias beside live ones
  // names where callers may still want to go, but no number is there any more.
  absl::Span<const OfficeIndex> Homes() const {
    return absl::MakeConstSpan(localities).first(withdrawn() ? localities.size() : live);
  }
  bool Serves(OfficeIndex locality) const;
  // kNoOffice when no prefix fits.
  OfficeIndex LocalityOfExchange(std::string_view subscriber) const;
};

// Area codes, exchanges and mobile prefixes: from a number to its locality.
//
//     area code    "0551" -> 10551 -> AreaIndex     one table; the 1 keeps leading zeros
//     mobile       "1380013" -> page of "1380", row of "013" -> OfficeIndex
//
// A mobile prefix of 4 to 6 digits fills all rows that it covers, the longest prefix last, so that
// one look is a longest match.
//
// Both look-ups take some ten nanoseconds and allocate nothing.
class NumberPlan {
 public:
  // `pack` must be valid (validate.h); `offices` must be built from it.
  static NumberPlan Build(const v1::PackPart& pack, const OfficeTree& offices);

  size_t areas() const { return areas_.size(); }
  const Area& operator[](AreaIndex area) const { return areas_[area]; }

  // `code` as dialled, with the trunk prefix. kNoArea when it is not in the plan.
  AreaIndex FindArea(std::string_view code) const;

  // Home of the mobile number of which `segment` are the leading digits, 7 or more; kNoOffice if
  // unmapped.
  OfficeIndex LocalityOfMobile(std::string_view segment) const;

  // The area code by which `locality` is dialled: its first that is not withdrawn, else its first.
  // kNoArea for an office that is no locality.
  AreaIndex AreaOf(OfficeIndex locality) const { return area_of_[locality]; }
  bool IsLocality(OfficeIndex office) const { return area_of_[office] != kNoArea; }

  // The locality that `office` lies in: itself or the nearest ancestor; for an office above the
  // localities (a province, the root) kNoOffice.
  OfficeIndex LocalityOf(OfficeIndex office, const OfficeTree& offices) const;

 private:
  static constexpr size_t kAreaDigitsMax = 5;
  using MobilePage = std::array<OfficeIndex, 1000>;

  void AddMobile(std::string_view prefix, OfficeIndex locality);

  std::vector<Area> areas_;
  std::vector<AreaIndex> area_by_code_;
  std::vector<AreaIndex> area_of_;  // by locality
  std::vector<std::unique_ptr<MobilePage>> pages_;
};

}  // namespace tierline::directory

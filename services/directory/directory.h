#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/business_calendar.h"
#include "base/numbering_rules.h"
#include "directory/line_life.h"
#include "directory/number_plan.h"
#include "directory/office_tree.h"
#include "tierline/directory/v1/pack.pb.h"

// What a hotline pack says, ready to be asked: an immutable snapshot of the fold of
// tierline.directory.v1.
//
// Example: who answers a number of Hefei now?
//
//     OfficeIndex locality = directory.plan().LocalityOfMobile("1380551");
//     OfficeIndex open = directory.NearestOpen(locality, now);
//     bool person = directory.calendar(open).IsWorking(now).value_or(false);
//
// A snapshot may be shared by any number of threads. About 4 MB for the national plan; a snapshot
// that differs from another one in the policy or the tree only shares the rest with it.
//
// Snapshots stand in a timeline: each is in force from an instant until the next one, and all know
// the lives of the lines, over all time.

namespace tierline::directory {

class Directory {
 public:
  // Errors: kInvalidArgument with the first fault of validate.h.
  static absl::StatusOr<std::shared_ptr<const Directory>> Build(const v1::PackPart& pack,
                                                                std::string pack_hash);

  const OfficeTree& offices() const { return *offices_; }
  const NumberPlan& plan() const { return tables_->plan; }

  // --- The hotline's own settings.
  const v1::Hotline& hotline() const { return tables_->hotline; }
  const NumberingRules& numbering() const { return tables_->numbering; }
  absl::TimeZone zone() const { return tables_->zone; }
  const std::string& pack_hash() const { return tables_->pack_hash; }
  // Without `parts`, which is a matter of how it was sent.
  const v1::PackCounts& counts() const { return tables_->counts; }
  // Area whose entry serves callers of whom nothing is known.
  AreaIndex national_area() const { return tables_->national_area; }
  // The programme's dates: the first instants of the trial and of the formal opening.
  absl::Time trial_from() const { return tables_->trial_from; }
  absl::Time formal_from() const { return tables_->formal_from; }
  // True before the formal opening.
  bool IsTrial(absl::Time at) const { return at < tables_->formal_from; }

  // --- Working time: the calendar of an office, its own or inherited. Valid as long as the
  // snapshot.
  const BusinessCalendar& calendar(OfficeIndex office) const {
    return tables_->calendars[offices()[office].hours];
  }

  // --- Policies, categories, menus, fees: as in the pack. Pointers are null when there is none of
  // that name.
  const v1::PolicyProfile& policy() const { return tables_->policies[policy_]; }
  const v1::PolicyProfile* FindPolicy(std::string_view id) const;
  const std::vector<v1::Category>& categories() const { return tables_->categories; }
  const v1::Category* FindCategory(std::string_view code) const;
  const v1::MenuBook& menus() const { return tables_->menus; }
  const v1::Prompt* FindPrompt(std::string_view id) const;
  const std::vector<v1::FeeRate>& fees() const { return tables_->fees; }

  // --- Lines. A view is valid as long as the snapshot. Neither allocates.
  // The line of `office` at `at`, an instant at which this snapshot is in force.
  LineView LineAt(OfficeIndex office, absl::Time at) const {
    return LineAtMs(office, absl::ToUnixMillis(at));
  }
  // The nearest office, from `office` itself upwards, that answers at `at`; kNoOffice if none does
  // . From an office that was merged into another one it goes on there.
  OfficeIndex NearestOpen(OfficeIndex office, absl::Time at) const;
  // The lines that have a number then and are not closed: `take(office, number)`.
  void EachNumber(absl::Time at, absl::FunctionRef<void(OfficeIndex, std::string_view)> take) const;
  // The line of the office `code` over all time, which alone knows since when it is as it is.
  LineLife LifeOf(std::string_view code) const;

  // Equal only of snapshots that say the same, lines and instants apart: whoever has seen one of
  // this edition has nothing to look at again. Never 0.
  uint64_t edition() const { return edition_; }

  // --- Time. Each snapshot is in force from its instant until the next one's.
  absl::Time in_force_from() const { return in_force_from_; }
  // The snapshot that is in force at `at`, among all of the timeline, earlier and later ones.
  // Before the first, the first: a new installation that replays history has no older plan.
  const Directory& At(absl::Time at) const;
  // All of the timeline, in order.
  std::vector<const Directory*> Timeline() const;

  // What the packs of `timeline` say of the line of the office `code`, for LineLife.
  static std::vector<PackLine> LinesOfPacks(std::string_view code,
                                            absl::Span<const Directory* const> timeline);

  // --- Successors, for the fold. Each stands alone, outside of any timeline.
  std::shared_ptr<const Directory> From(absl::Time in_force_from) const;
  // The same with another policy. `policy` must exist.
  std::shared_ptr<const Directory> WithPolicy(std::string_view policy) const;
  // The same after `change`, which must fit (change_office.h).
  std::shared_ptr<const Directory> WithChange(const v1::OfficeChange& change, const Uuid& by) const;
  // The last of `snapshots`, which are at least one and in the order of their instants, in a
  // timeline with the others and `lines`.
  static std::shared_ptr<const Directory> Chain(
      const std::vector<std::shared_ptr<const Directory>>& snapshots,
      std::shared_ptr<const LineBook> lines);

 private:
  struct Tables {
    v1::Hotline hotline;
    NumberingRules numbering;
    absl::TimeZone zone;
    absl::Time trial_from;
    absl::Time formal_from;
    std::string pack_hash;
    v1::PackCounts counts;
    NumberPlan plan;
    AreaIndex national_area = kNoArea;
    std::vector<BusinessCalendar> calendars;
    std::vector<v1::PolicyProfile> policies;
    std::vector<v1::Category> categories;
    v1::MenuBook menus;
    std::vector<v1::FeeRate> fees;
  };

  struct Chained;

  Directory() = default;
  // That of this one after `change`, which is of the kind `what`.
  uint64_t EditionWith(std::string_view what, std::string_view change) const;
  std::shared_ptr<Directory> Alone() const;
  size_t PolicyIndex(std::string_view id) const;
  PackLine LineOfPack(OfficeIndex office) const;
  LineView LineAtMs(OfficeIndex office, int64_t at_ms) const;

  std::shared_ptr<const Tables> tables_;
  std::shared_ptr<const OfficeTree> offices_;
  size_t policy_ = 0;
  uint64_t edition_ = 0;
  absl::Time in_force_from_ = absl::InfinitePast();
  const Chained* chained_ = nullptr;  // the timeline that owns this one
};

}  // namespace tierline::directory

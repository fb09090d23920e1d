#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/business_calendar.h"
#include "base/numbering_rules.h"
#include "directory/number_plan.h"
#include "directory/office_tree.h"
#include "tierline/directory/v1/pack.pb.h"

// What a hotline pack says, ready to be asked: an immutable snapshot of the fold of
// tierline.directory.v1.
//
// Example: who answers a number of Hefei now?
//
//     OfficeIndex locality = directory.plan().LocalityOfMobile("1380551");
//     OfficeIndex open = directory.offices().NearestOpen(locality, now_s);
//     bool person = directory.calendar(open).IsWorking(now).value_or(false);
//
// A snapshot may be shared by any number of threads. About 4 MB for the national plan; a snapshot
// that differs from another one in the policy only shares the rest with it.

namespace tierline::directory {

class Directory {
 public:
  // Errors: kInvalidArgument with the first fault of validate.h.
  static absl::StatusOr<std::shared_ptr<const Directory>> Build(const v1::PackPart& pack,
                                                                std::string pack_hash);

  const OfficeTree& offices() const { return tables_->offices; }
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

  // --- Time. Each snapshot is in force from the event that made it until the next one.
  absl::Time in_force_from() const { return in_force_from_; }
  // The snapshot that was in force at `at`: this one or an earlier one. Before the first, the
  // first: a new installation that replays history has no older plan.
  const Directory& At(absl::Time at) const;

  // --- Successors, for the fold.
  // This snapshot, in force from `from` and preceded by `earlier` (may be null).
  std::shared_ptr<const Directory> After(std::shared_ptr<const Directory> earlier,
                                         absl::Time from) const;
  // The same with another policy. `policy` must exist.
  std::shared_ptr<const Directory> WithPolicy(std::string_view policy) const;

 private:
  struct Tables {
    v1::Hotline hotline;
    NumberingRules numbering;
    absl::TimeZone zone;
    absl::Time formal_from;
    std::string pack_hash;
    v1::PackCounts counts;
    OfficeTree offices;
    NumberPlan plan;
    AreaIndex national_area = kNoArea;
    std::vector<BusinessCalendar> calendars;
    std::vector<v1::PolicyProfile> policies;
    std::vector<v1::Category> categories;
    v1::MenuBook menus;
    std::vector<v1::FeeRate> fees;
  };

  Directory() = default;
  size_t PolicyIndex(std::string_view id) const;

  std::shared_ptr<const Tables> tables_;
  size_t policy_ = 0;
  absl::Time in_force_from_ = absl::InfinitePast();
  std::shared_ptr<const Directory> earlier_;
};

}  // namespace tierline::directory

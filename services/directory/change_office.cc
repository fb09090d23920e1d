#include "directory/change_office.h"

#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace tierline::directory {
namespace {

using Refusal = std::optional<Rejection>;

constexpr size_t kNameMax = 200;

class Checker {
 public:
  Checker(const v1::OfficeChange& change, const Directory& directory)
      : change_(change), directory_(directory), offices_(directory.offices()) {}

  Refusal Run() {
    office_ = offices_.Find(change_.office());
    if (office_ == kNoOffice) return NoOffice("change.office", change_.office());
    if (offices_[office_].merged_into != kNoOffice)
      return Bad("office", change_.office(), "has become part of another office");
    const bool moves = !change_.parent().empty() || !change_.name().empty() ||
                       change_.level() != base::v1::LEVEL_UNSPECIFIED;
    if (!change_.merged_into().empty()) {
      return moves ? Bad("merged_into", change_.merged_into(), "must be given alone")
                   : CheckMerge();
    }
    if (!moves) return Bad("office", change_.office(), "nothing of it is changed");
    if (change_.name().size() > kNameMax)
      return Bad("name", absl::StrCat(change_.name().size(), " bytes"), "at most 200 bytes");
    return CheckPlace();
  }

 private:
  Refusal Bad(std::string_view field, std::string value, std::string_view message) const {
    return InvalidField(absl::StrCat("change.", ToAbsl(field)), std::move(value), "R-201", message);
  }
  static Refusal NoOffice(std::string field, const std::string& code) {
    return InvalidField(std::move(field), code.substr(0, 16), "R-201", "there is no such office");
  }

  Refusal CheckPlace() {
    const Office& office = offices_[office_];
    OfficeIndex parent = office.parent;
    if (!change_.parent().empty()) {
      parent = offices_.Find(change_.parent());
      if (parent == kNoOffice) return NoOffice("change.parent", change_.parent());
      if (office.parent == kNoOffice) return Bad("parent", change_.parent(), "the root has none");
      // Of the level that it had before, the office would be above the one that it gets.
      if (parent == office_) return Bad("parent", change_.parent(), "is the office itself");
      if (offices_[parent].merged_into != kNoOffice)
        return Bad("parent", change_.parent(), "has become part of another office");
    }
    const auto level =
        change_.level() == base::v1::LEVEL_UNSPECIFIED ? office.level : change_.level();
    if (!base::v1::Level_IsValid(level))
      return Bad("level", absl::StrCat(level), "must name a level");
    if (parent != kNoOffice && offices_[parent].level >= level) {
      if (!change_.parent().empty())
        return Bad("parent", change_.parent(), "is not of a higher level");
      return Bad("level", base::v1::Level_Name(level),
                 absl::StrCat("is not lower than that of its parent ", offices_[parent].code));
    }
    for (const OfficeIndex child : offices_.Children(office_)) {
      if (offices_[child].level <= level) {
        return Bad("level", base::v1::Level_Name(level),
                   absl::StrCat("is not higher than that of ", offices_[child].code, " below it"));
      }
    }
    return change_.parent().empty() ? Refusal() : CheckPlan(parent);
  }

  // what the number plan needs of the tree.
  Refusal CheckPlan(OfficeIndex parent) {
    if (offices_[office_].provincial_seat) {
      for (const OfficeIndex sibling : offices_.Children(parent)) {
        if (sibling != office_ && offices_[sibling].provincial_seat)
          return Bad("parent", change_.parent(), "has a provincial seat already");
      }
    }
    const OfficeIndex above = LocalityFrom(parent);
    if (above == kNoOffice || !HasLocality(office_)) return {};
    return Bad("parent", change_.parent(),
               absl::StrCat("lies in the locality ", offices_[above].code,
                            ", and what would come below it is a locality too; publish a pack"));
  }

  OfficeIndex LocalityFrom(OfficeIndex office) const {
    while (office != kNoOffice && !directory_.plan().IsLocality(office))
      office = offices_[office].parent;
    return office;
  }
  bool HasLocality(OfficeIndex top) const {
    if (directory_.plan().IsLocality(top)) return true;
    for (const OfficeIndex child : offices_.Children(top)) {
      if (HasLocality(child)) return true;
    }
    return false;
  }

  Refusal CheckMerge() {
    const OfficeIndex into = offices_.Find(change_.merged_into());
    if (into == kNoOffice) return NoOffice("change.merged_into", change_.merged_into());
    if (into == office_) return Bad("merged_into", change_.merged_into(), "is the office itself");
    if (offices_[into].merged_into != kNoOffice)
      return Bad("merged_into", change_.merged_into(), "has become part of another office");
    if (offices_[office_].parent == kNoOffice)
      return Bad("office", change_.office(), "the root can not become part of another office");
    if (!offices_.Children(office_).empty())
      return Bad("office", change_.office(),
                 "has offices below it; give them another parent first");
    if (directory_.plan().IsLocality(office_))
      return Bad("office", change_.office(), "is a locality of the number plan; publish a pack");
    return {};
  }

  const v1::OfficeChange& change_;
  const Directory& directory_;
  const OfficeTree& offices_;
  OfficeIndex office_ = kNoOffice;
};

}  // namespace

std::optional<Rejection> CheckChange(const v1::OfficeChange& change, const Directory& directory) {
  return Checker(change, directory).Run();
}

}  // namespace tierline::directory

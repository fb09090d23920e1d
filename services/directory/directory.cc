#include "directory/directory.h"

#include <utility>

#include "directory/dates.h"
#include "directory/hours.h"
#include "directory/numbering.h"
#include "directory/pack.h"
#include "directory/validate.h"

namespace tierline::directory {

absl::StatusOr<std::shared_ptr<const Directory>> Directory::Build(const v1::PackPart& pack,
                                                                  std::string pack_hash) {
  if (const auto faults = Validate(pack); !faults.empty()) {
    return absl::InvalidArgumentError(faults.front().path + ": " + faults.front().Sentence());
  }
  auto tables = std::make_shared<Tables>();
  tables->hotline = pack.hotline();
  tables->numbering = NumberingOf(pack.hotline());
  absl::LoadTimeZone(pack.hotline().time_zone(), &tables->zone);
  tables->formal_from = absl::FromCivil(*ParseDate(pack.hotline().formal_from()), tables->zone);
  tables->pack_hash = std::move(pack_hash);
  tables->counts = CountPack(pack);
  tables->offices = OfficeTree::Build(pack, tables->zone);
  tables->plan = NumberPlan::Build(pack, tables->offices);
  tables->national_area = tables->plan.FindArea(pack.hotline().national_area());
  std::vector<Fault> faults;
  tables->calendars = CompileHours(pack, tables->zone, &faults);
  tables->policies.assign(pack.policies().begin(), pack.policies().end());
  tables->categories.assign(pack.categories().begin(), pack.categories().end());
  tables->menus = pack.menus();
  tables->fees.assign(pack.fees().begin(), pack.fees().end());

  std::shared_ptr<Directory> directory(new Directory);
  directory->tables_ = std::move(tables);
  directory->policy_ = directory->PolicyIndex(pack.hotline().policy());
  return directory;
}

size_t Directory::PolicyIndex(std::string_view id) const {
  size_t index = 0;
  while (index < tables_->policies.size() && tables_->policies[index].id() != id) ++index;
  return index;
}

const v1::PolicyProfile* Directory::FindPolicy(std::string_view id) const {
  const size_t index = PolicyIndex(id);
  return index < tables_->policies.size() ? &tables_->policies[index] : nullptr;
}

const v1::Category* Directory::FindCategory(std::string_view code) const {
  for (const v1::Category& category : tables_->categories) {
    if (category.code() == code) return &category;
  }
  return nullptr;
}

const v1::Prompt* Directory::FindPrompt(std::string_view id) const {
  for (const v1::Prompt& prompt : tables_->menus.prompts()) {
    if (prompt.id() == id) return &prompt;
  }
  return nullptr;
}

const Directory& Directory::At(absl::Time at) const {
  const Directory* directory = this;
  while (at < directory->in_force_from_ && directory->earlier_ != nullptr) {
    directory = directory->earlier_.get();
  }
  return *directory;
}

std::shared_ptr<const Directory> Directory::After(std::shared_ptr<const Directory> earlier,
                                                  absl::Time from) const {
  std::shared_ptr<Directory> next(new Directory(*this));
  next->earlier_ = std::move(earlier);
  next->in_force_from_ = from;
  return next;
}

std::shared_ptr<const Directory> Directory::WithPolicy(std::string_view policy) const {
  std::shared_ptr<Directory> next(new Directory(*this));
  next->policy_ = PolicyIndex(policy);
  return next;
}

}  // namespace tierline::directory

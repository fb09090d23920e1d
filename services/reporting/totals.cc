#include "reporting/totals.h"

#include "absl/time/civil_time.h"

namespace tierline::reporting {
namespace {

std::string KeyOf(v1::GroupBy group_by, std::string_view day, std::string_view office,
                  base::v1::Level level) {
  switch (group_by) {
    case v1::GROUP_BY_DAY:
      return std::string(day);
    case v1::GROUP_BY_OFFICE:
      return std::string(office);
    default:
      return base::v1::Level_Name(level);
  }
}

v1::Totals* RowOf(std::string key, v1::GetTotalsResponse* response) {
  auto* rows = response->mutable_rows();
  int at = 0;  // kept in order of keys
  while (at < rows->size() && rows->Get(at).key() < key) ++at;
  if (at < rows->size() && rows->Get(at).key() == key) return rows->Mutable(at);
  rows->Add()->set_key(std::move(key));
  for (int i = rows->size() - 1; i > at; --i) rows->SwapElements(i, i - 1);
  return rows->Mutable(at);
}

}  // namespace

std::optional<Rejection> CheckTotals(const v1::GetTotalsRequest& request,
                                     const directory::Directory* directory) {
  const auto invalid = [](std::string field, const std::string& value, std::string rule,
                          std::string_view message) {
    return InvalidField(std::move(field), value.substr(0, 64), std::move(rule), message);
  };
  for (const auto& [field, day] :
       {std::pair("from_day", request.from_day()), {"until_day", request.until_day()}}) {
    absl::CivilDay parsed;
    if (!day.empty() && !absl::ParseCivilTime(day, &parsed))
      return invalid(field, day, "R-503", "must be YYYY-MM-DD");
  }
  if (!v1::GroupBy_IsValid(request.group_by())) {
    return invalid("group_by", std::to_string(request.group_by()), "R-503",
                   "is not a known grouping");
  }
  if (!request.office().empty() &&
      (directory == nullptr ||
       directory->offices().Find(request.office()) == directory::kNoOffice)) {
    return invalid("office", request.office(), "R-201", "is not an office of the directory");
  }
  return {};
}

void AddRows(const v1::GetTotalsRequest& request, const ReportingService& service,
             const directory::Directory* directory, v1::GetTotalsResponse* response) {
  const auto* offices = directory == nullptr ? nullptr : &directory->offices();
  const auto top = request.office().empty() || offices == nullptr ? directory::kNoOffice
                                                                  : offices->Find(request.office());
  for (const auto& [key, row] : service.rows()) {
    const std::string_view day = std::string_view(key).substr(0, key.find('/'));
    const std::string_view office = std::string_view(key).substr(key.find('/') + 1);
    if (!request.from_day().empty() && day < request.from_day()) continue;
    if (!request.until_day().empty() && day >= request.until_day()) continue;
    const auto index = offices == nullptr ? directory::kNoOffice : offices->Find(office);
    if (top != directory::kNoOffice &&
        (index == directory::kNoOffice || !offices->IsInSubtree(index, top)))
      continue;
    const auto level = index == directory::kNoOffice ? row.level() : (*offices)[index].level;
    v1::Totals* sum = RowOf(KeyOf(request.group_by(), day, office, level), response);
    if (request.group_by() == v1::GROUP_BY_OFFICE) sum->set_level(level);
    AddTotals(row, sum);
    AddTotals(row, response->mutable_sum());
  }
  response->set_residual(Residual(response->sum()));
}

}  // namespace tierline::reporting

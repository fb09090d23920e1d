#include "directory/check_settings.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/callback_limit.h"
#include "directory/dates.h"

namespace tierline::directory {
namespace {

// Longer ones would leave the horizon of a calendar.
constexpr int kWorkingDaysMax = 1000;
constexpr int kSecondsMax = kWorkingDaysMax * kDaySeconds;

using Names = absl::flat_hash_set<std::string>;

// Names a row: neither empty nor taken.
void CheckName(const std::string& path, const std::string& name, std::string_view rule,
               Names* names, Faults* faults) {
  if (name.empty()) {
    faults->Add(path, name, "must not be empty", rule);
  } else if (!names->insert(name).second) {
    faults->Add(path, name, "stands twice", rule);
  }
}

// The amount of a limit and its unit; 0: none is given.
struct Amount {
  int64_t value = 0;
  int64_t max = 0;
  std::string_view field;
};

Amount AmountOf(const v1::Limit& limit) {
  switch (limit.amount_case()) {
    case v1::Limit::kWorkingDays:
      return {limit.working_days(), kWorkingDaysMax, "working_days"};
    case v1::Limit::kWorkingS:
      return {limit.working_s(), kSecondsMax, "working_s"};
    case v1::Limit::kSameDay:
      return {limit.same_day() ? 1 : 0, 1, "same_day"};
    case v1::Limit::kWallS:
      return {limit.wall_s(), kSecondsMax, "wall_s"};
    case v1::Limit::AMOUNT_NOT_SET:
      return {0, 0, "id"};
  }
  return {};
}

// The warning must come after the start; it can be compared where it has the unit of the amount.
void CheckWarning(const std::string& path, const v1::Limit& limit, Faults* faults) {
  const auto check = [&](const char* field, int before, bool same_unit, int64_t amount) {
    if (before <= 0) {
      faults->Add(path + field, absl::StrCat(before), "must be positive", "R-405");
    } else if (same_unit && before >= amount) {
      faults->Add(path + field, absl::StrCat(before), "must be less than the limit itself",
                  "R-405");
    }
  };
  switch (limit.warning_case()) {
    case v1::Limit::kWarnWorkingDaysBefore:
      return check("warn_working_days_before", limit.warn_working_days_before(),
                   limit.amount_case() == v1::Limit::kWorkingDays, limit.working_days());
    case v1::Limit::kWarnWorkingSBefore:
      return check("warn_working_s_before", limit.warn_working_s_before(),
                   limit.amount_case() == v1::Limit::kWorkingS, limit.working_s());
    case v1::Limit::WARNING_NOT_SET:
      return;
  }
}

void CheckLimit(const std::string& path, const v1::Limit& limit, const Names& categories,
                Faults* faults) {
  const Amount amount = AmountOf(limit);
  const std::string field = path + std::string(amount.field);
  if (amount.max == 0) {
    faults->Add(field, limit.id(), "has no amount", "R-401");
  } else if (amount.value < 1 || amount.value > amount.max) {
    faults->Add(field, absl::StrCat(amount.value), absl::StrCat("must be 1 to ", amount.max),
                "R-401");
  }
  for (int i = 0; i < limit.categories_size(); ++i) {
    if (categories.contains(limit.categories(i))) continue;
    faults->Add(absl::StrCat(path, "categories[", i, "]"), limit.categories(i),
                "is no category of the pack", "R-401");
  }
  for (int i = 0; i < limit.levels_size(); ++i) {
    if (limit.levels(i) != base::v1::LEVEL_UNSPECIFIED) continue;
    faults->Add(absl::StrCat(path, "levels[", i, "]"), "", "must name a level", "R-401");
  }
  CheckWarning(path, limit, faults);
}

bool IsTelephoneKey(const std::string& key) {
  return key.size() == 1 && std::string_view("0123456789*#").find(key[0]) != std::string_view::npos;
}

}  // namespace

void CheckCategories(const v1::PackPart& pack, Faults* faults) {
  Names codes;
  for (int i = 0; i < pack.categories_size(); ++i) {
    CheckName(Faults::Path("categories", i, "code"), pack.categories(i).code(), "R-301", &codes,
              faults);
    if (pack.categories(i).name_zh().empty()) {
      faults->Add(Faults::Path("categories", i, "name_zh"), "", "must not be empty", "R-301");
    }
  }
}

void CheckPolicies(const v1::PackPart& pack, Faults* faults) {
  Names categories, policies;
  for (const v1::Category& category : pack.categories()) categories.insert(category.code());
  for (int i = 0; i < pack.policies_size(); ++i) {
    const v1::PolicyProfile& policy = pack.policies(i);
    CheckName(Faults::Path("policies", i, "id"), policy.id(), "R-401", &policies, faults);
    if (policy.version() < 1) {
      faults->Add(Faults::Path("policies", i, "version"), absl::StrCat(policy.version()),
                  "must be at least 1", "R-401");
    }
    if (policy.urgent_acknowledge_s() < 0 || policy.urgent_acknowledge_s() > kSecondsMax) {
      faults->Add(Faults::Path("policies", i, "urgent_acknowledge_s"),
                  absl::StrCat(policy.urgent_acknowledge_s()),
                  absl::StrCat("must be 0 to ", kSecondsMax), "R-407");
    }
    Names limits;
    for (int at = 0; at < policy.limits_size(); ++at) {
      const std::string path = absl::StrCat(Faults::Path("policies", i, "limits"), "[", at, "].");
      CheckName(path + "id", policy.limits(at).id(), "R-401", &limits, faults);
      if (policy.limits(at).id() == kCallbackLimit)
        faults->Add(path + "id", policy.limits(at).id(), "is the name of call-backs' clocks",
                    "R-113");
      CheckLimit(path, policy.limits(at), categories, faults);
    }
  }
}

void CheckFees(const v1::PackPart& pack, Faults* faults) {
  Names rates;
  for (int i = 0; i < pack.fees_size(); ++i) {
    const v1::FeeRate& fee = pack.fees(i);
    if (fee.level() == base::v1::LEVEL_UNSPECIFIED) {
      faults->Add(Faults::Path("fees", i, "level"), "", "must name a level", "R-205");
    }
    if (!ParseMonth(fee.from_month())) {
      faults->Add(Faults::Path("fees", i, "from_month"), fee.from_month(), "is no month YYYY-MM",
                  "R-205");
    }
    if (!rates.insert(absl::StrCat(fee.level(), "/", fee.from_month())).second) {
      faults->Add(Faults::Path("fees", i, "from_month"), fee.from_month(),
                  "stands twice for this level", "R-205");
    }
    if (fee.fen_per_month() < 0) {
      faults->Add(Faults::Path("fees", i, "fen_per_month"), absl::StrCat(fee.fen_per_month()),
                  "is negative", "R-205");
    }
  }
}

void CheckMenus(const v1::PackPart& pack, Faults* faults) {
  const v1::MenuBook& menus = pack.menus();
  if (menus.keys_per_page() < 1 || menus.keys_per_page() > 9) {
    faults->Add("menus.keys_per_page", absl::StrCat(menus.keys_per_page()), "must be 1 to 9",
                "R-116");
  }
  if (menus.tries() < 1 || menus.tries() > 9) {
    faults->Add("menus.tries", absl::StrCat(menus.tries()), "must be 1 to 9", "R-116");
  }
  std::string taken;
  for (int key = 1; key <= std::min(menus.keys_per_page(), 9); ++key) absl::StrAppend(&taken, key);
  for (const auto& [field, key] : {std::pair("next_page_key", menus.next_page_key()),
                                   {"repeat_key", menus.repeat_key()},
                                   {"back_key", menus.back_key()}}) {
    if (!IsTelephoneKey(key)) {
      faults->Add(absl::StrCat("menus.", field), key, "must be one key of a telephone", "R-116");
    } else if (taken.find(key[0]) != std::string::npos) {
      faults->Add(absl::StrCat("menus.", field), key, "means something else already", "R-116");
    }
    taken += key;
  }
  Names prompts;
  for (int i = 0; i < menus.prompts_size(); ++i) {
    CheckName(absl::StrCat("menus.prompts[", i, "].id"), menus.prompts(i).id(), "R-116", &prompts,
              faults);
  }
}

void CheckCalendar(const v1::PackPart& pack, Faults* faults) {
  if (pack.calendar().empty()) faults->Add("calendar", "", "no holiday list is given", "R-114");
  Names dates;
  for (int i = 0; i < pack.calendar_size(); ++i) {
    const v1::CalendarDay& day = pack.calendar(i);
    const std::string path = Faults::Path("calendar", i, "date");
    if (!ParseDate(day.date())) {
      faults->Add(path, day.date(), "is no date YYYY-MM-DD", "R-114");
    } else if (!dates.insert(day.date()).second) {
      faults->Add(path, day.date(), "stands twice", "R-114");
    }
    if (day.kind() != "holiday" && day.kind() != "workday") {
      faults->Add(Faults::Path("calendar", i, "kind"), day.kind(), "must be holiday or workday",
                  "R-114");
    }
  }
}

void CheckHoursBook(const v1::PackPart& pack, Faults* faults) {
  Names ids, offices;
  absl::flat_hash_map<std::string, bool> is_root;
  for (const v1::Office& office : pack.offices()) is_root[office.code()] = office.parent().empty();
  for (int i = 0; i < pack.hours().hours_size(); ++i) {
    CheckName(absl::StrCat("hours.hours[", i, "].id"), pack.hours().hours(i).id(), "R-114", &ids,
              faults);
  }
  bool root = false;
  for (int i = 0; i < pack.hours().offices_size(); ++i) {
    const v1::HoursOfOffice& row = pack.hours().offices(i);
    const std::string path = absl::StrCat("hours.offices[", i, "].");
    const auto office = is_root.find(row.office());
    if (office == is_root.end()) {
      faults->Add(path + "office", row.office(), "there is no such office", "R-114");
    } else {
      root = root || office->second;
    }
    CheckName(path + "office", row.office(), "R-114", &offices, faults);
    if (!ids.contains(row.hours()))
      faults->Add(path + "hours", row.hours(), "there are no such hours", "R-114");
  }
  if (!root)
    faults->Add("hours.offices", "", "the root office has no hours for the others to inherit",
                "R-114");
}

}  // namespace tierline::directory

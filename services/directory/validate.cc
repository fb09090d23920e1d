#include "directory/validate.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/numbering_rules.h"
#include "directory/dates.h"
#include "directory/hours.h"
#include "directory/numbering.h"

namespace tierline::directory {
namespace {

bool IsDigits(std::string_view text, size_t min, size_t max) {
  return text.size() >= min && text.size() <= max &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Goes through the tables in order and collects faults, at most kFaultsMax.
class Validator {
 public:
  explicit Validator(const v1::PackPart& pack) : pack_(pack) {}

  std::vector<Fault> Run() {
    CheckHotline();
    CheckOffices();
    if (faults_.empty()) CheckTree();  // needs offices that exist
    CheckAreas();
    CheckExchanges();
    CheckMobiles();
    CheckLines();
    CheckCalendar();
    CheckMenus();
    CheckCategoriesPoliciesFees();
    if (faults_.empty()) CheckHours();  // compiles, so everything before must be right
    if (faults_.size() > kFaultsMax) faults_.resize(kFaultsMax);
    return std::move(faults_);
  }

 private:
  void Add(std::string path, std::string_view value, std::string message, std::string_view rule) {
    if (faults_.size() <= kFaultsMax) {
      faults_.push_back({std::move(path), std::string(value.substr(0, 64)), std::move(message),
                         std::string(rule)});
    }
  }
  static std::string Path(std::string_view table, int row, std::string_view field) {
    return absl::StrCat(std::string(table), "[", row, "].", std::string(field));
  }

  void CheckHotline() {
    const v1::Hotline& hotline = pack_.hotline();
    if (!IsDigits(hotline.number(), 3, 8))
      Add("hotline.number", hotline.number(), "must be 3 to 8 digits", "R-101");
    if (!IsDigits(hotline.country_code(), 1, 3)) {
      Add("hotline.country_code", hotline.country_code(), "must be 1 to 3 digits", "R-111");
    }
    if (absl::TimeZone zone; !absl::LoadTimeZone(hotline.time_zone(), &zone)) {
      Add("hotline.time_zone", hotline.time_zone(), "is no IANA time zone", "R-114");
    }
    const auto trial = ParseDate(hotline.trial_from());
    const auto formal = ParseDate(hotline.formal_from());
    if (!trial) Add("hotline.trial_from", hotline.trial_from(), "is no date YYYY-MM-DD", "R-203");
    if (!formal)
      Add("hotline.formal_from", hotline.formal_from(), "is no date YYYY-MM-DD", "R-203");
    if (trial && formal && *formal < *trial) {
      Add("hotline.formal_from", hotline.formal_from(), "is before the trial", "R-203");
    }
    if (hotline.seat_default() == base::v1::LEVEL_UNSPECIFIED) {
      Add("hotline.seat_default", "", "must name a level", "R-105");
    }
    if (hotline.unknown_after_s() <= 0) {
      Add("hotline.unknown_after_s", absl::StrCat(hotline.unknown_after_s()), "must be positive",
          "R-119");
    }
    const bool area = std::any_of(
        pack_.area_codes().begin(), pack_.area_codes().end(),
        [&](const v1::AreaCode& row) { return row.area_code() == hotline.national_area(); });
    if (!area)
      Add("hotline.national_area", hotline.national_area(), "is no area code of the pack", "R-110");
    const bool policy =
        std::any_of(pack_.policies().begin(), pack_.policies().end(),
                    [&](const v1::PolicyProfile& one) { return one.id() == hotline.policy(); });
    if (!policy) Add("hotline.policy", hotline.policy(), "is no policy of the pack", "R-401");
    if (const auto numbering = ValidateNumbering(NumberingOf(hotline)); !numbering.ok()) {
      Add("hotline.numbering", "", std::string(numbering.message()), "R-111");
    }
  }

  void CheckOffices() {
    int roots = 0;
    if (pack_.offices_size() == 0 || pack_.offices_size() > 65534) {
      Add("offices", absl::StrCat(pack_.offices_size()), "must be 1 to 65,534 offices", "R-201");
    }
    for (int i = 0; i < pack_.offices_size(); ++i) {
      const v1::Office& office = pack_.offices(i);
      if (!IsDigits(office.code(), 6, 6))
        Add(Path("offices", i, "code"), office.code(), "must be six digits", "R-201");
      if (!offices_.emplace(office.code(), &office).second) {
        Add(Path("offices", i, "code"), office.code(), "stands twice", "R-201");
      }
      if (office.level() == base::v1::LEVEL_UNSPECIFIED)
        Add(Path("offices", i, "level"), "", "must name a level", "R-201");
      if (office.name().empty()) Add(Path("offices", i, "name"), "", "must not be empty", "R-201");
      if (office.parent().empty() && ++roots > 1) {
        Add(Path("offices", i, "parent"), "",
            "there is another office without a parent; one is the root", "R-201");
      }
    }
    if (roots == 0 && pack_.offices_size() > 0)
      Add("offices", "", "no office is the root", "R-201");
  }

  // Levels go down at every step, so there can be no circle.
  void CheckTree() {
    for (int i = 0; i < pack_.offices_size(); ++i) {
      const v1::Office& office = pack_.offices(i);
      if (office.parent().empty()) continue;
      const auto parent = offices_.find(office.parent());
      if (parent == offices_.end()) {
        Add(Path("offices", i, "parent"), office.parent(), "there is no such office", "R-201");
      } else if (parent->second->level() >= office.level()) {
        Add(Path("offices", i, "parent"), office.parent(), "is not of a higher level", "R-201");
      }
    }
  }

  void CheckLocality(std::string_view table, int row, const std::string& locality,
                     std::string_view rule) {
    const auto office = offices_.find(locality);
    if (office == offices_.end()) {
      Add(Path(table, row, "locality"), locality, "there is no such office", rule);
    } else if (office->second->level() == base::v1::LEVEL_CENTRAL) {
      Add(Path(table, row, "locality"), locality, "the central office is no locality", rule);
    }
  }

  void CheckAreas() {
    absl::flat_hash_set<std::string> rows;
    const NumberingRules numbering = NumberingOf(pack_.hotline());
    for (int i = 0; i < pack_.area_codes_size(); ++i) {
      const v1::AreaCode& row = pack_.area_codes(i);
      const bool trunk =
          row.area_code().compare(0, numbering.trunk_prefix.size(), numbering.trunk_prefix) == 0;
      if (!IsDigits(row.area_code(), 2, 5) || !trunk) {
        Add(Path("area_codes", i, "area_code"), row.area_code(),
            "must be 2 to 5 digits that begin with the trunk prefix", "R-102");
      }
      if (!rows.insert(row.area_code() + "/" + row.locality()).second) {
        Add(Path("area_codes", i, "area_code"), row.area_code(), "stands twice for this locality",
            "R-108");
      }
      areas_.insert(row.area_code());
      localities_.insert(row.locality());
      CheckLocality("area_codes", i, row.locality(), "R-108");
    }
    for (int i = 0; i < pack_.area_codes_size(); ++i) CheckNesting(i);
  }

  // A locality below a locality would give two answers to where a caller is.
  void CheckNesting(int row) {
    const std::string& locality = pack_.area_codes(row).locality();
    auto office = offices_.find(locality);
    for (int steps = 0; office != offices_.end() && steps < 8; ++steps) {
      const std::string& parent = office->second->parent();
      if (localities_.contains(parent)) {
        return Add(Path("area_codes", row, "locality"), locality,
                   absl::StrCat("lies in the locality ", parent), "R-107");
      }
      office = offices_.find(parent);
    }
  }

  void CheckExchanges() {
    absl::flat_hash_set<std::string> rows;
    for (int i = 0; i < pack_.exchanges_size(); ++i) {
      const v1::Exchange& row = pack_.exchanges(i);
      if (!areas_.contains(row.area_code())) {
        Add(Path("exchanges", i, "area_code"), row.area_code(), "is no area code of the pack",
            "R-108");
      }
      if (!IsDigits(row.prefix(), 1, 4))
        Add(Path("exchanges", i, "prefix"), row.prefix(), "must be 1 to 4 digits", "R-108");
      if (!rows.insert(row.area_code() + "/" + row.prefix()).second) {
        Add(Path("exchanges", i, "prefix"), row.prefix(), "stands twice in this area", "R-108");
      }
      CheckLocality("exchanges", i, row.locality(), "R-108");
      if (offices_.contains(row.locality()) && !localities_.contains(row.locality())) {
        Add(Path("exchanges", i, "locality"), row.locality(), "has no area code", "R-108");
      }
    }
  }

  void CheckMobiles() {
    absl::flat_hash_set<std::string_view> prefixes;
    prefixes.reserve(pack_.mobile_prefixes_size());
    for (int i = 0; i < pack_.mobile_prefixes_size(); ++i) {
      const v1::MobilePrefix& row = pack_.mobile_prefixes(i);
      if (!IsDigits(row.prefix(), 4, 7)) {
        Add(Path("mobile_prefixes", i, "prefix"), row.prefix(), "must be 4 to 7 digits", "R-109");
      }
      if (!prefixes.insert(row.prefix()).second) {
        Add(Path("mobile_prefixes", i, "prefix"), row.prefix(), "stands twice", "R-109");
      }
      if (!localities_.contains(row.locality())) {
        Add(Path("mobile_prefixes", i, "locality"), row.locality(),
            "is no locality: it has no area code", "R-109");
      }
    }
  }

  void CheckLines() {
    absl::flat_hash_map<std::string, std::string> office_of;
    absl::flat_hash_set<std::string> offices;
    for (int i = 0; i < pack_.lines_size(); ++i) {
      const v1::Line& line = pack_.lines(i);
      if (!offices_.contains(line.office())) {
        Add(Path("lines", i, "office"), line.office(), "there is no such office", "R-117");
      }
      if (!offices.insert(line.office()).second) {
        Add(Path("lines", i, "office"), line.office(), "has a line already; one per office",
            "R-117");
      }
      if (line.number().size() < 5 || line.number()[0] != '+' ||
          !IsDigits(line.number().substr(1), 4, 15)) {
        Add(Path("lines", i, "number"), line.number(), "must be E.164: + and 4 to 15 digits",
            "R-117");
      }
      const auto [other, fresh] = office_of.emplace(line.number(), line.office());
      if (!fresh)
        Add(Path("lines", i, "number"), line.number(), "is bound to " + other->second + " already",
            "R-117");
      for (const auto& [field, date] :
           {std::pair("open_from", line.open_from()), {"open_until", line.open_until()}}) {
        if (!date.empty() && !ParseDate(date))
          Add(Path("lines", i, field), date, "is no date YYYY-MM-DD", "R-203");
      }
    }
  }

  void CheckCalendar() {
    absl::flat_hash_set<std::string> dates;
    for (int i = 0; i < pack_.calendar_size(); ++i) {
      const v1::CalendarDay& day = pack_.calendar(i);
      if (!ParseDate(day.date()))
        Add(Path("calendar", i, "date"), day.date(), "is no date YYYY-MM-DD", "R-114");
      if (!dates.insert(day.date()).second)
        Add(Path("calendar", i, "date"), day.date(), "stands twice", "R-114");
      if (day.kind() != "holiday" && day.kind() != "workday") {
        Add(Path("calendar", i, "kind"), day.kind(), "must be holiday or workday", "R-114");
      }
    }
  }

  void CheckHours() {
    absl::TimeZone zone;
    absl::LoadTimeZone(pack_.hotline().time_zone(), &zone);
    bool root = false;
    for (int i = 0; i < pack_.hours().offices_size(); ++i) {
      const v1::HoursOfOffice& row = pack_.hours().offices(i);
      const auto office = offices_.find(row.office());
      const std::string path = absl::StrCat("hours.offices[", i, "].");
      if (office == offices_.end()) {
        Add(path + "office", row.office(), "there is no such office", "R-114");
      } else {
        root = root || office->second->parent().empty();
      }
      const bool known =
          std::any_of(pack_.hours().hours().begin(), pack_.hours().hours().end(),
                      [&](const v1::Hours& hours) { return hours.id() == row.hours(); });
      if (!known) Add(path + "hours", row.hours(), "there are no such hours", "R-114");
    }
    if (!root)
      Add("hours.offices", "", "the root office has no hours for the others to inherit", "R-114");
    CompileHours(pack_, zone, &faults_);
  }

  void CheckMenus() {
    const v1::MenuBook& menus = pack_.menus();
    if (menus.keys_per_page() < 1 || menus.keys_per_page() > 9) {
      Add("menus.keys_per_page", absl::StrCat(menus.keys_per_page()), "must be 1 to 9", "R-116");
    }
    if (menus.tries() < 1)
      Add("menus.tries", absl::StrCat(menus.tries()), "must be at least 1", "R-116");
    std::string seen;
    for (int key = 1; key <= std::min(menus.keys_per_page(), 9); ++key) absl::StrAppend(&seen, key);
    for (const auto& [field, key] : {std::pair("next_page_key", menus.next_page_key()),
                                     {"repeat_key", menus.repeat_key()},
                                     {"back_key", menus.back_key()}}) {
      const bool one = key.size() == 1 &&
                       std::string_view("0123456789*#").find(key[0]) != std::string_view::npos;
      if (!one) {
        Add(absl::StrCat("menus.", field), key, "must be one key of a telephone", "R-116");
      } else if (seen.find(key[0]) != std::string::npos) {
        Add(absl::StrCat("menus.", field), key, "means something else already", "R-116");
      } else {
        seen += key;
      }
    }
  }

  void CheckCategoriesPoliciesFees() {
    absl::flat_hash_set<std::string> categories, policies;
    for (int i = 0; i < pack_.categories_size(); ++i) {
      const std::string& code = pack_.categories(i).code();
      if (code.empty()) Add(Path("categories", i, "code"), code, "must not be empty", "R-301");
      if (!categories.insert(code).second)
        Add(Path("categories", i, "code"), code, "stands twice", "R-301");
    }
    for (int i = 0; i < pack_.policies_size(); ++i) {
      const v1::PolicyProfile& policy = pack_.policies(i);
      if (!policies.insert(policy.id()).second)
        Add(Path("policies", i, "id"), policy.id(), "stands twice", "R-401");
      for (int at = 0; at < policy.limits_size(); ++at) {
        const v1::Limit& limit = policy.limits(at);
        const std::string path = absl::StrCat(Path("policies", i, "limits"), "[", at, "].");
        const bool positive = limit.working_days() > 0 || limit.working_s() > 0 ||
                              limit.same_day() || limit.wall_s() > 0;
        if (!positive) Add(path + "id", limit.id(), "has no positive amount", "R-401");
        for (const std::string& category : limit.categories()) {
          if (!categories.contains(category))
            Add(path + "categories", category, "is no category of the pack", "R-401");
        }
      }
    }
    for (int i = 0; i < pack_.fees_size(); ++i) {
      const v1::FeeRate& fee = pack_.fees(i);
      if (!ParseMonth(fee.from_month()))
        Add(Path("fees", i, "from_month"), fee.from_month(), "is no month YYYY-MM", "R-205");
      if (fee.fen_per_month() < 0)
        Add(Path("fees", i, "fen_per_month"), absl::StrCat(fee.fen_per_month()), "is negative",
            "R-205");
    }
  }

  const v1::PackPart& pack_;
  std::vector<Fault> faults_;
  absl::flat_hash_map<std::string, const v1::Office*> offices_;
  absl::flat_hash_set<std::string> areas_;
  absl::flat_hash_set<std::string> localities_;
};

}  // namespace

std::string Fault::Sentence() const {
  const size_t dot = path.rfind('.');
  const std::string field = dot == std::string::npos ? path : path.substr(dot + 1);
  return field + ": '" + value + "' " + message + " (" + rule + ")";
}

std::vector<Fault> Validate(const v1::PackPart& pack) { return Validator(pack).Run(); }

}  // namespace tierline::directory

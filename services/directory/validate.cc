#include "directory/validate.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/numbering_rules.h"
#include "directory/check_settings.h"
#include "directory/dates.h"
#include "directory/hours.h"
#include "directory/numbering.h"

namespace tierline::directory {
namespace {

// Goes through the tables in order and collects faults, at most kFaultsMax.
class Validator {
 public:
  explicit Validator(const v1::PackPart& pack) : pack_(pack) {}

  std::vector<Fault> Run() {
    CheckHotline();
    CheckOffices();
    if (faults_.empty()) CheckTree();  // needs offices that exist
    CheckAreas();
    CheckSeats();
    CheckExchanges();
    CheckMobiles();
    CheckLines();
    CheckCalendar(pack_, &faults_);
    CheckMenus(pack_, &faults_);
    CheckCategories(pack_, &faults_);
    CheckPolicies(pack_, &faults_);
    CheckFees(pack_, &faults_);
    CheckHoursBook(pack_, &faults_);
    if (!faults_.empty()) return faults_.Take();
    std::vector<Fault> compiling;  // needs everything before to be right
    absl::TimeZone zone;
    absl::LoadTimeZone(pack_.hotline().time_zone(), &zone);
    CompileHours(pack_, zone, &compiling);
    return compiling;
  }

 private:
  void Add(std::string path, std::string_view value, std::string message, std::string_view rule) {
    faults_.Add(std::move(path), value, std::move(message), rule);
  }
  static std::string Path(std::string_view table, int row, std::string_view field) {
    return Faults::Path(table, row, field);
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
    if (hotline.seat_default() != base::v1::LEVEL_PROVINCE &&
        hotline.seat_default() != base::v1::LEVEL_PREFECTURE) {
      Add("hotline.seat_default", "", "must be province or prefecture", "R-105");
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
    const int segment = NumberingOf(hotline).mobile_segment_digits;
    if (segment < 4 || segment > 7) {
      Add("hotline.numbering.mobile_segment_digits", absl::StrCat(segment), "must be 4 to 7",
          "R-109");
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
    const NumberingRules numbering = NumberingOf(pack_.hotline());
    for (int i = 0; i < pack_.area_codes_size(); ++i) {
      const v1::AreaCode& row = pack_.area_codes(i);
      const bool trunk =
          row.area_code().compare(0, numbering.trunk_prefix.size(), numbering.trunk_prefix) == 0;
      if (!IsDigits(row.area_code(), 2, 5) || !trunk) {
        Add(Path("area_codes", i, "area_code"), row.area_code(),
            "must be 2 to 5 digits that begin with the trunk prefix", "R-102");
      }
      if (!served_.insert(row.area_code() + "/" + row.locality()).second) {
        Add(Path("area_codes", i, "area_code"), row.area_code(), "stands twice for this locality",
            "R-108");
      }
      areas_.insert(row.area_code());
      localities_.insert(row.locality());
      CheckLocality("area_codes", i, row.locality(), "R-108");
    }
    for (int i = 0; i < pack_.area_codes_size(); ++i) CheckNesting(i);
  }

  // the province is reached through its seat, so that must have an area code.
  void CheckSeats() {
    absl::flat_hash_set<std::string> provinces;
    for (int i = 0; i < pack_.offices_size(); ++i) {
      const v1::Office& office = pack_.offices(i);
      if (!office.provincial_seat()) continue;
      if (!localities_.contains(office.code())) {
        Add(Path("offices", i, "provincial_seat"), office.code(), "has no area code", "R-105");
      }
      if (!provinces.insert(office.parent()).second) {
        Add(Path("offices", i, "provincial_seat"), office.code(), "is another seat of its province",
            "R-105");
      }
    }
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
      const bool exists = areas_.contains(row.area_code()) && offices_.contains(row.locality());
      if (exists && !served_.contains(row.area_code() + "/" + row.locality())) {
        Add(Path("exchanges", i, "locality"), row.locality(), "is not served by this area code",
            "R-108");
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
      CheckLineDates(i, line);
    }
  }

  void CheckLineDates(int row, const v1::Line& line) {
    const auto from = ParseDate(line.open_from());
    const auto until = ParseDate(line.open_until());
    if (!line.open_from().empty() && !from) {
      Add(Path("lines", row, "open_from"), line.open_from(), "is no date YYYY-MM-DD", "R-203");
    }
    if (line.open_until().empty()) return;
    if (!until) {
      Add(Path("lines", row, "open_until"), line.open_until(), "is no date YYYY-MM-DD", "R-203");
    } else if (!from || *until <= *from) {
      Add(Path("lines", row, "open_until"), line.open_until(), "is not after the day of opening",
          "R-202");
    }
  }

  const v1::PackPart& pack_;
  Faults faults_;
  absl::flat_hash_map<std::string, const v1::Office*> offices_;
  absl::flat_hash_set<std::string> areas_;
  absl::flat_hash_set<std::string> served_;  // area code/locality
  absl::flat_hash_set<std::string> localities_;
};

}  // namespace

std::vector<Fault> Validate(const v1::PackPart& pack) { return Validator(pack).Run(); }

}  // namespace tierline::directory

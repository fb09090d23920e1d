#include "directory/hours.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "directory/dates.h"

namespace tierline::directory {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

constexpr int kWeekdays = 5;

// Reads hours.json entry by entry; an entry that is at fault is skipped.
class Compiler {
 public:
  Compiler(const v1::PackPart& pack, absl::TimeZone zone, std::vector<Fault>* faults)
      : pack_(pack), book_(pack.hours()), zone_(zone), faults_(faults) {}

  std::vector<BusinessCalendar> Run() {
    std::vector<BusinessCalendar> calendars;
    const CalendarRules nation = Nation();
    for (int i = 0; i < book_.hours_size(); ++i) {
      const auto chain = ChainOf(i);
      if (chain.empty()) continue;
      CalendarRules rules = nation;
      for (const int hours : chain) rules = Merge(rules, Own(hours));
      auto calendar = BusinessCalendar::Create(rules, zone_);
      if (calendar.ok()) {
        calendars.push_back(*std::move(calendar));
      } else if (faults_->empty()) {  // otherwise it only repeats what is said already
        Add(Path(i, "id"), rules.id, std::string(calendar.status().message()));
      }
    }
    return calendars;
  }

 private:
  static std::string Path(int hours, std::string_view field) {
    return absl::StrCat("hours.hours[", hours, "].", std::string(field));
  }

  void Add(std::string path, std::string value, std::string message) {
    faults_->push_back({std::move(path), std::move(value), std::move(message), "R-114"});
  }

  CalendarRules Nation() const {
    CalendarRules rules;
    for (const v1::CalendarDay& day : pack_.calendar()) {
      const auto date = ParseDate(day.date());
      if (!date) continue;  // said by Validate
      const auto kind =
          day.kind() == "workday" ? OverrideKind::kMakeUpWorkday : OverrideKind::kHoliday;
      rules.overrides.push_back({*date, kind, day.name(), {}});
      if (!rules.published_from || *date < *rules.published_from) rules.published_from = *date;
      if (!rules.published_to || *date > *rules.published_to) rules.published_to = *date;
    }
    if (!rules.published_from) return rules;
    rules.published_from = absl::CivilDay(rules.published_from->year(), 1, 1);
    rules.published_to = absl::CivilDay(rules.published_to->year(), 12, 31);
    return rules;
  }

  int Find(const std::string& id) const {
    for (int i = 0; i < book_.hours_size(); ++i) {
      if (book_.hours(i).id() == id) return i;
    }
    return -1;
  }

  // From the topmost parent down to `hours`; empty when a parent is missing or the parents go in a
  // circle.
  std::vector<int> ChainOf(int hours) {
    std::vector<int> chain;
    for (int at = hours; at >= 0;) {
      chain.insert(chain.begin(), at);
      if (static_cast<int>(chain.size()) > book_.hours_size()) {
        Add(Path(hours, "parent"), book_.hours(hours).parent(), "its parents go in a circle");
        return {};
      }
      const std::string& parent = book_.hours(at).parent();
      if (parent.empty()) return chain;
      at = Find(parent);
    }
    Add(Path(chain.front(), "parent"), book_.hours(chain.front()).parent(),
        "there are no such hours");
    return {};
  }

  DayIntervals Intervals(const Texts& texts, const std::string& path) {
    DayIntervals intervals;
    for (int i = 0; i < texts.size(); ++i) {
      const auto interval = ParseInterval(texts[i]);
      if (interval) {
        intervals.push_back(*interval);
      } else {
        Add(absl::StrCat(path, "[", i, "]"), texts[i], "is no interval such as 08:30-12:00");
      }
    }
    return intervals;
  }

  CalendarRules Own(int index) {
    const v1::Hours& hours = book_.hours(index);
    CalendarRules rules;
    rules.id = hours.id();
    if (hours.intervals_size() > 0) {
      const DayIntervals intervals = Intervals(hours.intervals(), Path(index, "intervals"));
      for (int weekday = 0; weekday < kWeekdays; ++weekday) rules.weekly[weekday] = intervals;
    }
    for (int i = 0; i < hours.seasons_size(); ++i) AddSeason(index, i, &rules);
    for (int i = 0; i < hours.days_size(); ++i) AddDay(index, i, &rules);
    return rules;
  }

  void AddSeason(int index, int season, CalendarRules* rules) {
    const v1::Season& from = book_.hours(index).seasons(season);
    const std::string path = absl::StrCat(Path(index, "seasons"), "[", season, "]");
    const auto begin = ParseMonthDay(from.from());
    const auto end = ParseMonthDay(from.until());
    if (!begin) Add(path + ".from", from.from(), "is no date MM-DD");
    if (!end) Add(path + ".until", from.until(), "is no date MM-DD");
    if (!begin || !end) return;
    rules->seasons.push_back({.from = *begin,
                              .to = *end,
                              .intervals = Intervals(from.intervals(), path + ".intervals")});
  }

  void AddDay(int index, int day, CalendarRules* rules) {
    const v1::SpecialDay& from = book_.hours(index).days(day);
    const std::string path = absl::StrCat(Path(index, "days"), "[", day, "]");
    const auto date = ParseDate(from.date());
    if (!date) {
      Add(path + ".date", from.date(), "is no date YYYY-MM-DD");
      return;
    }
    DayIntervals intervals = Intervals(from.intervals(), path + ".intervals");
    const auto kind = intervals.empty() ? OverrideKind::kHoliday : OverrideKind::kHours;
    rules->overrides.push_back({*date, kind, from.name(), std::move(intervals)});
  }

  const v1::PackPart& pack_;
  const v1::HoursBook& book_;
  absl::TimeZone zone_;
  std::vector<Fault>* faults_;
};

}  // namespace

std::vector<BusinessCalendar> CompileHours(const v1::PackPart& pack, absl::TimeZone zone,
                                           std::vector<Fault>* faults) {
  return Compiler(pack, zone, faults).Run();
}

}  // namespace tierline::directory

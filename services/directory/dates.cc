#include "directory/dates.h"

namespace tierline::directory {
namespace {

// `text` has digits where `form` has '0', and the same characters elsewhere.
bool HasForm(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool fits = form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
    if (!fits) return false;
  }
  return true;
}

int Number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

std::optional<int> SecondOfDay(std::string_view text) {
  const int hour = Number(text.substr(0, 2));
  const int minute = Number(text.substr(3, 2));
  if (minute > 59 || hour > 24 || (hour == 24 && minute != 0)) return std::nullopt;
  return hour * 3600 + minute * 60;
}

}  // namespace

std::optional<absl::CivilDay> ParseDate(std::string_view text) {
  if (!HasForm(text, "0000-00-00")) return std::nullopt;
  const int year = Number(text.substr(0, 4));
  const int month = Number(text.substr(5, 2));
  const int day = Number(text.substr(8, 2));
  const absl::CivilDay date(year, month, day);  // normalizes what is no date
  if (date.year() != year || date.month() != month || date.day() != day) return std::nullopt;
  return date;
}

std::optional<absl::CivilMonth> ParseMonth(std::string_view text) {
  if (!HasForm(text, "0000-00")) return std::nullopt;
  const int month = Number(text.substr(5, 2));
  if (month < 1 || month > 12) return std::nullopt;
  return absl::CivilMonth(Number(text.substr(0, 4)), month);
}

std::optional<MonthDay> ParseMonthDay(std::string_view text) {
  constexpr int kLeapYear = 2000;
  if (!HasForm(text, "00-00")) return std::nullopt;
  const MonthDay date{Number(text.substr(0, 2)), Number(text.substr(3, 2))};
  const absl::CivilDay day(kLeapYear, date.month, date.day);
  if (day.year() != kLeapYear || day.month() != date.month || day.day() != date.day) {
    return std::nullopt;
  }
  return date;
}

std::optional<DayInterval> ParseInterval(std::string_view text) {
  if (!HasForm(text, "00:00-00:00")) return std::nullopt;
  const auto begin = SecondOfDay(text.substr(0, 5));
  const auto end = SecondOfDay(text.substr(6, 5));
  if (!begin || !end || *begin >= *end) return std::nullopt;
  return DayInterval{*begin, *end};
}

int64_t StartOf(absl::CivilDay day, absl::TimeZone zone) {
  return absl::ToUnixSeconds(absl::FromCivil(day, zone));
}

}  // namespace tierline::directory

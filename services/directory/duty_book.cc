#include "directory/duty_book.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

namespace tierline::directory {
namespace {

using Refusal = std::optional<Rejection>;

constexpr int kDutiesMax = 2000;
constexpr int64_t kPeriodMaxMs = int64_t{366} * 24 * 3'600'000;
constexpr size_t kIdMax = 64;

Refusal Bad(std::string field, std::string value, std::string_view message) {
  return InvalidField(std::move(field), std::move(value), "R-204", message);
}

// The id at fault may be a name: its size stands for it.
Refusal CheckId(std::string field, const std::string& id) {
  if (IsPersonId(id)) return {};
  return Bad(std::move(field), absl::StrCat(id.size(), " bytes"),
             "must be an opaque id: 1 to 64 of A-Z a-z 0-9 . _ -");
}

Refusal CheckOffice(const std::string& office, const Directory* directory, absl::Time now) {
  if (directory == nullptr) {
    return Rejection{.reason = "NO_DIRECTORY",
                     .message = "no pack is in force; load one first",
                     .rule = "R-204"};
  }
  const OfficeTree& offices = directory->At(now).offices();
  const OfficeIndex index = offices.Find(office);
  if (index == kNoOffice || offices[index].merged_into != kNoOffice)
    return Bad("office", office.substr(0, 16), "there is no such office");
  return {};
}

Refusal CheckPeriod(const v1::SetRosterRequest& request, absl::Time now) {
  if (request.from_ms() < absl::ToUnixMillis(now))
    return Bad("from_ms", absl::StrCat(request.from_ms()), "is in the past");
  if (request.until_ms() <= request.from_ms() ||
      request.until_ms() - request.from_ms() > kPeriodMaxMs) {
    return Bad("until_ms", absl::StrCat(request.until_ms()), "must be 1 ms to 366 days after");
  }
  if (request.duties_size() > kDutiesMax)
    return Bad("duties", absl::StrCat(request.duties_size()), "must be at most 2,000");
  return {};
}

Refusal CheckDuty(int row, const v1::Duty& duty, const v1::SetRosterRequest& request) {
  const std::string path = absl::StrCat("duties[", row, "].");
  if (auto refusal = CheckId(path + "operator_id", duty.operator_id())) return refusal;
  if (duty.begin_ms() < request.from_ms() || duty.end_ms() > request.until_ms())
    return Bad(path + "begin_ms", absl::StrCat(duty.begin_ms()), "is not within the period");
  if (duty.end_ms() <= duty.begin_ms())
    return Bad(path + "end_ms", absl::StrCat(duty.end_ms()), "is not after the begin");
  return {};
}

void Sort(std::vector<v1::Duty>* duties) {
  std::sort(duties->begin(), duties->end(), [](const v1::Duty& a, const v1::Duty& b) {
    return std::tuple(a.begin_ms(), a.end_ms(), a.operator_id()) <
           std::tuple(b.begin_ms(), b.end_ms(), b.operator_id());
  });
}

}  // namespace

bool IsPersonId(std::string_view text) {
  return !text.empty() && text.size() <= kIdMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

Decision Decide(const v1::NameLeaderRequest& request, const Directory* directory, absl::Time now) {
  if (auto refusal = CheckOffice(request.office(), directory, now)) return *refusal;
  if (auto refusal = CheckId("leader_id", request.leader_id())) return *refusal;
  const int64_t now_ms = absl::ToUnixMillis(now);
  if (request.effective_at_ms() != 0 && request.effective_at_ms() < now_ms)
    return *Bad("effective_at_ms", absl::StrCat(request.effective_at_ms()), "is in the past");
  Event event;
  auto* named = event.mutable_leader_named();
  named->set_office(request.office());
  named->set_leader_id(request.leader_id());
  named->set_effective_at_ms(request.effective_at_ms() != 0 ? request.effective_at_ms() : now_ms);
  return event;
}

Decision Decide(const v1::SetRosterRequest& request, const Directory* directory, absl::Time now) {
  if (auto refusal = CheckOffice(request.office(), directory, now)) return *refusal;
  if (auto refusal = CheckPeriod(request, now)) return *refusal;
  for (int i = 0; i < request.duties_size(); ++i) {
    if (auto refusal = CheckDuty(i, request.duties(i), request)) return *refusal;
  }
  Event event;
  auto* roster = event.mutable_roster_set();
  roster->set_office(request.office());
  roster->set_from_ms(request.from_ms());
  roster->set_until_ms(request.until_ms());
  *roster->mutable_duties() = request.duties();
  return event;
}

void DutyBook::Apply(const events::v1::LeaderNamed& named) {
  offices_[named.office()].leaders[named.effective_at_ms()] = named.leader_id();
}

void DutyBook::Apply(const events::v1::RosterSet& roster) {
  std::vector<v1::Duty>& duties = offices_[roster.office()].duties;
  std::vector<v1::Duty> kept(roster.duties().begin(), roster.duties().end());
  for (const v1::Duty& duty : duties) {  // what of it is before or after the period
    v1::Duty part = duty;
    part.set_end_ms(std::min(duty.end_ms(), roster.from_ms()));
    if (part.begin_ms() < part.end_ms()) kept.push_back(part);
    part = duty;
    part.set_begin_ms(std::max(duty.begin_ms(), roster.until_ms()));
    if (part.begin_ms() < part.end_ms()) kept.push_back(part);
  }
  Sort(&kept);
  duties = std::move(kept);
}

const DutyBook::Office* DutyBook::Find(std::string_view office) const {
  const auto it = offices_.find(office);
  return it == offices_.end() ? nullptr : &it->second;
}

std::pair<std::string, int64_t> DutyBook::LeaderAt(std::string_view office, int64_t at_ms) const {
  const Office* one = Find(office);
  if (one == nullptr) return {};
  const auto after = one->leaders.upper_bound(at_ms);
  if (after == one->leaders.begin()) return {};
  const auto leader = std::prev(after);
  return {leader->second, leader->first};
}

std::vector<v1::Duty> DutyBook::DutiesIn(std::string_view office, int64_t from_ms,
                                         int64_t until_ms) const {
  std::vector<v1::Duty> found;
  const Office* one = Find(office);
  if (one == nullptr) return found;
  for (const v1::Duty& duty : one->duties) {
    if (duty.begin_ms() < until_ms && from_ms < duty.end_ms()) found.push_back(duty);
  }
  return found;
}

void DutyBook::AppendDigest(std::string* out) const {
  for (const auto& [code, office] : offices_) {
    absl::StrAppend(out, ";", code);
    for (const auto& [at_ms, leader] : office.leaders)
      absl::StrAppend(out, "/", at_ms, "=", leader);
    for (const v1::Duty& duty : office.duties) duty.AppendToString(out);
  }
}

}  // namespace tierline::directory

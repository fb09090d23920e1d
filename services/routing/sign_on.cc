#include "routing/sign_on.h"

#include <algorithm>

#include "directory/directory.h"
#include "directory/duty_book.h"
#include "routing/checks.h"

namespace tierline::routing {
namespace {

constexpr int64_t kBackMaxMs = 24 * 3'600'000;

using state::v1::OfficeState;
using state::v1::OperatorState;

Refusal CheckOperator(const std::string& id) {
  if (directory::IsPersonId(id)) return {};
  return InvalidField("operator_id", std::to_string(id.size()) + " bytes", "R-204",
                      "must be an opaque id: 1 to 64 of A-Z a-z 0-9 . _ -");
}

Refusal CheckOffice(const std::string& code, const Context& context) {
  if (context.directory == nullptr) return NoDirectory();
  const auto& offices = context.directory->At(context.now).offices();
  const auto office = offices.Find(code);
  if (office != directory::kNoOffice && offices[office].merged_into == directory::kNoOffice)
    return {};
  return InvalidField("office", code.substr(0, 16), "R-204", "there is no such office");
}

Refusal CheckAt(int64_t at_ms, int64_t from_ms, int64_t now_ms, std::string_view message) {
  if (at_ms >= from_ms && at_ms <= now_ms) return {};
  return InvalidField("at_ms", std::to_string(at_ms), "R-204", message);
}

const OperatorState* Find(const OfficeState& office, const std::string& id) {
  for (const OperatorState& one : office.signed_on()) {
    if (one.operator_id() == id) return &one;
  }
  return nullptr;
}

void Merge(Stretch added, std::vector<Stretch>* stretches) {
  if (added.begin_ms >= added.end_ms) return;
  std::vector<Stretch> merged;
  for (const Stretch& one : *stretches) {
    if (one.end_ms < added.begin_ms || added.end_ms < one.begin_ms) {
      merged.push_back(one);
    } else {
      added = {std::min(added.begin_ms, one.begin_ms), std::max(added.end_ms, one.end_ms)};
    }
  }
  const auto place = std::find_if(merged.begin(), merged.end(), [&](const Stretch& one) {
    return added.begin_ms < one.begin_ms;
  });
  merged.insert(place, added);
  *stretches = std::move(merged);
}

std::vector<Stretch> Closed(const OfficeState& office) {
  std::vector<Stretch> stretches;
  for (int i = 0; i + 1 < office.staffed_ms_size(); i += 2)
    stretches.push_back({office.staffed_ms(i), office.staffed_ms(i + 1)});
  return stretches;
}

}  // namespace

Decision Decide(const v1::SignOnRequest& request, const OfficeState& office,
                const Context& context) {
  const int64_t now_ms = absl::ToUnixMillis(context.now);
  const int64_t at_ms = request.at_ms() != 0 ? request.at_ms() : now_ms;
  if (auto refusal =
          FirstOf({CheckOffice(request.office(), context), CheckOperator(request.operator_id()),
                   CheckAt(at_ms, now_ms - kBackMaxMs, now_ms,
                           "must not be to come, nor more than 24 hours ago")}))
    return *refusal;
  if (Find(office, request.operator_id()) != nullptr) {
    return Rejection{.reason = "ALREADY_SIGNED_ON",
                     .message = "the operator is signed on at this office already",
                     .rule = "R-204",
                     .field = "operator_id",
                     .value = request.operator_id()};
  }
  Event event;
  auto* on = event.mutable_operator_signed_on();
  on->set_office(request.office());
  on->set_operator_id(request.operator_id());
  on->set_at_ms(at_ms);
  return event;
}

Decision Decide(const v1::SignOffRequest& request, const OfficeState& office,
                const Context& context) {
  if (auto refusal = CheckOperator(request.operator_id())) return *refusal;
  const OperatorState* one = Find(office, request.operator_id());
  if (one == nullptr) {
    return Rejection{.reason = "NOT_SIGNED_ON",
                     .message = "the operator is not signed on at this office",
                     .rule = "R-204",
                     .field = "operator_id",
                     .value = request.operator_id()};
  }
  const int64_t now_ms = absl::ToUnixMillis(context.now);
  const int64_t at_ms = request.at_ms() != 0 ? request.at_ms() : now_ms;
  if (auto refusal =
          CheckAt(at_ms, one->since_ms(), now_ms, "must not be to come, nor before the sign-on"))
    return *refusal;
  Event event;
  auto* off = event.mutable_operator_signed_off();
  off->set_office(request.office());
  off->set_operator_id(request.operator_id());
  off->set_at_ms(at_ms);
  off->set_since_ms(one->since_ms());
  return event;
}

void Apply(const events::v1::OperatorSignedOn& event, OfficeState* office) {
  if (Find(*office, event.operator_id()) != nullptr) return;
  OperatorState* one = office->add_signed_on();
  one->set_operator_id(event.operator_id());
  one->set_since_ms(event.at_ms());
}

void Apply(const events::v1::OperatorSignedOff& event, OfficeState* office) {
  auto* signed_on = office->mutable_signed_on();
  for (int i = signed_on->size() - 1; i >= 0; --i) {
    if (signed_on->Get(i).operator_id() == event.operator_id()) signed_on->DeleteSubrange(i, 1);
  }
  std::vector<Stretch> stretches = Closed(*office);
  Merge({event.since_ms(), event.at_ms()}, &stretches);
  office->clear_staffed_ms();
  for (const Stretch& one : stretches) {
    office->add_staffed_ms(one.begin_ms);
    office->add_staffed_ms(one.end_ms);
  }
}

std::vector<Stretch> StaffedIn(const OfficeState& office, int64_t now_ms) {
  std::vector<Stretch> stretches = Closed(office);
  for (const OperatorState& one : office.signed_on()) Merge({one.since_ms(), now_ms}, &stretches);
  return stretches;
}

}  // namespace tierline::routing

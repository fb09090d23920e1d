#include "escalation/urgent.h"

#include "escalation/checks.h"
#include "escalation/holders.h"

namespace tierline::escalation {
namespace {

using state::v1::UrgentReport;

constexpr std::string_view kReport = "report_urgent";
constexpr std::string_view kPass = "pass_urgent";
constexpr std::string_view kClimb = "climb_urgent";
constexpr auto kSelf = base::v1::SERVICE_ESCALATION;

// Place of the last report to `office`; -1: it was told nothing.
int PlaceOf(const Subject& subject, const std::string& office) {
  const auto& reports = subject.escalation().urgent_reports();
  int at = reports.size() - 1;
  while (at >= 0 && reports.Get(at).office() != office) --at;
  return at;
}

const UrgentReport* Last(const Subject& subject) {
  const auto& reports = subject.escalation().urgent_reports();
  return reports.empty() ? nullptr : &reports.Get(reports.size() - 1);
}

// The office above `below`, or the leader where there is none.
Event Report(const Subject& subject, const std::string& below, const std::string& skipped,
             const Context& context) {
  const directory::Directory& directory = *InForce(context);
  const std::string next = SuperiorOf(below, &directory);
  Event event;
  auto* reported = event.mutable_urgent_reported();
  reported->set_office(next);
  reported->set_owner(OwnerOf(subject)->office());
  reported->set_skipped(skipped);
  reported->set_policy(directory.policy().id());
  reported->set_policy_version(directory.policy().version());
  if (next.empty()) return event;  // nobody is above the leader
  reported->set_level(directory.offices()[directory.offices().Find(next)].level);
  const int32_t limit_s = directory.policy().urgent_acknowledge_s();
  if (limit_s > 0)
    reported->set_acknowledge_by_ms(absl::ToUnixMillis(context.now + absl::Seconds(limit_s)));
  return event;
}

// Why it goes no further, or empty.
std::string_view WhyNot(const Subject& subject, const Context& context) {
  if (!subject.escalation().urgent()) return "NOT_URGENT";
  if (!subject.escalation().registered()) return "ALREADY_RESOLVED";
  if (context.directory == nullptr) return "NO_DIRECTORY";
  return {};
}

void SetUrgent(bool urgent, const Uuid& id, Subject* subject) {
  subject->mutable_escalation()->set_urgent(urgent);
  if (urgent) Owe(id, kReport, kSelf, 0, subject);
}

void Add(const events::v1::UrgentReported& reported, int64_t at_ms, const Uuid& id,
         Subject* subject) {
  auto* state = subject->mutable_escalation();
  if (!reported.skipped().empty()) {
    const int at = PlaceOf(*subject, reported.skipped());
    if (at >= 0) state->mutable_urgent_reports(at)->set_skipped(true);
  }
  UrgentReport* report = state->add_urgent_reports();
  report->set_office(reported.office());
  report->set_reported_at_ms(at_ms);
  report->set_acknowledge_by_ms(reported.acknowledge_by_ms());
  // A chain that begins anew ends the one before.
  Settle(kClimb, kSelf, subject);
  if (reported.acknowledge_by_ms() != 0)
    Owe(id, kClimb, kSelf, reported.acknowledge_by_ms(), subject);
}

void Acknowledge(const std::string& office, int64_t at_ms, const Uuid& id, Subject* subject) {
  const int at = PlaceOf(*subject, office);
  if (at < 0) return;
  UrgentReport* report = subject->mutable_escalation()->mutable_urgent_reports(at);
  report->set_acknowledged_at_ms(at_ms);
  const bool last = at == subject->escalation().urgent_reports_size() - 1;
  const int64_t by_ms = report->acknowledge_by_ms();
  // Too late is silence, whether or not the timer has fired.
  if (!last || (by_ms != 0 && at_ms > by_ms)) return;
  Settle(kClimb, kSelf, subject);
  Owe(id, kPass, kSelf, 0, subject);
}

}  // namespace

Decision Decide(const Subject& subject, const v1::AcknowledgeUrgentRequest& request,
                const Context&) {
  if (auto refusal = CheckThere(subject, "R-407")) return *refusal;
  const int at = request.office().empty() ? -1 : PlaceOf(subject, request.office());
  if (at < 0)
    return InvalidField("office",
                        request.office().empty() ? "empty" : request.office().substr(0, 16),
                        "R-407", "was told of nothing urgent here");
  if (subject.escalation().urgent_reports(at).acknowledged_at_ms() != 0)
    return Refused("ALREADY_ACKNOWLEDGED", "R-407", "the office has acknowledged it before");
  Event event;
  event.mutable_urgent_acknowledged()->set_office(request.office());
  return event;
}

void EvolveUrgent(const Event& event, const Uuid& id, Subject* subject) {
  const int64_t at_ms = event.occurred_at_ms();
  if (event.has_inquiry_registered()) {
    SetUrgent(event.inquiry_registered().urgent(), id, subject);
  } else if (event.has_inquiry_reopened()) {
    SetUrgent(event.inquiry_reopened().urgent(), id, subject);
  } else if (event.has_inquiry_classified()) {
    const bool urgent = event.inquiry_classified().urgent();
    if (subject->escalation().registered() && urgent != subject->escalation().urgent())
      SetUrgent(urgent, id, subject);
  } else if (event.has_urgent_reported()) {
    Add(event.urgent_reported(), at_ms, id, subject);
  } else if (event.has_urgent_acknowledged()) {
    Acknowledge(event.urgent_acknowledged().office(), at_ms, id, subject);
  }
}

std::optional<Event> ReactOfUrgent(const Subject& subject, const Obligation& obligation,
                                   const Context& context) {
  const std::string& reaction = obligation.reaction();
  if (reaction != kReport && reaction != kPass && reaction != kClimb) return std::nullopt;
  if (const auto why = WhyNot(subject, context); !why.empty()) return Declined(why);
  if (OwnerOf(subject) == nullptr) return Declined("NOT_OPENED");
  if (reaction == kReport) return Report(subject, OwnerOf(subject)->office(), "", context);
  const UrgentReport* last = Last(subject);
  if (last == nullptr || last->office().empty()) return Declined("AT_THE_LEADER");
  if (reaction == kClimb) return Report(subject, last->office(), last->office(), context);
  if (SuperiorOf(last->office(), InForce(context)).empty()) return Declined("AT_THE_ROOT");
  return Report(subject, last->office(), "", context);
}

}  // namespace tierline::escalation

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tools/load/figures.h"
#include "tools/load/table.h"

namespace tierline::load {
namespace {

std::string At(int64_t ms, absl::TimeZone zone) {
  return absl::FormatTime("%m-%d %H:%M", absl::FromUnixMillis(ms), zone);
}

// "CALL_REPORT_KIND_ENDED" -> "ended"
std::string Word(std::string name, const char* prefix) {
  name = std::string(absl::StripPrefix(name, prefix));
  for (char& c : name) c = c == '_' ? ' ' : absl::ascii_tolower(static_cast<unsigned char>(c));
  return name;
}

std::string Detail(const events::v1::Decision& decision) {
  return absl::StrCat(
      Word(events::v1::RouteAction_Name(decision.action()), "ROUTE_ACTION_"), " ",
      decision.served_office(), " (",
      absl::StrJoin(decision.reasons(), ", ",
                    [](std::string* out, int reason) {
                      const auto value = static_cast<events::v1::RouteReason>(reason);
                      out->append(Word(events::v1::RouteReason_Name(value), "ROUTE_REASON_"));
                    }),
      ")");
}

std::string Detail(const events::v1::Event& event, absl::TimeZone zone) {
  using Event = events::v1::Event;
  switch (event.event_case()) {
    case Event::kCallReceived:
      return Detail(event.call_received().decision());
    case Event::kMenuChosen:
      return absl::StrCat(event.menu_chosen().keys().empty() ? "no key" : "keys ",
                          event.menu_chosen().keys(), ": ", Detail(event.menu_chosen().decision()));
    case Event::kCallReported:
      return Word(events::v1::CallReportKind_Name(event.call_reported().kind()),
                  "CALL_REPORT_KIND_");
    case Event::kCallEnded:
      return absl::StrCat(Word(base::v1::Outcome_Name(event.call_ended().outcome()), "OUTCOME_"),
                          ", waited ", event.call_ended().wait_ms() / 1000, " s, talked ",
                          event.call_ended().talk_ms() / 1000, " s");
    case Event::kLegFailed:
      return absl::StrCat(
          Word(events::v1::CallReportKind_Name(event.leg_failed().kind()), "CALL_REPORT_KIND_"),
          " at ", event.leg_failed().office(),
          event.leg_failed().has_next() ? "; " + Detail(event.leg_failed().next()) : "");
    case Event::kSuperiorAlarmed:
      return absl::StrCat(event.superior_alarmed().superior(), " is told of ",
                          event.superior_alarmed().office());
    case Event::kInquiryOpened:
      return absl::StrCat(event.inquiry_opened().category(),
                          event.inquiry_opened().urgent() ? ", urgent" : "", " at ",
                          event.inquiry_opened().office());
    case Event::kInquiryClassified:
      return event.inquiry_classified().category();
    case Event::kInquiryRegistered:
      return event.inquiry_registered().solvable() ? "explained; solvable"
                                                   : "explained; not solvable for now";
    case Event::kInquiryClosed:
      return Word(events::v1::CloseOutcome_Name(event.inquiry_closed().outcome()),
                  "CLOSE_OUTCOME_");
    case Event::kDeadlineSet:
      return absl::StrCat(event.deadline_set().policy(), "/", event.deadline_set().limit(),
                          ": due ", At(event.deadline_set().due_at_ms(), zone),
                          event.deadline_set().warn_at_ms() == 0 ? "" : ", warning ",
                          event.deadline_set().warn_at_ms() == 0
                              ? ""
                              : At(event.deadline_set().warn_at_ms(), zone));
    case Event::kDeadlineRecomputed:
      return absl::StrCat("due ", At(event.deadline_recomputed().due_at_ms(), zone), " instead of ",
                          At(event.deadline_recomputed().previous_due_at_ms(), zone));
    case Event::kDeadlineWarned:
      return "due " + At(event.deadline_warned().due_at_ms(), zone);
    case Event::kDeadlineMissed:
      return absl::StrCat("was due ", At(event.deadline_missed().due_at_ms(), zone), "; superior ",
                          event.deadline_missed().superior());
    case Event::kDeadlineMet:
      return "was due " + At(event.deadline_met().due_at_ms(), zone);
    case Event::kReactionDeclined:
      return absl::StrCat(event.reaction(), ": ", Word(event.reaction_declined().reason(), ""));
    default:
      return "";
  }
}

}  // namespace

std::string HistoryTable(const History& history, absl::TimeZone zone) {
  Table table({"offset", "time", "hash", "service", "event", "what it says"});
  for (const auto& record : history.records) {
    // tierline.intake.inquiry-opened.v1
    const std::string service(absl::StripPrefix(record.source(), "/tierline/"));
    std::string event = record.type().substr(record.type().find('.', sizeof "tierline") + 1);
    event = event.substr(0, event.rfind('.'));
    table.Add({absl::StrCat(record.partition(), "/", record.offset()), At(record.time_ms(), zone),
               record.hash().substr(0, 8), service, event, Detail(record.event(), zone)});
  }
  return table.ToString();
}

}  // namespace tierline::load

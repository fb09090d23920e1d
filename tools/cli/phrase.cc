#include "tools/cli/phrase.h"

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/times.h"

namespace tierline::cli {
namespace {

using events::v1::Event;

std::string Words(std::string name) {
  for (char& c : name) c = c == '_' ? ' ' : c;
  return name;
}

std::string Decided(const events::v1::Decision& decision, Labels* labels) {
  std::string text = NameOf(decision.action());
  if (!decision.served_office().empty()) {
    absl::StrAppend(&text, " ", labels->Office(decision.served_office()));
  }
  if (!decision.intended_office().empty() &&
      decision.intended_office() != decision.served_office()) {
    absl::StrAppend(&text, " for ", labels->Office(decision.intended_office()));
  }
  return text;
}

std::string Flags(bool urgent, bool important) {
  return absl::StrCat(urgent ? ", urgent" : "", important ? ", important" : "");
}

std::string Purpose(events::v1::CallPurpose purpose) {
  return purpose <= events::v1::CALL_PURPOSE_PUBLIC
             ? ""
             : absl::StrCat(" (", Words(NameOf(purpose)), ")");
}

std::string Owned(const std::string& office, const std::string& category, bool urgent,
                  Labels* labels) {
  return absl::StrCat(labels->Office(office), ", ", category, Flags(urgent, false));
}

std::string Reported(const events::v1::CallReported& report) {
  std::string text = absl::StrCat("switch report ", report.sequence(), ": ", NameOf(report.kind()));
  if (report.cause() != 0) absl::StrAppend(&text, ", ", Words(NameOf(report.cause())));
  return text;
}

std::string Ended(const events::v1::CallEnded& end) {
  std::string text = absl::StrCat("outcome ", Words(NameOf(end.outcome())));
  if (end.wait_ms() > 0) absl::StrAppend(&text, ", waited ", FormatMs(end.wait_ms()));
  if (end.talk_ms() > 0) absl::StrAppend(&text, ", talked ", FormatMs(end.talk_ms()));
  return text + Purpose(end.purpose());
}

std::string Failed(const events::v1::LegFailed& failed, Labels* labels) {
  std::string text =
      absl::StrCat(labels->Office(failed.office()), ": ", Words(NameOf(failed.kind())));
  return failed.has_next() ? absl::StrCat(text, "; ", Decided(failed.next(), labels)) : text;
}

std::string Alarmed(const events::v1::SuperiorAlarmed& alarmed, Labels* labels) {
  return absl::StrCat(
      "told ", alarmed.superior().empty() ? "the leader" : labels->Office(alarmed.superior()),
      " of ", labels->Office(alarmed.office()), ": ", Words(NameOf(alarmed.kind())));
}

std::string MessageLeft(const events::v1::VoiceMessageLeft& left, Labels* labels) {
  std::string text = absl::StrCat("voice message for ", labels->Office(left.office()));
  if (left.callback_due_at_ms() == 0) return text + ", no number to call back";
  return absl::StrCat(text, ", to be called back by ", labels->Time(left.callback_due_at_ms()));
}

std::string Missed(const events::v1::DeadlineMissed& missed, Labels* labels) {
  std::string text =
      absl::StrCat("missed ", missed.limit(), ", due ", labels->Time(missed.due_at_ms()));
  return missed.superior().empty()
             ? text + "; told its own leader"
             : absl::StrCat(text, "; told ", labels->Office(missed.superior()));
}

std::string OrderMissed(const events::v1::SupervisionMissed& missed, Labels* labels) {
  return absl::StrCat("order of ", labels->Office(missed.office()), " missed, due ",
                      labels->Time(missed.due_at_ms()), "; told ",
                      missed.superior().empty() ? "its leader" : labels->Office(missed.superior()));
}

std::string ToldOfUrgent(const events::v1::UrgentReported& told, Labels* labels) {
  std::string text = absl::StrCat(
      "urgent: told ", told.office().empty() ? "the leader" : labels->Office(told.office()));
  if (told.acknowledge_by_ms() != 0)
    absl::StrAppend(&text, ", to be read by ", labels->Time(told.acknowledge_by_ms()));
  if (!told.skipped().empty())
    absl::StrAppend(&text, "; ", labels->Office(told.skipped()), " kept silent");
  return text;
}

std::string Recomputed(const events::v1::DeadlineRecomputed& to, Labels* labels) {
  const std::string due = labels->Time(to.due_at_ms());
  if (to.reason() == events::v1::RECOMPUTE_REASON_OWNER_CHANGED)
    return absl::StrCat(to.limit(), " goes on at ", labels->Office(to.office()), ", due ", due);
  if (to.previous_due_at_ms() == to.due_at_ms() && !to.provisional())
    return absl::StrCat(to.limit(), " confirmed, due ", due);
  return absl::StrCat(to.limit(), " recomputed, due ", due, " instead of ",
                      labels->Time(to.previous_due_at_ms()));
}

std::string Advanced(const events::v1::LinesAdvanced& advanced, Labels* labels) {
  const int lines = advanced.lines_size();
  return absl::StrCat(
      "line ", Words(NameOf(advanced.step())), ": ",
      lines == 1 ? labels->Office(advanced.lines(0).office()) : absl::StrCat(lines, " lines"), ", ",
      advanced.evidence().id());
}

std::string EntryPhrase(const events::v1::EntryPut& put, Labels* labels) {
  return absl::StrCat(Words(NameOf(put.section())), " of ", labels->Office(put.office()), ": ",
                      put.title().zh().empty() ? put.title().en() : put.title().zh(), ", version ",
                      put.version());
}

}  // namespace

std::string PhraseOf(const Event& event, Labels* labels) {
  switch (event.event_case()) {
    case Event::kGenesis:
      return absl::StrCat("log ", event.genesis().log_id(), ", ", event.genesis().partitions(),
                          " partitions");
    case Event::kOwnerClaimed:
      return absl::StrCat(event.owner_claimed().instance(), " writes for ",
                          NameOf(event.owner_claimed().service()));
    case Event::kOwnerReleased:
      return absl::StrCat("nobody writes for ", NameOf(event.owner_released().service()));
    case Event::kReactionDeclined:
      return absl::StrCat("declined ", event.reaction(), ": ", event.reaction_declined().reason());
    case Event::kPackStaged:
      return absl::StrCat("part ", event.pack_staged().index(), " of pack ",
                          event.pack_staged().pack_hash().substr(0, 12));
    case Event::kPackActivated:
      return absl::StrCat("pack ", event.pack_activated().pack_hash().substr(0, 12), " in force");
    case Event::kPolicySelected:
      return absl::StrCat("policy ", event.policy_selected().policy(), " in force");
    case Event::kLinesAdvanced:
      return Advanced(event.lines_advanced(), labels);
    case Event::kOfficeChanged:
      return absl::StrCat(labels->Office(event.office_changed().change().office()),
                          " changed from ", labels->Time(event.office_changed().effective_at_ms()));
    case Event::kLeaderNamed:
      return absl::StrCat("leader of ", labels->Office(event.leader_named().office()), " from ",
                          labels->Time(event.leader_named().effective_at_ms()));
    case Event::kRosterSet:
      return absl::StrCat("roster of ", labels->Office(event.roster_set().office()), ", ",
                          event.roster_set().duties_size(), " duties");
    case Event::kOperatorSignedOn:
      return absl::StrCat("operator signed on at ",
                          labels->Office(event.operator_signed_on().office()));
    case Event::kOperatorSignedOff:
      return absl::StrCat("operator signed off at ",
                          labels->Office(event.operator_signed_off().office()));
    case Event::kEntryPut:
      return EntryPhrase(event.entry_put(), labels);
    case Event::kEntryWithdrawn:
      return absl::StrCat("entry ", event.entry_withdrawn().entry_id(), " of ",
                          labels->Office(event.entry_withdrawn().office()), " withdrawn");
    case Event::kSectionConfirmed:
      return absl::StrCat(Words(NameOf(event.section_confirmed().section())), " of ",
                          labels->Office(event.section_confirmed().office()), " confirmed");
    case Event::kAcceptanceRulesPut:
      return absl::StrCat("acceptance rules of ",
                          labels->Office(event.acceptance_rules_put().office()), ", version ",
                          event.acceptance_rules_put().version(), ", from ",
                          labels->Time(event.acceptance_rules_put().effective_at_ms()));
    case Event::kDataKey:
      return absl::StrCat("data key ", HexOf(event.data_key().key_id()));
    case Event::kCallReceived:
      return Decided(event.call_received().decision(), labels) +
             Purpose(event.call_received().purpose());
    case Event::kCallReported:
      return Reported(event.call_reported());
    case Event::kMenuChosen:
      return absl::StrCat(event.menu_chosen().keys().empty() ? "default" : "keys ",
                          event.menu_chosen().keys(), ": ",
                          Decided(event.menu_chosen().decision(), labels));
    case Event::kMenuPressed:
      return absl::StrCat("keys ", event.menu_pressed().keys(), " in the menu of ",
                          event.menu_pressed().place().area());
    case Event::kLegFailed:
      return Failed(event.leg_failed(), labels);
    case Event::kCallTransferred:
      return absl::StrCat("transferred from ",
                          labels->Office(event.call_transferred().from_office()), ": ",
                          Decided(event.call_transferred().decision(), labels));
    case Event::kSuperiorAlarmed:
      return Alarmed(event.superior_alarmed(), labels);
    case Event::kVoiceMessageLeft:
      return MessageLeft(event.voice_message_left(), labels);
    case Event::kCallEnded:
      return Ended(event.call_ended());
    case Event::kInquiryOpened: {
      const auto& opened = event.inquiry_opened();
      return absl::StrCat("opened at ", labels->Office(opened.office()), ", ", opened.category(),
                          Flags(opened.urgent(), opened.important()));
    }
    case Event::kInquiryClassified:
      return absl::StrCat(
          event.inquiry_classified().category(),
          Flags(event.inquiry_classified().urgent(), event.inquiry_classified().important()));
    case Event::kInquiryAnswered:
      return "answered on the spot";
    case Event::kInquiryRegistered: {
      const auto& registered = event.inquiry_registered();
      return absl::StrCat(
          "registered at ",
          Owned(registered.office(), registered.category(), registered.urgent(), labels),
          registered.solvable() ? "" : ", not solvable for now");
    }
    case Event::kNoteAdded:
      return "note";
    case Event::kCallbackMade:
      return absl::StrCat("call-back ", event.callback_made().attempt(),
                          event.callback_made().reached() ? ": reached" : ": nobody there");
    case Event::kInquiryClosed:
      return absl::StrCat("closed: ", Words(NameOf(event.inquiry_closed().outcome())));
    case Event::kInquiryReopened: {
      const auto& reopened = event.inquiry_reopened();
      return "reopened at " +
             Owned(reopened.office(), reopened.category(), reopened.urgent(), labels);
    }
    case Event::kDeadlineSet:
      return absl::StrCat(event.deadline_set().limit(), " of ", event.deadline_set().policy(),
                          ", due ", labels->Time(event.deadline_set().due_at_ms()));
    case Event::kDeadlineWarned:
      return absl::StrCat(event.deadline_warned().limit(), " is near, due ",
                          labels->Time(event.deadline_warned().due_at_ms()));
    case Event::kDeadlineMissed:
      return Missed(event.deadline_missed(), labels);
    case Event::kDeadlineMet:
      return absl::StrCat("met ", event.deadline_met().limit(), ", due ",
                          labels->Time(event.deadline_met().due_at_ms()));
    case Event::kInquiryTakenOver:
      return absl::StrCat(labels->Office(event.inquiry_taken_over().office()),
                          " took it over from ",
                          labels->Office(event.inquiry_taken_over().from_office()));
    case Event::kSupervisionOrdered:
      return absl::StrCat(labels->Office(event.supervision_ordered().office()), " orders ",
                          labels->Office(event.supervision_ordered().owner()),
                          " to complete it by ",
                          labels->Time(event.supervision_ordered().due_at_ms()));
    case Event::kSupervisionAcknowledged:
      return absl::StrCat(labels->Office(event.supervision_acknowledged().office()),
                          " has read the order");
    case Event::kSupervisionFulfilled:
      return absl::StrCat("order of ", labels->Office(event.supervision_fulfilled().office()),
                          " fulfilled, due ",
                          labels->Time(event.supervision_fulfilled().due_at_ms()));
    case Event::kSupervisionMissed:
      return OrderMissed(event.supervision_missed(), labels);
    case Event::kUrgentReported:
      return ToldOfUrgent(event.urgent_reported(), labels);
    case Event::kUrgentAcknowledged:
      return absl::StrCat(labels->Office(event.urgent_acknowledged().office()),
                          " has read that it is urgent");
    case Event::kDeadlineRecomputed:
      return Recomputed(event.deadline_recomputed(), labels);
    case Event::EVENT_NOT_SET:
      return "of a kind that this program does not know";
  }
  return "";
}

std::string_view ShortType(std::string_view type) {
  const size_t version = type.rfind(".v");
  if (version != std::string_view::npos) type = type.substr(0, version);
  return type.substr(type.rfind('.') + 1);
}

std::string_view Writer(std::string_view source) { return source.substr(source.rfind('/') + 1); }

}  // namespace tierline::cli

#include "intake/intake.h"

#include <optional>

#include "directory/directory.h"
#include "intake/limits.h"

namespace tierline::intake {
namespace {

using Refusal = std::optional<Rejection>;

Rejection State(std::string reason, std::string rule, std::string message) {
  return {.reason = std::move(reason), .message = std::move(message), .rule = std::move(rule)};
}

// The value of a text is its size: the text itself never appears in an error or a log.
std::string SizeOf(std::string_view text) { return std::to_string(text.size()) + " bytes"; }

Refusal CheckSize(std::string field, std::string_view text, size_t max) {
  if (text.size() <= max) return {};
  return InvalidField(std::move(field), SizeOf(text), "R-310",
                      "at most " + std::to_string(max) + " bytes");
}

Refusal CheckText(std::string field, std::string_view text, std::string rule) {
  if (text.empty()) return InvalidField(std::move(field), "empty", std::move(rule), "is required");
  return CheckSize(std::move(field), text, kTextMax);
}

Refusal CheckCategory(const std::string& category, const Context& context) {
  if (context.directory != nullptr && context.directory->FindCategory(category) != nullptr)
    return {};
  return InvalidField("category", category.substr(0, 64), "R-301",
                      "is not in the pack's list of categories");
}

// An inquiry that exists and is not closed.
Refusal CheckOpen(const Subject& subject) {
  switch (subject.inquiry().status()) {
    case state::v1::INQUIRY_STATUS_UNSPECIFIED:
      return Rejection{.code = absl::StatusCode::kNotFound,
                       .reason = "INQUIRY_NOT_FOUND",
                       .message = "there is no inquiry with this id; open it first",
                       .rule = "R-302",
                       .field = "inquiry_id"};
    case state::v1::INQUIRY_STATUS_CLOSED:
      return State("ALREADY_CLOSED", "R-305", "the inquiry is closed; reopen it first");
    default:
      return {};
  }
}

class Decider {
 public:
  Decider(const Subject& subject, const Context& context) : subject_(subject), context_(context) {}

  Decision operator()(const v1::OpenInquiryRequest& request) {
    if (subject_.inquiry().version() > 0) {
      return State("ALREADY_OPENED", "R-302", "an inquiry with this id exists already");
    }
    const bool from_call = request.channel() != events::v1::INQUIRY_CHANNEL_BY_HAND;
    if (!events::v1::InquiryChannel_IsValid(request.channel()) || request.channel() == 0) {
      return InvalidField("channel", std::to_string(request.channel()), "R-302",
                          "must name a channel");
    }
    if (from_call && subject_.inquiry().call_office().empty()) {
      return Rejection{.code = absl::StatusCode::kNotFound,
                       .reason = "CALL_NOT_FOUND",
                       .message = "no call was received under this inquiry id",
                       .rule = "R-302",
                       .field = "inquiry_id"};
    }
    const std::string& code =
        request.office().empty() ? subject_.inquiry().call_office() : request.office();
    const auto level = LevelOf(code);
    if (!level)
      return InvalidField("office", code.substr(0, 16), "R-201",
                          "is not an office of the directory");
    for (const Refusal& refusal : {CheckCategory(request.category(), context_),
                                   CheckSize("question", request.question(), kTextMax),
                                   CheckSize("caller_name", request.caller_name(), kNameMax)}) {
      if (refusal) return *refusal;
    }
    Event event;
    auto* opened = event.mutable_inquiry_opened();
    opened->set_channel(request.channel());
    opened->set_office(code);
    opened->set_level(*level);
    opened->set_category(request.category());
    opened->set_urgent(request.urgent());
    opened->set_important(request.important());
    Seal("question", request.question(), opened->mutable_question());
    Seal("caller_name", request.caller_name(), opened->mutable_caller_name());
    opened->set_key_id(std::string(context_.key_id));
    return event;
  }

  Decision operator()(const v1::ClassifyInquiryRequest& request) {
    for (const Refusal& refusal :
         {CheckOpen(subject_), CheckCategory(request.category(), context_)}) {
      if (refusal) return *refusal;
    }
    Event event;
    auto* classified = event.mutable_inquiry_classified();
    classified->set_category(request.category());
    classified->set_urgent(request.urgent());
    classified->set_important(request.important());
    return event;
  }

  Decision operator()(const v1::AnswerInquiryRequest& request) {
    for (const Refusal& refusal :
         {CheckOpen(subject_), CheckText("answer", request.answer(), "R-302")}) {
      if (refusal) return *refusal;
    }
    if (request.citations_size() > kCitationsMax) {
      return InvalidField("citations", std::to_string(request.citations_size()), "R-302",
                          "at most " + std::to_string(kCitationsMax));
    }
    Event event;
    auto* answered = event.mutable_inquiry_answered();
    for (const std::string& citation : request.citations()) {
      if (auto refusal = CheckSize("citations", citation, kCitationMax)) return *refusal;
      answered->add_citations(citation);
    }
    Seal("answer", request.answer(), answered->mutable_answer());
    return event;
  }

  Decision operator()(const v1::RegisterInquiryRequest& request) {
    for (const Refusal& refusal :
         {CheckOpen(subject_), CheckText("explanation", request.explanation(), "R-303"),
          CheckText("next_step", request.next_step(), "R-303")}) {
      if (refusal) return *refusal;
    }
    const auto& inquiry = subject_.inquiry();
    if (inquiry.status() == state::v1::INQUIRY_STATUS_REGISTERED) {
      return State("ALREADY_REGISTERED", "R-303", "the inquiry is registered already");
    }
    Event event;
    auto* registered = event.mutable_inquiry_registered();
    Seal("explanation", request.explanation(), registered->mutable_explanation());
    Seal("next_step", request.next_step(), registered->mutable_next_step());
    registered->set_solvable(request.solvable());
    registered->set_office(inquiry.office());
    registered->set_level(inquiry.level());
    registered->set_category(inquiry.category());
    registered->set_urgent(inquiry.urgent());
    return event;
  }

  Decision operator()(const v1::AddNoteRequest& request) {
    for (const Refusal& refusal :
         {CheckOpen(subject_), CheckText("note", request.note(), "R-305")}) {
      if (refusal) return *refusal;
    }
    if (subject_.inquiry().notes() >= kNotesMax) {
      return State("TOO_MANY_NOTES", "R-305",
                   "an inquiry has at most " + std::to_string(kNotesMax) + " notes");
    }
    Event event;
    Seal("note", request.note(), event.mutable_note_added()->mutable_note());
    return event;
  }

  Decision operator()(const v1::CloseInquiryRequest& request) {
    for (const Refusal& refusal :
         {CheckOpen(subject_), CheckSize("remark", request.remark(), kTextMax)}) {
      if (refusal) return *refusal;
    }
    if (!events::v1::CloseOutcome_IsValid(request.outcome()) || request.outcome() == 0) {
      return InvalidField("outcome", std::to_string(request.outcome()), "R-305",
                          "must name an outcome");
    }
    Event event;
    event.mutable_inquiry_closed()->set_outcome(request.outcome());
    Seal("remark", request.remark(), event.mutable_inquiry_closed()->mutable_remark());
    return event;
  }

  Decision operator()(const v1::ReopenInquiryRequest& request) {
    const auto& inquiry = subject_.inquiry();
    if (inquiry.status() != state::v1::INQUIRY_STATUS_CLOSED) {
      if (inquiry.version() == 0) return *CheckOpen(subject_);
      return State("NOT_CLOSED", "R-305", "only a closed inquiry can be reopened");
    }
    if (auto refusal = CheckText("reason", request.reason(), "R-305")) return *refusal;
    Event event;
    auto* reopened = event.mutable_inquiry_reopened();
    Seal("reason", request.reason(), reopened->mutable_reason());
    reopened->set_office(inquiry.office());
    reopened->set_level(inquiry.level());
    reopened->set_category(inquiry.category());
    reopened->set_urgent(inquiry.urgent());
    return event;
  }

  Decision operator()(const v1::TakeOverRequest& request) {
    for (const Refusal& refusal :
         {CheckOpen(subject_), CheckText("reason", request.reason(), "R-409")}) {
      if (refusal) return *refusal;
    }
    const auto level = LevelOf(request.office());
    if (!level)
      return InvalidField("office", request.office().substr(0, 16), "R-201",
                          "is not an office of the directory");
    const auto& inquiry = subject_.inquiry();
    if (!StandsAbove(request.office(), inquiry.office())) {
      return Rejection{.reason = "NOT_A_SUPERIOR",
                       .message = "office: does not stand above the owner, " + inquiry.office(),
                       .rule = "R-409",
                       .field = "office",
                       .value = request.office()};
    }
    Event event;
    auto* taken = event.mutable_inquiry_taken_over();
    taken->set_from_office(inquiry.office());
    taken->set_from_level(inquiry.level());
    taken->set_office(request.office());
    taken->set_level(*level);
    Seal("reason", request.reason(), taken->mutable_reason());
    return event;
  }

  Decision operator()(const v1::RecordCallbackRequest& request) {
    for (const Refusal& refusal :
         {CheckOpen(subject_), CheckSize("remark", request.remark(), kTextMax)}) {
      if (refusal) return *refusal;
    }
    const auto& inquiry = subject_.inquiry();
    if (inquiry.callback_due_at_ms() == 0)
      return State("NO_CALLBACK_DUE", "R-113", "no message asks for a call-back");
    if (inquiry.called_back_at_ms() != 0)
      return State("ALREADY_CALLED_BACK", "R-113", "the caller was reached already");
    if (inquiry.callbacks() >= kCallbacksMax) {
      return State("TOO_MANY_CALLBACKS", "R-113",
                   "at most " + std::to_string(kCallbacksMax) + " attempts are recorded");
    }
    Event event;
    auto* made = event.mutable_callback_made();
    made->set_reached(request.reached());
    made->set_attempt(inquiry.callbacks() + 1);
    Seal("remark", request.remark(), made->mutable_remark());
    return event;
  }

 private:
  std::optional<base::v1::Level> LevelOf(const std::string& office) const {
    if (context_.directory == nullptr) return {};
    const auto& offices = context_.directory->offices();
    const auto index = offices.Find(office);
    if (index == directory::kNoOffice) return {};
    return offices[index].level;
  }

  // `superior` must be an office of the directory.
  bool StandsAbove(const std::string& superior, const std::string& office) const {
    const auto& offices = context_.directory->offices();
    const auto below = offices.Find(office);
    return below != directory::kNoOffice && superior != office &&
           offices.IsInSubtree(below, offices.Find(superior));
  }

  void Seal(std::string_view field, std::string_view plain, base::v1::Sealed* sealed) {
    if (!plain.empty()) *sealed = context_.sealer->Seal(context_.key_id, field, plain);
  }

  const Subject& subject_;
  const Context& context_;
};

}  // namespace

Decision IntakeService::Decide(const Subject& subject, const Command& command,
                               const Context& context) const {
  const auto& body = static_cast<const v1::Command&>(*command.body);
  Decider decide(subject, context);
  switch (body.command_case()) {
    case v1::Command::kOpenInquiry:
      return decide(body.open_inquiry());
    case v1::Command::kClassifyInquiry:
      return decide(body.classify_inquiry());
    case v1::Command::kAnswerInquiry:
      return decide(body.answer_inquiry());
    case v1::Command::kRegisterInquiry:
      return decide(body.register_inquiry());
    case v1::Command::kAddNote:
      return decide(body.add_note());
    case v1::Command::kCloseInquiry:
      return decide(body.close_inquiry());
    case v1::Command::kReopenInquiry:
      return decide(body.reopen_inquiry());
    case v1::Command::kRecordCallback:
      return decide(body.record_callback());
    case v1::Command::kTakeOver:
      return decide(body.take_over());
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return InvalidField("command", "none", "R-311", "must be set");
}

Event IntakeService::React(const Subject& subject, const Obligation& obligation,
                           const Context& context) const {
  if (obligation.reaction() != kOpenFromMessage) return Declined("UNKNOWN_REACTION");
  const auto& inquiry = subject.inquiry();
  if (inquiry.status() != state::v1::INQUIRY_STATUS_UNSPECIFIED) return Declined("ALREADY_OPENED");
  Event event;
  auto* opened = event.mutable_inquiry_opened();
  opened->set_channel(events::v1::INQUIRY_CHANNEL_VOICE_MESSAGE);
  opened->set_office(inquiry.call_office());
  opened->set_level(inquiry.call_level());
  opened->set_key_id(std::string(context.key_id));
  return event;
}

}  // namespace tierline::intake

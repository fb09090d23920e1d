#include "tools/load/script.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "tierline/intake/v1/intake.pb.h"
#include "tierline/routing/v1/routing.pb.h"
#include "tools/load/phrases.h"
#include "tools/load/request_id.h"

namespace tierline::load {
namespace {

events::v1::CallEndCause CauseOf(base::v1::Outcome outcome) {
  switch (outcome) {
    case base::v1::OUTCOME_BLOCKED:
      return events::v1::CALL_END_CAUSE_BUSY;
    case base::v1::OUTCOME_NO_ANSWER:
      return events::v1::CALL_END_CAUSE_RING_TIMEOUT;
    case base::v1::OUTCOME_AFTER_HOURS:
      return events::v1::CALL_END_CAUSE_VOICE_PLAYED;
    default:
      return events::v1::CALL_END_CAUSE_CALLER_HUNG_UP;
  }
}

events::v1::CallReportKind KindOf(Action action) {
  if (action == Action::kOffered) return events::v1::CALL_REPORT_KIND_OFFERED;
  if (action == Action::kTalking) return events::v1::CALL_REPORT_KIND_ANSWERED;
  return events::v1::CALL_REPORT_KIND_ENDED;
}

template <typename Response>
bool Parse(std::string_view bytes, Response* response) {
  return response->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

Script::Script(const CallPlan* plan, uint64_t seed) : plan_(plan), seed_(seed) {
  const int64_t at_ms = plan->arrival.arrived_at_ms();
  stops_.push_back({at_ms, Action::kReceive, at_ms});
}

std::string Script::NextRequestId() {
  return RequestIdOf(absl::StrCat("tierline-load ", seed_, " ", plan_->number, " ", ids_++));
}

Step Script::Next() {
  if (after_) return *std::exchange(after_, {});
  const Stop& stop = stops_[next_];
  std::optional<Step> probe = ProbeBefore(stop);
  Step step = probe                         ? *std::move(probe)
              : stop.action < Action::kOpen ? CallCommand(stop)
                                            : InquiryCommand(stop.action, etag_);
  step.at_ms = stop.at_ms;
  return step;
}

Step Script::CallCommand(const Stop& stop) {
  const auto make = [&](std::string_view method, auto request) {
    return MakeCommand(kRoutingService, method, std::move(request), NextRequestId(),
                       PrincipalOf(base::v1::ROLE_INTEGRATOR));
  };
  if (stop.action == Action::kReceive) {
    routing::v1::ReceiveCallRequest request;
    request.set_platform("load");
    request.set_switch_call_id(absl::StrCat(seed_, "-", plan_->number));
    *request.mutable_call() = plan_->arrival;
    request.set_purpose(plan_->purpose);
    return make("ReceiveCall", std::move(request));
  }
  if (stop.action == Action::kChoose) {
    routing::v1::ChooseMenuRequest request;
    request.set_inquiry_id(inquiry_id_);
    *request.mutable_min_position() = receipt_.position();
    if (plan_->menu == MenuPlan::kChoose && !keys_.empty()) {
      request.set_keys(keys_[static_cast<size_t>(plan_->menu_entry) % keys_.size()]);
    }
    return make("ChooseMenu", std::move(request));
  }
  routing::v1::ReportCallRequest request;
  request.set_inquiry_id(inquiry_id_);
  *request.mutable_min_position() = receipt_.position();
  request.set_sequence(stop.sequence);
  request.set_switch_time_ms(stop.switch_ms);
  request.set_kind(KindOf(stop.action));
  if (stop.action == Action::kEnded) request.set_cause(CauseOf(outcome_));
  return make("ReportCall", std::move(request));
}

Step Script::InquiryCommand(Action action, const std::string& etag) {
  const InquiryPlan& inquiry = plan_->inquiry;
  const auto make = [&](std::string_view method, auto request) {
    request.set_inquiry_id(inquiry_id_);
    request.set_etag(etag);
    *request.mutable_min_position() = receipt_.position();  // of another service, perhaps
    return MakeCommand(kIntakeService, method, std::move(request), NextRequestId(),
                       PrincipalOf(base::v1::ROLE_OPERATOR, office_));
  };
  switch (action) {
    case Action::kOpen: {
      intake::v1::OpenInquiryRequest request;
      request.set_channel(outcome_ == base::v1::OUTCOME_AFTER_HOURS
                              ? events::v1::INQUIRY_CHANNEL_VOICE_MESSAGE
                              : events::v1::INQUIRY_CHANNEL_CALL);
      request.set_category(inquiry.opened_as.empty() ? inquiry.category : inquiry.opened_as);
      request.set_urgent(inquiry.urgent);
      request.set_important(inquiry.important);
      request.set_question(inquiry.question);
      return make("OpenInquiry", std::move(request));
    }
    case Action::kClassify: {
      intake::v1::ClassifyInquiryRequest request;
      request.set_category(inquiry.category);
      request.set_urgent(inquiry.urgent);
      request.set_important(inquiry.important);
      return make("ClassifyInquiry", std::move(request));
    }
    case Action::kNote: {
      intake::v1::AddNoteRequest request;
      request.set_note(std::string(kNote));
      return make("AddNote", std::move(request));
    }
    case Action::kAnswer: {
      intake::v1::AnswerInquiryRequest request;
      request.set_answer(inquiry.answer);
      request.add_citations(absl::StrCat("basic-business/", inquiry.category));
      return make("AnswerInquiry", std::move(request));
    }
    case Action::kRegister: {
      intake::v1::RegisterInquiryRequest request;
      request.set_explanation(std::string(kExplanation));
      request.set_next_step(std::string(kNextStep));
      request.set_solvable(inquiry.solvable);
      return make("RegisterInquiry", std::move(request));
    }
    case Action::kReopen: {
      intake::v1::ReopenInquiryRequest request;
      request.set_reason(std::string(kReopenReason));
      return make("ReopenInquiry", std::move(request));
    }
    default: {
      const bool again = action == Action::kCloseAgain;
      const bool advised = inquiry.handling == Handling::kAdvised && !again;
      intake::v1::CloseInquiryRequest request;
      request.set_outcome(again ? events::v1::CLOSE_OUTCOME_RESOLVED : inquiry.outcome);
      request.set_remark(std::string(advised ? kAdvice : kRemark));
      return make("CloseInquiry", std::move(request));
    }
  }
}

std::string Script::Answered(const Step& step, const rpc::RpcStatus& status,
                             std::string_view response) {
  std::string fault;
  if (step.expect == Step::Expect::kRefused) {
    if (status.code != step.refusal) {
      fault = absl::StrCat("must be refused ", absl::StatusCodeToString(step.refusal), ", was ",
                           status.ok() ? "accepted" : status.ToString());
    }
  } else if (!status.ok()) {
    fault = status.ToString();
  } else if (step.expect == Step::Expect::kRead) {
    fault = CheckRead(step, response);
  } else {
    fault = Accepted(step, response);
  }
  if (fault.empty()) return fault;
  next_ = stops_.size();
  after_.reset();
  return absl::StrCat(ToAbsl(step.method), " of call ", plan_->number, " (inquiry ", inquiry_id_,
                      ", request ", step.request_id, "): ", fault);
}

std::string Script::CheckRead(const Step& step, std::string_view response) const {
  intake::v1::GetInquiryResponse read;
  if (!Parse(response, &read)) return "the answer is malformed";
  if (read.inquiry().etag() == step.etag) return "";
  return absl::StrCat("reads version ", read.inquiry().etag(), " after a command answered ",
                      step.etag);
}

std::string Script::Accepted(const Step& step, std::string_view response) {
  routing::v1::ReceiveCallResponse received;
  routing::v1::ChooseMenuResponse chosen;
  intake::v1::AnswerInquiryResponse plain;  // the receipt is field 1 of every command's answer
  const bool receives = step.method == "ReceiveCall", chooses = step.method == "ChooseMenu";
  if (!(receives  ? Parse(response, &received)
        : chooses ? Parse(response, &chosen)
                  : Parse(response, &plain))) {
    return "the answer is malformed";
  }
  const base::v1::Receipt& receipt = receives  ? received.receipt()
                                     : chooses ? chosen.receipt()
                                               : plain.receipt();
  if (step.expect == Step::Expect::kSame) {
    if (receipt.event_id() == receipt_.event_id()) return "";
    return absl::StrCat("a retry was given event ", receipt.event_id(), " after ",
                        receipt_.event_id());
  }
  receipt_ = receipt;
  ++accepted_;
  ++next_;
  keys_.clear();
  for (const auto& entry : received.menu().entries()) keys_.push_back(entry.keys());
  if (receives) inquiry_id_ = received.inquiry_id();
  if (receives) Decided(received.decision());
  if (chooses) Decided(chosen.decision());
  if (step.service == kIntakeService) old_etag_ = std::exchange(etag_, receipt.etag());
  after_ = ProbeAfter(step);
  if (after_) after_->at_ms = step.at_ms;
  return "";
}

void Script::Decided(const events::v1::Decision& decision) {
  office_ = decision.served_office();
  outcome_ = OutcomeOf(*plan_, decision);
  stops_ = StopsAfter(*plan_, decision);
  next_ = 0;
}

}  // namespace tierline::load

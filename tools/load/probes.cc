#include "tierline/intake/v1/intake.pb.h"
#include "tools/load/script.h"

// What a client should not do, and what it does for safety: each has one right answer.

namespace tierline::load {
namespace {

constexpr char kNobodysInquiry[] = "00000000-0000-8000-8000-000000000001";

Step Refused(Step step, absl::StatusCode code) {
  step.expect = Step::Expect::kRefused;
  step.refusal = code;
  return step;
}

// Commands for an inquiry that is open or registered.
bool NeedsOpen(Action action) { return action >= Action::kClassify && action <= Action::kClose; }

}  // namespace

std::optional<Step> Script::ProbeBefore(const Stop& stop) {
  if (probed_ || accepted_ < plan_->probe_after || stop.action == Action::kReceive) return {};
  const auto make = [&](std::string_view method, auto request, std::string request_id) {
    return MakeCommand(kIntakeService, method, std::move(request), std::move(request_id),
                       PrincipalOf(base::v1::ROLE_OPERATOR, office_));
  };
  std::optional<Step> probe;
  switch (plan_->probe) {
    case Probe::kStale:
      if (!NeedsOpen(stop.action)) return {};
      probe = Refused(InquiryCommand(stop.action, old_etag_.empty() ? "\"0\"" : old_etag_),
                      absl::StatusCode::kAborted);
      break;
    case Probe::kNoReason: {
      if (!NeedsOpen(stop.action)) return {};
      intake::v1::RegisterInquiryRequest request;
      request.set_inquiry_id(inquiry_id_);
      request.set_next_step("-");
      probe = Refused(make("RegisterInquiry", request, NextRequestId()),
                      absl::StatusCode::kInvalidArgument);
      break;
    }
    case Probe::kNoCategory: {
      if (stop.action != Action::kOpen) return {};
      intake::v1::OpenInquiryRequest request;
      request.set_inquiry_id(inquiry_id_);
      request.set_channel(events::v1::INQUIRY_CHANNEL_CALL);
      request.set_category("no-such-category");
      probe = Refused(make("OpenInquiry", request, NextRequestId()),
                      absl::StatusCode::kInvalidArgument);
      break;
    }
    case Probe::kNoInquiry: {
      intake::v1::CloseInquiryRequest request;
      request.set_inquiry_id(kNobodysInquiry);
      request.set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
      probe = Refused(make("CloseInquiry", request, NextRequestId()), absl::StatusCode::kNotFound);
      break;
    }
    case Probe::kBadRequestId: {
      intake::v1::AddNoteRequest request;
      request.set_inquiry_id(inquiry_id_);
      request.set_note("-");
      probe = Refused(make("AddNote", request, "not-a-uuid"), absl::StatusCode::kInvalidArgument);
      break;
    }
    case Probe::kNone:
    case Probe::kRepeat:
    case Probe::kReuse:
    case Probe::kRead:
      return {};
  }
  probed_ = true;
  return probe;
}

std::optional<Step> Script::ProbeAfter(const Step& step) {
  if (probed_ || accepted_ <= plan_->probe_after) return {};
  std::optional<Step> probe;
  switch (plan_->probe) {
    case Probe::kRepeat:
      probe = step;
      probe->expect = Step::Expect::kSame;
      break;
    case Probe::kReuse: {
      if (step.service != kIntakeService) return {};
      intake::v1::AddNoteRequest request;
      request.set_inquiry_id(inquiry_id_);
      request.set_note("something else under a used request id");
      probe =
          Refused(MakeCommand(kIntakeService, "AddNote", request, step.request_id, step.principal),
                  absl::StatusCode::kInvalidArgument);
      break;
    }
    case Probe::kRead: {
      if (step.service != kIntakeService) return {};
      intake::v1::GetInquiryRequest request;
      request.set_inquiry_id(inquiry_id_);
      *request.mutable_min_position() = receipt_.position();
      probe = Step{.service = kIntakeService,
                   .method = "GetInquiry",
                   .request = request.SerializeAsString(),
                   .principal = step.principal,
                   .expect = Step::Expect::kRead,
                   .etag = receipt_.etag()};
      break;
    }
    default:
      return {};
  }
  probed_ = true;
  return probe;
}

}  // namespace tierline::load

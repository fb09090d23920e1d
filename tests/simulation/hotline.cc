#include <algorithm>

#include "absl/strings/str_cat.h"
#include "directory/pack_reader.h"
#include "escalation/escalation.h"
#include "intake/intake.h"
#include "reporting/reporting.h"
#include "routing/routing.h"
#include "tests/kit/intake_commands.h"
#include "tests/kit/packs.h"
#include "tests/simulation/workload.h"
#include "tierline/escalation/v1/escalation.pb.h"

// Runs of the services of a hotline: calls come in, are reported on, become inquiries with
// deadlines; days pass.

namespace tierline::simulation {
namespace {

using base::v1::SERVICE_INTAKE;
using base::v1::SERVICE_ROUTING;

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kPositionsOfPolicy = 4;
constexpr char kStrict[] = R"({"id": "strict", "version": 1, "title": {"zh": "严", "en": "Strict"},
  "limits": [{"id": "default", "workingS": 14400, "warnWorkingSBefore": 3600}]})";

// The example hotline under its own policy, and under one with short limits.
struct Snapshots {
  std::shared_ptr<const directory::Directory> standard, strict;

  Snapshots() {
    auto files = kit::PackFiles("demo-2345");
    files["policies/strict.json"] = kStrict;
    const auto pack = directory::ReadPack(files);
    if (!pack.ok()) std::abort();
    standard = *directory::Directory::Build(pack->tables, pack->hash);
    strict = standard->WithPolicy("strict");
  }
};
const Snapshots& Example() {
  static const auto& snapshots = *new Snapshots;
  return snapshots;
}

// What clients know of an inquiry: what of it was accepted.
struct Inquiry {
  std::string id;
  std::string switch_call_id;
  int64_t arrived_at_ms = 0;
  bool by_hand = false;
  bool received = false, ended = false, opened = false, closed = false;
  int reports = 0;
  std::string last_event;
  std::string owner = "920300";  // a guess where it came by a call
  bool ordered = false;          // a superior's order stands, and was not acknowledged
  int drawn = 0;
};

class Hotline : public Workload {
 public:
  explicit Hotline(Cluster* cluster) : cluster_(cluster), jump_ms_max_(DrawJump(cluster)) {
    inquiries_.resize(1 + cluster->Draw(4));
    cluster->Jump(cluster->Draw(7 * 24) * kHourMs);  // to some hour of the week
  }

  const std::vector<base::v1::Service>& writers() const override {
    static const std::vector<base::v1::Service> kWriters = {SERVICE_ROUTING, SERVICE_INTAKE,
                                                            base::v1::SERVICE_ESCALATION};
    return kWriters;
  }
  std::unique_ptr<Service> Make(base::v1::Service service) const override {
    if (service == SERVICE_ROUTING) return std::make_unique<routing::RoutingService>();
    if (service == SERVICE_INTAKE) return std::make_unique<intake::IntakeService>();
    if (service == base::v1::SERVICE_REPORTING)
      return std::make_unique<reporting::ReportingService>();
    return std::make_unique<escalation::EscalationService>();
  }
  // Nothing at first, then the policies in turn: clocks that run are recomputed again and again.
  partition::DirectoryAt DirectoryAt(int64_t position) const override {
    const auto& snapshot =
        position / kPositionsOfPolicy % 2 == 0 ? Example().standard : Example().strict;
    return {.directory = position == 0 ? nullptr : snapshot.get(),
            .position = position,
            .zone = snapshot->zone(),
            .edition = position == 0 ? 0 : snapshot->edition()};
  }
  int64_t jump_ms_max() const override { return jump_ms_max_; }

  Request DrawRequest() override {
    Inquiry& inquiry = inquiries_[cluster_->Draw(static_cast<int64_t>(inquiries_.size()))];
    if (inquiry.drawn++ % 40 == 0) inquiry = NewInquiry();
    Request request;
    request.subject = inquiry.id;
    const bool call = !inquiry.received || (!inquiry.ended && cluster_->Chance(40));
    if (cluster_->Chance(10) ? cluster_->Chance(50) : call) {
      request.service = SERVICE_ROUTING;
      request.body = std::make_unique<routing::v1::Command>(DrawCall(inquiry));
    } else if (inquiry.opened && cluster_->Chance(inquiry.ordered ? 60 : 20)) {
      request.service = base::v1::SERVICE_ESCALATION;
      request.body = std::make_unique<escalation::v1::Command>(DrawEscalation(inquiry));
    } else {
      request.service = SERVICE_INTAKE;
      request.body = std::make_unique<intake::v1::Command>(DrawIntake(inquiry));
    }
    return request;
  }

  void OnAccepted(const Request& request, const std::string& event_id) override {
    for (Inquiry& inquiry : inquiries_) {
      if (inquiry.id != request.subject) continue;
      inquiry.last_event = event_id;
      if (request.service == base::v1::SERVICE_ESCALATION)
        return Learn(static_cast<const escalation::v1::Command&>(*request.body), &inquiry);
      if (request.service == SERVICE_ROUTING)
        return Learn(static_cast<const routing::v1::Command&>(*request.body), &inquiry);
      return Learn(static_cast<const intake::v1::Command&>(*request.body), &inquiry);
    }
  }

 private:
  static int64_t DrawJump(Cluster* cluster) {
    const int64_t hours[] = {0, 1, 8, 30};
    return hours[cluster->Draw(4)] * kHourMs;
  }

  Inquiry NewInquiry() {
    Inquiry inquiry;
    inquiry.drawn = 1;
    inquiry.switch_call_id = absl::StrCat("call-", ++calls_);
    inquiry.arrived_at_ms = cluster_->wall_ms() - cluster_->Draw(5000);
    inquiry.by_hand = cluster_->Chance(20);
    inquiry.received = inquiry.by_hand;
    inquiry.id =
        MakeInquiryId("switch-1", inquiry.switch_call_id, inquiry.arrived_at_ms).ToString();
    return inquiry;
  }

  routing::v1::Command DrawCall(const Inquiry& inquiry) {
    routing::v1::Command command;
    const bool anything = cluster_->Chance(10);
    if (anything ? cluster_->Chance(50) : !inquiry.received) {
      auto* receive = command.mutable_receive_call();
      receive->set_platform("switch-1");
      receive->set_switch_call_id(inquiry.switch_call_id);
      receive->mutable_call()->set_arrived_at_ms(inquiry.arrived_at_ms);
      Dial(inquiry, receive->mutable_call());
    } else if (cluster_->Chance(20)) {
      command.mutable_choose_menu()->set_keys(absl::StrCat(1 + cluster_->Draw(4)));
    } else if (cluster_->Chance(20)) {
      command.mutable_press_keys()->set_keys(
          cluster_->Chance(30) ? "" : absl::StrCat(1 + cluster_->Draw(9)));
    } else if (cluster_->Chance(10)) {
      command.mutable_transfer_call()->set_office(cluster_->Chance(50) ? "920000" : "900000");
      command.mutable_transfer_call()->set_by(events::v1::TRANSFER_BY_OPERATOR);
    } else if (cluster_->Chance(10)) {
      command.mutable_leave_voice_message()->set_recording("vm/1");
      if (cluster_->Chance(50))
        command.mutable_leave_voice_message()->set_callback_number("0330 2123456");
    } else {
      Report(inquiry, command.mutable_report_call());
    }
    return command;
  }
  // The same for every attempt: of a shared area with a menu, two that are routed, and junk.
  static void Dial(const Inquiry& inquiry, routing::v1::CallArrival* call) {
    static constexpr const char* kCallers[] = {"anonymous", "anonymous", "0330 2123456",
                                               "1900155 0001", "anonymous"};
    static constexpr const char* kDialled[] = {"0330 2345", "0310 2345", "2345", "2345", "junk"};
    const size_t which = inquiry.arrived_at_ms % 5;
    call->set_caller(kCallers[which]);
    call->set_dialled(kDialled[which]);
    call->set_trunk_area("0330");
  }
  void Report(const Inquiry& inquiry, routing::v1::ReportCallRequest* report) {
    const bool ends = cluster_->Chance(20);
    report->set_sequence(cluster_->Chance(20) ? 1 + static_cast<int>(cluster_->Draw(6))
                                              : inquiry.reports + 1);
    report->set_switch_time_ms(inquiry.arrived_at_ms + 1000 * report->sequence());
    const bool fails = cluster_->Chance(30);
    report->set_kind(ends                      ? events::v1::CALL_REPORT_KIND_ENDED
                     : fails                   ? events::v1::CALL_REPORT_KIND_BUSY
                     : report->sequence() == 1 ? events::v1::CALL_REPORT_KIND_OFFERED
                                               : events::v1::CALL_REPORT_KIND_ANSWERED);
    if (ends) report->set_cause(events::v1::CALL_END_CAUSE_CALLER_HUNG_UP);
  }

  intake::v1::Command DrawIntake(const Inquiry& inquiry) {
    const int64_t dice = cluster_->Chance(10) ? cluster_->Draw(100) : -1;
    if (dice < 0 ? !inquiry.opened : dice < 15) return DrawOpen(inquiry);
    if (dice < 0 ? inquiry.closed : dice < 30) return testing::Reopen();
    const int64_t next = cluster_->Draw(100);
    if (cluster_->Chance(5)) {
      intake::v1::Command command;
      command.mutable_record_callback()->set_reached(cluster_->Chance(50));
      return command;
    }
    if (cluster_->Chance(5)) return testing::TakeOver(DrawSuperior());
    if (next < 25) return testing::Register();
    if (next < 35) return testing::AnswerOnTheSpot();
    if (next < 55) return testing::Close();
    if (next < 80) return testing::Note(absl::StrCat("note ", cluster_->Draw(1000)));
    return testing::Classify(DrawCategory(), cluster_->Chance(30));
  }
  std::string DrawSuperior() { return cluster_->Chance(50) ? "920000" : "900000"; }
  escalation::v1::Command DrawEscalation(const Inquiry& inquiry) {
    escalation::v1::Command command;
    if (inquiry.ordered ? cluster_->Chance(10) : cluster_->Chance(60)) {
      auto* order = command.mutable_order_supervision();
      order->set_office(DrawSuperior());
      order->set_reason("It is late.");
      order->add_evidence(inquiry.last_event);
      const absl::Time date = absl::FromUnixMillis(cluster_->wall_ms()) + absl::Hours(24 * 2);
      order->set_due_date(absl::FormatTime("%Y-%m-%d", date, absl::UTCTimeZone()));
    } else if (cluster_->Chance(inquiry.ordered ? 70 : 20)) {
      command.mutable_acknowledge_supervision()->set_office(cluster_->Chance(80) ? inquiry.owner
                                                                                 : DrawSuperior());
    } else {
      command.mutable_acknowledge_urgent()->set_office(DrawSuperior());
    }
    return command;
  }
  intake::v1::Command DrawOpen(const Inquiry& inquiry) {
    auto open = !inquiry.by_hand && cluster_->Chance(90)
                    ? testing::OpenFromCall(DrawCategory())
                    : testing::OpenByHand("920300", DrawCategory());
    open.mutable_open_inquiry()->set_urgent(cluster_->Chance(30));
    return open;
  }
  std::string DrawCategory() {
    static constexpr const char* kCategories[] = {"billing", "supply", "quality", "ideas", "none"};
    return kCategories[cluster_->Draw(cluster_->Chance(5) ? 5 : 4)];
  }

  static void Learn(const routing::v1::Command& accepted, Inquiry* inquiry) {
    if (accepted.has_receive_call()) inquiry->received = true;
    if (!accepted.has_report_call()) return;
    inquiry->reports = std::max(inquiry->reports, accepted.report_call().sequence());
    if (accepted.report_call().cause() != 0) inquiry->ended = true;
  }
  static void Learn(const intake::v1::Command& accepted, Inquiry* inquiry) {
    inquiry->opened = true;
    if (accepted.has_take_over()) inquiry->owner = accepted.take_over().office();
    if (accepted.has_answer_inquiry() || accepted.has_close_inquiry()) inquiry->closed = true;
    if (accepted.has_reopen_inquiry()) inquiry->closed = false;
  }

  static void Learn(const escalation::v1::Command& accepted, Inquiry* inquiry) {
    if (accepted.has_order_supervision()) inquiry->ordered = true;
    if (accepted.has_acknowledge_supervision()) inquiry->ordered = false;
  }

  Cluster* const cluster_;
  const int64_t jump_ms_max_;
  std::vector<Inquiry> inquiries_;
  int64_t calls_ = 0;
};

}  // namespace

std::unique_ptr<Workload> DrawHotline(Cluster* cluster) {
  return std::make_unique<Hotline>(cluster);
}

}  // namespace tierline::simulation

#include "tests/chaos/clients.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/chaos/pack.h"
#include "tierline/intake/v1/intake.pb.h"
#include "tierline/routing/v1/routing.pb.h"
#include "tools/load/interrupt.h"
#include "tools/load/player.h"
#include "tools/load/step.h"

namespace tierline::chaos {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(5);
constexpr int64_t kWorkedOn = 40;  // inquiries at a time: few enough to get in each other's way
constexpr int kGivesUp = 2;        // percent of the attempts without an answer

int64_t NowUs() { return absl::ToUnixMicros(absl::Now()); }

std::string_view RpcServiceOf(const promises::Request& request) {
  return request.service == base::v1::SERVICE_ROUTING ? load::kRoutingService
                                                      : load::kIntakeService;
}

base::v1::Service ServiceOf(const routing::v1::Command&) { return base::v1::SERVICE_ROUTING; }
base::v1::Service ServiceOf(const intake::v1::Command&) { return base::v1::SERVICE_INTAKE; }

}  // namespace

Clients::Clients(const load::Deployment& deployment, const ClientsOptions& options)
    : options_(options), dice_(options.seed, 0xc11e47), clients_(options.clients) {
  replicas_.Connect(deployment).IgnoreError();  // fails only for TLS files
}

Uuid Clients::DrawId() {
  return MakeUuidV7(absl::ToUnixMillis(absl::Now()), dice_.Next(), dice_.Next());
}

absl::Status Clients::Play(const std::atomic<bool>& stop) {
  absl::Time give_up = absl::InfiniteFuture();
  for (;;) {
    const absl::Time now = absl::Now();
    if (stop && give_up == absl::InfiniteFuture()) give_up = now + options_.patience;
    bool idle = true;
    for (Client& client : clients_) {
      if (client.next <= now && (client.under_way != nullptr || !stop)) {
        if (client.under_way == nullptr) Begin(&client);
        Send(&client);
      }
      idle = idle && client.under_way == nullptr;
    }
    if (stop && idle) return absl::OkStatus();
    if (load::Interrupted()) return absl::CancelledError("interrupted");
    if (now > give_up) return absl::DeadlineExceededError("commands without an answer at the end");
    if (replicas_.in_flight() > 0) {
      replicas_.Poll(now + kSlice);
    } else {
      absl::SleepFor(kSlice);
    }
  }
}

void Clients::Begin(Client* client) {
  operations_.push_back(std::make_unique<Operation>());
  Operation* operation = operations_.back().get();
  client->under_way = operation;
  operation->request.request_id = DrawId();
  operation->request.principal = load::PrincipalOf(base::v1::ROLE_PLATFORM_ADMIN);
  Draw(client);
  operation->invoked = NowUs();
}

template <typename Body, typename Request>
void Clients::Fill(std::string_view method, Request* (Body::*arm)(), Request request,
                   Client* client) {
  promises::Request& command = client->under_way->request;
  auto body = std::make_unique<Body>();
  *(body.get()->*arm)() = request;  // without what is not content
  command.service = ServiceOf(*body);
  command.body = std::move(body);
  request.set_request_id(command.request_id.ToString());
  if constexpr (requires { request.set_etag(""); }) request.set_etag(command.etag);
  client->method = method;
  client->bytes = request.SerializeAsString();
}

void Clients::Draw(Client* client) {
  const auto all = static_cast<int64_t>(inquiries_.size());
  if (all < 5 || dice_.Percent(15)) return DrawNew(client);
  const int64_t number = all - 1 - dice_.Below(std::min(all, kWorkedOn));
  client->inquiry = static_cast<int>(number);
  Inquiry& inquiry = inquiries_[static_cast<size_t>(number)];
  promises::Request& command = client->under_way->request;
  command.subject = inquiry.id;
  if (dice_.Percent(40)) command.etag = inquiry.etag;
  inquiry.is_call ? DrawReport(&inquiry, client) : DrawIntake(inquiry, client);
}

void Clients::DrawNew(Client* client) {
  client->inquiry = -1;
  dice_.Percent(40) ? DrawCall(client) : DrawOpening(client);
}

void Clients::DrawCall(Client* client) {
  promises::Request& command = client->under_way->request;
  const int64_t now_ms = absl::ToUnixMillis(absl::Now());
  routing::v1::ReceiveCallRequest request;
  request.set_platform("chaos");
  request.set_switch_call_id(command.request_id.ToString());
  request.mutable_call()->set_arrived_at_ms(now_ms);
  request.mutable_call()->set_dialled(std::string(kHotline));
  command.subject = MakeInquiryId(request.platform(), request.switch_call_id(), now_ms).ToString();
  Fill("ReceiveCall", &routing::v1::Command::mutable_receive_call, std::move(request), client);
}

void Clients::DrawOpening(Client* client) {
  promises::Request& command = client->under_way->request;
  intake::v1::OpenInquiryRequest request;
  request.set_channel(events::v1::INQUIRY_CHANNEL_BY_HAND);
  request.set_office(std::string(dice_.Pick(kOffices)));
  request.set_category(std::string(dice_.Pick(kCategories)));
  request.set_urgent(dice_.Percent(30));
  request.set_question("?");
  command.subject = MakeInquiryId(command.request_id).ToString();
  Fill("OpenInquiry", &intake::v1::Command::mutable_open_inquiry, std::move(request), client);
}

void Clients::DrawReport(Inquiry* inquiry, Client* client) {
  routing::v1::ReportCallRequest request;
  request.set_inquiry_id(inquiry->id);
  request.set_sequence(++inquiry->reports);
  request.set_switch_time_ms(absl::ToUnixMillis(absl::Now()));
  const bool ends = dice_.Percent(20);
  request.set_kind(ends ? events::v1::CALL_REPORT_KIND_ENDED
                        : events::v1::CALL_REPORT_KIND_OFFERED);
  if (ends) request.set_cause(events::v1::CALL_END_CAUSE_CALLER_HUNG_UP);
  Fill("ReportCall", &routing::v1::Command::mutable_report_call, std::move(request), client);
}

void Clients::DrawIntake(const Inquiry& inquiry, Client* client) {
  using intake::v1::Command;
  const auto fill = [&](std::string_view method, auto arm, auto request) {
    request.set_inquiry_id(inquiry.id);
    Fill(method, arm, std::move(request), client);
  };
  // Notes, classifications, registrations, closings, reopenings: the later ones run and stop
  // clocks.
  switch (dice_.Weighted(std::vector<int>{30, 20, 20, 15, 15})) {
    case 0: {
      intake::v1::AddNoteRequest request;
      request.set_note(absl::StrCat("note ", dice_.Below(1000)));
      return fill("AddNote", &Command::mutable_add_note, std::move(request));
    }
    case 1: {
      intake::v1::ClassifyInquiryRequest request;
      request.set_category(std::string(dice_.Pick(kCategories)));
      request.set_urgent(dice_.Percent(30));
      return fill("ClassifyInquiry", &Command::mutable_classify_inquiry, std::move(request));
    }
    case 2: {
      intake::v1::RegisterInquiryRequest request;
      request.set_explanation("later");
      request.set_next_step("wait");
      request.set_solvable(true);
      return fill("RegisterInquiry", &Command::mutable_register_inquiry, std::move(request));
    }
    case 3: {
      intake::v1::CloseInquiryRequest request;
      request.set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
      request.set_remark("done");
      return fill("CloseInquiry", &Command::mutable_close_inquiry, std::move(request));
    }
    default: {
      intake::v1::ReopenInquiryRequest request;
      request.set_reason("again");
      return fill("ReopenInquiry", &Command::mutable_reopen_inquiry, std::move(request));
    }
  }
}

void Clients::Send(Client* client) {
  const promises::Request& command = client->under_way->request;
  ++client->under_way->attempts;
  client->next = absl::InfiniteFuture();
  const rpc::CallOptions call{.deadline = absl::Now() + options_.attempt,
                              .metadata = rpc::MetadataOf(command.principal)};
  const std::string_view service = RpcServiceOf(command);
  replicas_.Next(service)->CallBytesAsync(
      service, client->method, client->bytes, call,
      [this, client](const rpc::RpcStatus& status, std::string_view response) {
        OnAnswer(client, status, response);
      });
}

void Clients::OnAnswer(Client* client, const rpc::RpcStatus& status, std::string_view response) {
  if (status.ok()) return Accept(client, response);
  if (load::OutcomeUnknown(status)) {
    if (dice_.Percent(kGivesUp)) return End(client);
    client->next =
        absl::Now() + std::max(status.retry_after, absl::Milliseconds(dice_.Between(20, 300)));
    return;
  }
  Operation* const operation = client->under_way;
  operation->returned = NowUs();
  const int64_t now_ms = operation->returned / 1000;
  // The clocks of all replicas are this machine's.
  operation->refusals.push_back(
      {.reason = status.reason.empty() ? absl::StatusCodeToString(status.code) : status.reason,
       .at_ms = now_ms,
       .end_ms = now_ms});
  End(client);
}

void Clients::Accept(Client* client, std::string_view response) {
  Operation* operation = client->under_way;
  operation->returned = operation->accepted = NowUs();
  intake::v1::OpenInquiryResponse answer;  // receipt and inquiry are fields 1 and 2 of every answer
  answer.ParseFromArray(response.data(), static_cast<int>(response.size()));
  operation->acceptances.push_back({.receipt = answer.receipt()});
  ++acknowledged_;
  if (client->inquiry < 0) {
    const bool is_call = operation->request.service == base::v1::SERVICE_ROUTING;
    operation->acceptances.back().subject = answer.inquiry_id();
    inquiries_.push_back({operation->request.subject, answer.receipt().etag(), is_call});
  } else {
    inquiries_[static_cast<size_t>(client->inquiry)].etag = answer.receipt().etag();
  }
  End(client);
}

void Clients::End(Client* client) {
  client->under_way = nullptr;
  client->next = absl::Now() + absl::Milliseconds(dice_.Below(options_.pause_max_ms));
}

}  // namespace tierline::chaos

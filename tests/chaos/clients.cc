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

template <typename Request>
void Fill(std::string_view service, std::string_view method, Request request,
          Operation* operation) {
  request.set_request_id(operation->request_id.ToString());
  operation->service = service;
  operation->method = method;
  operation->request = request.SerializeAsString();
}

}  // namespace

Clients::Clients(const load::Deployment& deployment, const ClientsOptions& options)
    : options_(options), dice_(options.seed, 0xc11e47), clients_(options.clients) {
  replicas_.Connect(deployment).IgnoreError();  // fails only for TLS files
}

int64_t Clients::NowUs() { return absl::ToUnixMicros(absl::Now()); }

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
  operation->request_id = DrawId();
  Draw(client, operation);
  operation->invoked_us = NowUs();
}

void Clients::Draw(Client* client, Operation* operation) {
  const auto all = static_cast<int64_t>(inquiries_.size());
  if (all < 5 || dice_.Percent(15)) return DrawNew(client, operation);
  const int64_t number = all - 1 - dice_.Below(std::min(all, kWorkedOn));
  client->inquiry = static_cast<int>(number);
  Inquiry& inquiry = inquiries_[static_cast<size_t>(number)];
  operation->inquiry = inquiry.id;
  if (dice_.Percent(40)) operation->etag = inquiry.etag;
  inquiry.is_call ? DrawReport(&inquiry, operation) : DrawIntake(inquiry, operation);
}

void Clients::DrawNew(Client* client, Operation* operation) {
  client->inquiry = -1;
  if (dice_.Percent(40)) {
    routing::v1::ReceiveCallRequest request;
    request.set_platform("chaos");
    request.set_switch_call_id(operation->request_id.ToString());
    request.mutable_call()->set_arrived_at_ms(absl::ToUnixMillis(absl::Now()));
    request.mutable_call()->set_dialled(std::string(kHotline));
    return Fill(load::kRoutingService, "ReceiveCall", std::move(request), operation);
  }
  intake::v1::OpenInquiryRequest request;
  request.set_channel(events::v1::INQUIRY_CHANNEL_BY_HAND);
  request.set_office(std::string(dice_.Pick(kOffices)));
  request.set_category(std::string(dice_.Pick(kCategories)));
  request.set_urgent(dice_.Percent(30));
  request.set_question("?");
  operation->inquiry = MakeInquiryId(operation->request_id).ToString();
  Fill(load::kIntakeService, "OpenInquiry", std::move(request), operation);
}

void Clients::DrawReport(Inquiry* inquiry, Operation* operation) {
  routing::v1::ReportCallRequest request;
  request.set_inquiry_id(inquiry->id);
  request.set_etag(operation->etag);
  request.set_sequence(++inquiry->reports);
  request.set_switch_time_ms(absl::ToUnixMillis(absl::Now()));
  const bool ends = dice_.Percent(20);
  request.set_kind(ends ? events::v1::CALL_REPORT_KIND_ENDED
                        : events::v1::CALL_REPORT_KIND_OFFERED);
  if (ends) request.set_cause(events::v1::CALL_END_CAUSE_CALLER_HUNG_UP);
  Fill(load::kRoutingService, "ReportCall", std::move(request), operation);
}

void Clients::DrawIntake(const Inquiry& inquiry, Operation* operation) {
  const auto fill = [&](std::string_view method, auto request) {
    request.set_inquiry_id(inquiry.id);
    request.set_etag(operation->etag);
    Fill(load::kIntakeService, method, std::move(request), operation);
  };
  // Notes, classifications, registrations, closings, reopenings: the later ones run and stop
  // clocks.
  switch (dice_.Weighted(std::vector<int>{30, 20, 20, 15, 15})) {
    case 0: {
      intake::v1::AddNoteRequest request;
      request.set_note(absl::StrCat("note ", dice_.Below(1000)));
      return fill("AddNote", std::move(request));
    }
    case 1: {
      intake::v1::ClassifyInquiryRequest request;
      request.set_category(std::string(dice_.Pick(kCategories)));
      request.set_urgent(dice_.Percent(30));
      return fill("ClassifyInquiry", std::move(request));
    }
    case 2: {
      intake::v1::RegisterInquiryRequest request;
      request.set_explanation("later");
      request.set_next_step("wait");
      request.set_solvable(true);
      return fill("RegisterInquiry", std::move(request));
    }
    case 3: {
      intake::v1::CloseInquiryRequest request;
      request.set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
      request.set_remark("done");
      return fill("CloseInquiry", std::move(request));
    }
    default: {
      intake::v1::ReopenInquiryRequest request;
      request.set_reason("again");
      return fill("ReopenInquiry", std::move(request));
    }
  }
}

void Clients::Send(Client* client) {
  const Operation& operation = *client->under_way;
  ++client->under_way->attempts;
  client->next = absl::InfiniteFuture();
  const rpc::CallOptions call{
      .deadline = absl::Now() + options_.attempt,
      .metadata = rpc::MetadataOf(load::PrincipalOf(base::v1::ROLE_PLATFORM_ADMIN))};
  replicas_.Next(operation.service)
      ->CallBytesAsync(operation.service, operation.method, operation.request, call,
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
  client->under_way->refusal =
      status.reason.empty() ? absl::StatusCodeToString(status.code) : status.reason;
  client->under_way->returned_us = NowUs();
  End(client);
}

void Clients::Accept(Client* client, std::string_view response) {
  Operation* operation = client->under_way;
  operation->returned_us = NowUs();
  intake::v1::OpenInquiryResponse answer;  // receipt and inquiry are fields 1 and 2 of every answer
  answer.ParseFromArray(response.data(), static_cast<int>(response.size()));
  operation->receipts.push_back(answer.receipt());
  ++acknowledged_;
  if (client->inquiry < 0) {
    const bool is_call = operation->service == load::kRoutingService;
    if (operation->inquiry.empty()) operation->inquiry = answer.inquiry_id();
    inquiries_.push_back({operation->inquiry, answer.receipt().etag(), is_call});
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

#include <algorithm>
#include <memory>

#include "absl/time/clock.h"
#include "routing/checks.h"
#include "routing/legs.h"
#include "routing/report_gate.h"
#include "routing/rpc.h"
#include "runtime/rpc/bind.h"
#include "tierline/routing/v1/routing.pb.h"

// ReportCalls: the reports of a voice platform in bulk, on one stream. A report is the command that
// ReportCall takes, and is decided, stored and answered like it; what is saved is a call of gRPC
// for each.

namespace tierline::routing {
namespace {

constexpr std::string_view kRpcService = "tierline.routing.v1.RoutingService";
constexpr rpc::CommandRpc kReportCall = {kRpcService, "ReportCall", base::v1::SERVICE_ROUTING};

// Reports taken from the stream whose acknowledgements are not on their way: beyond it nothing is
// read until some are.
constexpr int kInFlightMax = 512;
constexpr int kReportsPerMessageMax = 1000;
// A report of a stream without a deadline is given up after this long, and sent again.
constexpr absl::Duration kReportDeadline = absl::Seconds(30);

class ReportStream final : public rpc::StreamHandler,
                           public std::enable_shared_from_this<ReportStream> {
 public:
  ReportStream(std::shared_ptr<rpc::Stream> stream, rpc::Server* server,
               partition::Partitions* partitions, std::shared_ptr<ReportGate> gate)
      : stream_(std::move(stream)),
        server_(server),
        partitions_(partitions),
        gate_(std::move(gate)) {
    traceparent_ = rpc::ValidTraceparent(stream_->metadata(rpc::kTraceparentKey));
    auto principal = rpc::PrincipalOf(*stream_);
    if (auto* rejection = std::get_if<Rejection>(&principal)) {
      stream_->Finish(rpc::FromRejection(*rejection));
    } else {
      principal_ = std::get<base::v1::Principal>(std::move(principal));
      stream_->Read();
    }
  }

  void OnRequest(std::string_view bytes) override {
    reading_ = false;
    v1::ReportCallsRequest request;
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        request.reports_size() > kReportsPerMessageMax) {
      return stream_->Finish(
          rpc::FromRejection(InvalidField("reports", std::to_string(bytes.size()) + " bytes",
                                          "R-120", "is a message of at most 1000 reports")));
    }
    taking_ = true;
    for (auto& report : *request.mutable_reports()) Take(&report);
    taking_ = false;
    GoOn();
  }

  void OnEnd() override {
    no_more_ = true;
    GoOn();
  }

  void OnWritten() override { GoOn(); }

  int in_flight() const override { return in_flight_ + acks_.acks_size(); }

 private:
  // What is left to do of a report once its command has been made of it.
  struct Taken {
    std::string request_id;
    int32_t failed = 0;  // its sequence, of a leg that failed
  };

  void Take(v1::ReportCallRequest* report) {
    const auto id = Uuid::Parse(report->request_id());
    Taken taken{std::move(*report->mutable_request_id()),
                IsLegFailure(report->kind()) ? report->sequence() : 0};
    const auto inquiry = Uuid::Parse(report->inquiry_id());
    if (!id.ok() || id->absent() || !inquiry.ok()) {
      return Refuse(taken,
                    rpc::FromRejection(InvalidField(inquiry.ok() ? "request_id" : "inquiry_id", "",
                                                    "R-311", "must be a UUID")));
    }
    ++in_flight_;
    Hand(report, *id, std::move(taken));
  }

  // To the processor of its partition, or to the replica that owns that.
  void Hand(v1::ReportCallRequest* report, const Uuid& id, Taken taken) {
    partition::Processor& processor = partitions_->Of(report->inquiry_id());
    if (processor.Follows(base::v1::SERVICE_ROUTING))
      return HoldBack(std::move(*report), id, std::move(taken));
    auto body = std::make_unique<v1::Command>();
    Command command{.service = base::v1::SERVICE_ROUTING,
                    .subject = report->inquiry_id(),
                    .request_id = id,
                    .principal = principal_,
                    .deadline = Deadline(),
                    .traceparent = traceparent_};
    rpc::TakeEnvelope(report, &command);
    body->mutable_report_call()->Swap(report);
    command.body = std::move(body);
    rpc::Submit(partitions_, kReportCall, std::move(command),
                [self = weak_from_this(),
                 taken = std::move(taken)](const partition::CommandResult& result) {
                  if (const auto alive = self.lock()) alive->Answered(taken, result);
                });
  }

  absl::Time Deadline() const {
    return std::min(stream_->deadline(), absl::Now() + kReportDeadline);
  }

  void Answered(const Taken& taken, const partition::CommandResult& result) {
    --in_flight_;
    if (result.rejection) return Refuse(taken, rpc::FromRejection(*result.rejection));
    if (!result.status.ok()) return Refuse(taken, rpc::FromStatus(result.status));
    v1::ReportAck* ack = acks_.add_acks();
    ack->set_request_id(taken.request_id);
    FillReceipt(result.receipt, ack->mutable_receipt());
    const auto& call = result.subject->call();
    auto next = taken.failed == 0 ? std::nullopt
                                  : NextAfter(call, taken.failed, DirectoryOf(call, partitions_));
    if (next) *ack->mutable_next() = *std::move(next);
    GoOn();
  }

  // Until the gate lets it pass. The partition may have come to this replica meanwhile.
  void HoldBack(v1::ReportCallRequest report, const Uuid& id, Taken taken) {
    ++held_back_;
    report.set_request_id(taken.request_id);
    gate_->Pass([self = weak_from_this(), gate = gate_.get(), report = std::move(report), id,
                 taken = std::move(taken)]() mutable {
      const auto alive = self.lock();
      if (!alive) return gate->Ended();
      --alive->held_back_;
      if (alive->partitions_->Of(report.inquiry_id()).Follows(base::v1::SERVICE_ROUTING))
        return alive->PassOn(report, std::move(taken));
      gate->Ended();
      alive->Hand(&report, id, std::move(taken));
      alive->GoOn();
    });
  }

  // To the owner of the partition, as a report of its own; once.
  void PassOn(const v1::ReportCallRequest& report, Taken taken) {
    partition::Reply reply = [&](const partition::CommandResult& result) {
      if (result.owner_endpoint.empty()) {
        --in_flight_;
        gate_->Ended();
        return Refuse(taken, rpc::FromStatus(absl::UnavailableError(
                                 "the ownership of the call's partition is changing hands")));
      }
      rpc::Metadata metadata = rpc::MetadataOf(principal_);
      if (!traceparent_.empty()) metadata.emplace_back(rpc::kTraceparentKey, traceparent_);
      server_->CallPeer(result.owner_endpoint, kRpcService, "ReportCall",
                        report.SerializeAsString(), metadata, Deadline(),
                        [self = weak_from_this(), gate = gate_, taken](const rpc::RpcStatus& status,
                                                                       std::string_view response) {
                          if (const auto alive = self.lock())
                            alive->PassedOn(taken, status, response);
                          gate->Ended();
                        });
    };
    partitions_->Of(report.inquiry_id()).RefuseAsFollower(base::v1::SERVICE_ROUTING, &reply);
  }

  void PassedOn(const Taken& taken, const rpc::RpcStatus& status, std::string_view bytes) {
    --in_flight_;
    v1::ReportCallResponse response;
    if (!status.ok()) return Refuse(taken, status);
    response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    v1::ReportAck* ack = acks_.add_acks();
    ack->set_request_id(taken.request_id);
    *ack->mutable_receipt() = std::move(*response.mutable_receipt());
    if (response.has_next()) *ack->mutable_next() = std::move(*response.mutable_next());
    GoOn();
  }

  void Refuse(const Taken& taken, const rpc::RpcStatus& status) {
    v1::ReportAck* ack = acks_.add_acks();
    ack->set_request_id(taken.request_id);
    ack->mutable_error()->ParseFromString(rpc::EncodeDetails(status));
    GoOn();
  }

  // Whatever may be done now: acknowledge what has gathered, read on, end. Not while a request is
  // being taken, the rest of which is not counted yet.
  void GoOn() {
    if (taking_) return;
    if (!stream_->writing() && acks_.acks_size() > 0) {
      stream_->Write(acks_);
      acks_.Clear();
    }
    if (no_more_) {
      if (in_flight_ == 0 && acks_.acks_size() == 0) stream_->Finish({});
      return;
    }
    if (reading_ || held_back_ > 0 || in_flight() >= kInFlightMax) return;
    reading_ = true;
    stream_->Read();
  }

  const std::shared_ptr<rpc::Stream> stream_;
  rpc::Server* const server_;
  partition::Partitions* const partitions_;
  const std::shared_ptr<ReportGate> gate_;  // of all streams of the server
  base::v1::Principal principal_;
  std::string traceparent_;
  bool reading_ = true;  // the first request was asked for
  bool taking_ = false;
  bool no_more_ = false;
  int in_flight_ = 0;
  int held_back_ = 0;  // of those in flight
  v1::ReportCallsResponse acks_;
};

}  // namespace

void BindReports(rpc::Server* server, partition::Partitions* partitions) {
  const auto gate = std::make_shared<ReportGate>();
  server->HandleStream(kRpcService, "ReportCalls", [=](const std::shared_ptr<rpc::Stream>& stream) {
    return std::make_shared<ReportStream>(stream, server, partitions, gate);
  });
}

}  // namespace tierline::routing

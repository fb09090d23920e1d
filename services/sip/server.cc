#include "sip/server.h"

#include <utility>

#include "runtime/observe/log.h"
#include "sip/agent.h"
#include "sip/desk.h"
#include "sip/loop.h"

namespace tierline::sip {
namespace {

AgentOptions OptionsOf(const config::Config& config) {
  return {.listen = config.sip_listen,
          .in_flight_max = config.sip_in_flight_max,
          .message_bytes_max = config.sip_message_bytes_max,
          .settings = {.platform = config.sip_platform,
                       .gateway = config.sip_gateway,
                       .voicemail = config.sip_voicemail,
                       .trunk_area = config.sip_trunk_area,
                       .trunk_groups = config.sip_trunk_groups}};
}

class Server final : public host::Listener {
 public:
  Server(rpc::Server* server, partition::Partitions* partitions, observe::Metrics* metrics)
      : server_(server), desk_(std::make_shared<Desk>(server, partitions)), counts_(metrics) {}
  ~Server() override {
    loop_->Stop([this] { agent_.reset(); });
  }

  absl::Status Start(const AgentOptions& options) {
    return loop_->Start([&](su_root_s* root) {
      auto agent = Agent::Start(root, loop_.get(), options, MakeHandover(), &counts_);
      if (!agent.ok()) return agent.status();
      agent_ = *std::move(agent);
      observe::log::Info("sip", "listening", {{"address", agent_->address()}});
      return absl::OkStatus();
    });
  }

  std::string_view name() const override { return "sip"; }
  std::string address() const override { return agent_->address(); }
  void BeginShutdown() override {
    loop_->Post([this] { agent_->BeginShutdown(); });
  }
  int in_flight() const override { return agent_->in_flight(); }

 private:
  // Called on the loop's thread; what it posts runs on the host's, and `done` on the loop's again.
  // An answer may come when this server is gone: it keeps the desk and the loop, which is closed.
  Handover MakeHandover() {
    Handover handover;
    handover.receive = [server = server_, desk = desk_, loop = loop_](
                           routing::v1::ReceiveCallRequest request, std::string inquiry_id,
                           Received done) {
      Received back = [desk, loop, done = std::move(done)](
                          const rpc::RpcStatus& status,
                          const routing::v1::ReceiveCallResponse& received) mutable {
        loop->Post(
            [done = std::move(done), status, received]() mutable { done(status, received); });
      };
      server->Post([desk, request = std::move(request), inquiry_id = std::move(inquiry_id),
                    back = std::move(back)]() mutable {
        desk->Receive(request, inquiry_id, std::move(back));
      });
    };
    handover.report = [server = server_, desk = desk_, loop = loop_](
                          routing::v1::ReportCallRequest request, Reported done) {
      Reported back = [desk, loop, done = std::move(done)](const rpc::RpcStatus& status) mutable {
        loop->Post([done = std::move(done), status]() mutable { done(status); });
      };
      server->Post([desk, request = std::move(request), back = std::move(back)]() mutable {
        desk->Report(std::move(request), std::move(back));
      });
    };
    return handover;
  }

  rpc::Server* const server_;
  const std::shared_ptr<Desk> desk_;
  const std::shared_ptr<Loop> loop_ = std::make_shared<Loop>();
  Counts counts_;
  std::unique_ptr<Agent> agent_;  // the loop's
};

}  // namespace

absl::StatusOr<std::unique_ptr<host::Listener>> Open(const config::Config& config,
                                                     rpc::Server* server,
                                                     partition::Partitions* partitions,
                                                     observe::Metrics* metrics) {
  if (config.sip_listen.empty()) return nullptr;
  auto opened = std::make_unique<Server>(server, partitions, metrics);
  absl::Status status = opened->Start(OptionsOf(config));
  if (!status.ok()) return status;
  return opened;
}

}  // namespace tierline::sip

#include "runtime/rpc/forwarder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace tierline::rpc {
namespace {

// Of a call whose client set no deadline: a peer that does not answer must not keep it for ever.
constexpr absl::Duration kDeadlineOtherwise = absl::Seconds(30);

RpcStatus NotOwner(const std::string& endpoint) {
  return {.code = absl::StatusCode::kUnavailable,
          .message = "the ownership of the inquiry's partition is changing hands; retry",
          .reason = "NOT_OWNER",
          .metadata = {{"owner", endpoint}}};
}

bool IsOurs(std::string_view key) {
  return key.substr(0, 9) == "tierline-" || key == kTraceparentKey;
}

absl::Time Bounded(absl::Time deadline) {
  return deadline == absl::InfiniteFuture() ? absl::Now() + kDeadlineOtherwise : deadline;
}

CallOptions OptionsOf(const Call& call) {
  CallOptions options{.deadline = Bounded(call.deadline())};
  call.VisitMetadata([&](std::string_view key, std::string_view value) {
    if (IsOurs(key)) options.metadata.emplace_back(key, value);
  });
  options.metadata.emplace_back(kForwardedKey, "1");
  return options;
}

}  // namespace

Forwarder::Forwarder(Server* server, TlsFiles tls, observe::Metrics* metrics)
    : server_(server), tls_(std::move(tls)) {
  if (metrics == nullptr) return;
  forwarded_ = &metrics->AddCounter("tierline_commands_forwarded_total",
                                    "Commands passed on to the owner of their partition.");
}

absl::StatusOr<Channel*> Forwarder::ChannelTo(const std::string& endpoint) {
  std::unique_ptr<Channel>& channel = channels_[endpoint];
  if (channel == nullptr) {
    // The client retries, and comes back after the ownership has moved again.
    auto connected = Channel::Connect(endpoint, {.tls = tls_, .server = server_, .retry = false});
    if (!connected.ok()) return connected.status();
    channel = *std::move(connected);
  }
  return channel.get();
}

void Forwarder::CallPeer(const std::string& endpoint, std::string_view service,
                         std::string_view method, std::string_view request, Metadata metadata,
                         absl::Time deadline, Answered done) {
  const auto channel = ChannelTo(endpoint);
  if (!channel.ok()) return done(FromStatus(channel.status()), {});
  if (forwarded_ != nullptr) forwarded_->Increment();
  CallOptions options{.deadline = Bounded(deadline), .metadata = std::move(metadata)};
  options.metadata.emplace_back(kForwardedKey, "1");
  (*channel)->CallBytesAsync(service, method, request, options, std::move(done));
}

void Forwarder::Forward(Call call, const std::string& endpoint) {
  if (!call.metadata(kForwardedKey).empty()) return call.Fail(NotOwner(endpoint));
  const auto channel = ChannelTo(endpoint);
  if (!channel.ok()) return call.Fail(channel.status());
  if (forwarded_ != nullptr) forwarded_->Increment();
  const CallOptions options = OptionsOf(call);
  const std::string service(call.service()), method(call.method());
  const std::string_view request = call.request();
  (*channel)->CallBytesAsync(
      service, method, request, options,
      [call = std::move(call)](const RpcStatus& status, std::string_view response) mutable {
        if (!status.ok()) return call.Fail(status);
        call.ReplyBytes(response);
      });
}

}  // namespace tierline::rpc

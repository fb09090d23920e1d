#include "tools/load/switchboard.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tools/load/step.h"
#include "tools/load/virtual_clock.h"

namespace tierline::load {
namespace {

// Each channel has a queue of its own, and only one can be waited for: a short while.
constexpr absl::Duration kWaitForOne = absl::Milliseconds(1);

}  // namespace

absl::Status Switchboard::Connect(const Deployment& deployment) {
  for (const Replica& replica : deployment.replicas()) {
    Line& line = lines_[replica.name];
    if (line.channel && line.address == replica.process->address()) continue;
    auto channel = rpc::Channel::Connect(replica.process->address(), {.retry = retry_});
    if (!channel.ok()) return channel.status();
    line.channel.reset();  // calls back what was under way, before there is a new one
    line = {replica.process->address(), &replica, *std::move(channel)};
  }
  return absl::OkStatus();
}

std::vector<rpc::Channel*> Switchboard::All(std::string_view rpc_service) {
  std::vector<rpc::Channel*> answering;
  for (const auto& [name, line] : lines_) {
    if (line.replica->Answers(rpc_service)) answering.push_back(line.channel.get());
  }
  return answering;
}

rpc::Channel* Switchboard::Next(std::string_view rpc_service) {
  const std::vector<rpc::Channel*> answering = All(rpc_service);
  return answering.empty() ? nullptr : answering[turns_[rpc_service]++ % answering.size()];
}

rpc::Channel* Switchboard::First(std::string_view rpc_service) {
  const std::vector<rpc::Channel*> answering = All(rpc_service);
  return answering.empty() ? nullptr : answering.front();
}

void Switchboard::Poll(absl::Time until) {
  int events = 0;
  do {
    rpc::Channel* busiest = nullptr;
    for (const auto& [name, line] : lines_) {
      events += line.channel->Poll(absl::InfinitePast());
      if (busiest == nullptr || line.channel->in_flight() > busiest->in_flight()) {
        busiest = line.channel.get();
      }
    }
    if (events > 0 || in_flight() == 0) return;
    const bool alone = busiest->in_flight() == in_flight();
    events += busiest->Poll(alone ? until : std::min(until, absl::Now() + kWaitForOne));
  } while (events == 0 && absl::Now() < until);
}

int Switchboard::in_flight() const {
  int calls = 0;
  for (const auto& [name, line] : lines_) calls += line.channel->in_flight();
  return calls;
}

absl::Status Switchboard::TellTime(int64_t now_ms) {
  absl::Status status;
  const rpc::CallOptions options{
      .deadline = absl::Now() + absl::Seconds(30),
      .metadata = VirtualCall(PrincipalOf(base::v1::ROLE_PLATFORM_ADMIN), now_ms)};
  int waiting = 0;
  for (const auto& [name, line] : lines_) {
    ++waiting;
    line.channel->CallBytesAsync(
        kHealthService, "Check", "", options,
        [&, name](const rpc::RpcStatus& answer, std::string_view) {
          --waiting;
          if (answer.ok()) return;
          status.Update(absl::Status(answer.code, absl::StrCat(name, ": ", answer.ToString())));
        });
  }
  while (waiting > 0) Poll(absl::Now() + absl::Milliseconds(50));
  return status;
}

}  // namespace tierline::load

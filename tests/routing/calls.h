#pragma once

#include <memory>
#include <string>

#include "routing/routing.h"
#include "tests/kit/scenario.h"
#include "tests/routing/directories.h"

// Commands of a call's life, and the scenario that they are sent to.

namespace tierline::routing::testing {

inline constexpr auto kOffered = events::v1::CALL_REPORT_KIND_OFFERED;
inline constexpr auto kAnswered = events::v1::CALL_REPORT_KIND_ANSWERED;
inline constexpr auto kEnded = events::v1::CALL_REPORT_KIND_ENDED;
inline constexpr auto kBusy = events::v1::CALL_REPORT_KIND_BUSY;
inline constexpr auto kRingTimeout = events::v1::CALL_REPORT_KIND_RING_TIMEOUT;
inline constexpr char kRinging[] = "076983311223";  // Dongguan: no menu
inline constexpr char kWithMenu[] = "055162345678";

inline v1::Command Receive(const std::string& caller, const std::string& dialled = "12371",
                           const std::string& at = kWorking) {
  v1::Command command;
  auto* receive = command.mutable_receive_call();
  receive->set_platform("switch-1");
  receive->set_switch_call_id("call-0001");
  *receive->mutable_call() = Arrival(caller, dialled, "", at);
  return command;
}

inline v1::Command Choose(const std::string& keys) {
  v1::Command command;
  command.mutable_choose_menu()->set_keys(keys);
  return command;
}

// Empty: a time-out.
inline v1::Command Press(const std::string& keys) {
  v1::Command command;
  command.mutable_press_keys()->set_keys(keys);
  return command;
}

inline v1::Command TransferTo(const std::string& office) {
  v1::Command command;
  command.mutable_transfer_call()->set_office(office);
  command.mutable_transfer_call()->set_by(events::v1::TRANSFER_BY_OPERATOR);
  return command;
}

inline v1::Command LeaveMessage(const std::string& callback_number = "") {
  v1::Command command;
  command.mutable_leave_voice_message()->set_recording("vm/17");
  command.mutable_leave_voice_message()->set_callback_number(callback_number);
  command.mutable_leave_voice_message()->set_duration_s(40);
  return command;
}

struct Seen {
  int32_t sequence;
  int64_t after_ms;
  events::v1::CallReportKind kind;
  events::v1::CallEndCause cause = events::v1::CALL_END_CAUSE_UNSPECIFIED;
};

inline v1::Command Report(const Seen& seen) {
  v1::Command command;
  auto* report = command.mutable_report_call();
  report->set_sequence(seen.sequence);
  report->set_switch_time_ms(Ms(kWorking) + seen.after_ms);
  report->set_kind(seen.kind);
  report->set_cause(seen.cause);
  return command;
}

class Routing : public tierline::testing::Scenario {
 public:
  explicit Routing(const directory::Directory& directory = National())
      : Scenario(std::make_unique<RoutingService>(), &directory) {
    At(absl::FromUnixMillis(Ms(kWorking)));
  }
  using Scenario::At;
  // "2009-04-01 10:00:00" in the zone of the pack.
  Routing& AtLocal(const std::string& text) {
    At(absl::FromUnixMillis(Ms(text)));
    return *this;
  }
};

}  // namespace tierline::routing::testing

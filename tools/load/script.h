#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/rpc/status.h"
#include "tierline/base/v1/base.pb.h"
#include "tools/load/call_plan.h"
#include "tools/load/itinerary.h"
#include "tools/load/step.h"

namespace tierline::load {

// Plays one plan: a small state machine that is given each answer and then knows what comes next.
//
//   while (!script.done()) {
//     Step step = script.Next();
//     … send it, again until it is answered …
//     script.Answered(step, status, response);
//   }
class Script {
 public:
  // Request ids are computed from `seed` and the plan's number, so a run is repeatable. `plan` must
  // outlive the script.
  Script(const CallPlan* plan, uint64_t seed);

  bool done() const { return next_ == stops_.size() && !after_; }
  // When it goes on, virtual; not when done.
  int64_t at_ms() const { return after_ ? after_->at_ms : stops_[next_].at_ms; }
  Step Next();
  // What is wrong with the answer; empty when nothing is. A script with a wrong answer is over.
  std::string Answered(const Step& step, const rpc::RpcStatus& status, std::string_view response);

  const CallPlan& plan() const { return *plan_; }
  const std::string& inquiry_id() const { return inquiry_id_; }
  // Of the last accepted command.
  const base::v1::Receipt& receipt() const { return receipt_; }
  // Unspecified until the call was decided.
  base::v1::Outcome outcome() const { return outcome_; }

 private:
  Step CallCommand(const Stop& stop);
  Step InquiryCommand(Action action, const std::string& etag);
  // The plan's probe, where it fits: before this command, or after it.
  std::optional<Step> ProbeBefore(const Stop& stop);
  std::optional<Step> ProbeAfter(const Step& step);
  std::string CheckRead(const Step& step, std::string_view response) const;
  std::string Accepted(const Step& step, std::string_view response);
  void Decided(const events::v1::Decision& decision);
  std::string NextRequestId();

  const CallPlan* plan_;
  uint64_t seed_;
  std::vector<Stop> stops_;
  size_t next_ = 0;
  int ids_ = 0;  // request ids given out
  int accepted_ = 0;
  bool probed_ = false;
  std::optional<Step> after_;  // a probe that follows the last command
  std::string inquiry_id_;
  std::string office_;             // that serves
  std::vector<std::string> keys_;  // of the menu that is played
  std::string etag_, old_etag_;    // of intake
  base::v1::Receipt receipt_;
  base::v1::Outcome outcome_ = base::v1::OUTCOME_UNSPECIFIED;
};

}  // namespace tierline::load

#pragma once

#include <cstdint>
#include <string>

#include "tierline/events/v1/intake.pb.h"
#include "tierline/routing/v1/routing.pb.h"

// What one caller is going to do, before anybody knows where the call goes. The script (script.h)
// turns it into commands when it learns the decision.

namespace tierline::load {

enum class MenuPlan { kChoose, kDefault, kHangUp };

// What becomes of a call that rings.
enum class RingPlan {
  kAnswered,
  kBusy,
  kNoAnswer,
  kAbandoned,
  kLost,  // the switch never reports its end
};

enum class Handling { kOnTheSpot, kRegistered, kAdvised };

struct InquiryPlan {
  std::string category;
  bool urgent = false;
  bool important = false;
  std::string question;
  std::string answer;
  Handling handling = Handling::kOnTheSpot;
  std::string opened_as;  // another category at first, which is put right later; empty: not
  bool noted = false;
  bool solvable = true;
  int64_t close_at_ms = 0;  // of a registered one; 0: it stays open
  events::v1::CloseOutcome outcome = events::v1::CLOSE_OUTCOME_RESOLVED;
  int64_t reopen_after_ms = 0;  // after it was closed; 0: not
  bool closed_again = false;    // after it was reopened
};

// Something that a client should not do, or does for safety; each has one right answer.
enum class Probe {
  kNone,
  kRepeat,        // a command again: the same event id
  kReuse,         // its request id again for something else: refused
  kStale,         // a command with an old etag first: ABORTED
  kNoReason,      // registered without an explanation: INVALID_ARGUMENT
  kNoCategory,    // a category that the pack does not have: INVALID_ARGUMENT
  kNoInquiry,     // a command for an inquiry that does not exist: NOT_FOUND
  kBadRequestId,  // no UUID: INVALID_ARGUMENT
  kRead,          // a query with the position of the last answer sees what it wrote
};

struct CallPlan {
  int64_t number = 0;  // of the plan, from 0
  routing::v1::CallArrival arrival;
  events::v1::CallPurpose purpose = events::v1::CALL_PURPOSE_PUBLIC;
  MenuPlan menu = MenuPlan::kChoose;
  int menu_entry = 0;  // modulo the number of entries
  RingPlan ring = RingPlan::kAnswered;
  int64_t ring_ms = 0;
  int64_t talk_ms = 0;
  bool reports_late = false;  // the switch's reports come in the wrong order
  bool leaves_message = false;
  InquiryPlan inquiry;
  Probe probe = Probe::kNone;
  int probe_after = 0;  // commands of the call that come before it
};

}  // namespace tierline::load

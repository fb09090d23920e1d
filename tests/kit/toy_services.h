#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/service.h"

// The smallest services that can go wrong in every way the log allows. They write real event types,
// so that records, validity and folds are the real ones:
//
//   Notes    intake      "note …", "open", "close", "reopen", "remind <ms>"; their events bear prev
//                        and depend on the state; "tick" is like a report, so that one writer has
//                        both kinds
//   Reports  routing     "report <n>"; its event bears no prev and is accepted in any state
//   Echo     escalation  no commands; owes one DeadlineSet for each "remind", <ms> after it;
//                        declines when it is closed; that of "remind <ms> with all others" settles
//                        what else is owed; for "remind watch" one, with the directory's position
//                        as its instant, whenever it is another one, which it owes standing
//   Tally    reporting   no commands; counts the events of all services in rows
//
// Each event of Notes and Echo says what its decider saw, so that a checker can compare it with the
// log.

namespace tierline::testing {

inline constexpr base::v1::Service kNotes = base::v1::SERVICE_INTAKE;
inline constexpr base::v1::Service kReports = base::v1::SERVICE_ROUTING;
inline constexpr base::v1::Service kEcho = base::v1::SERVICE_ESCALATION;
inline constexpr base::v1::Service kTally = base::v1::SERVICE_REPORTING;

std::unique_ptr<Service> MakeNotes();
std::unique_ptr<Service> MakeReports();
std::unique_ptr<Service> MakeEcho();
std::unique_ptr<Service> MakeTally();

// Number of events and chain hash of the subject that the decider of `event` saw; nothing when the
// type does not say.
std::string SeenOf(const Subject& subject);
std::optional<std::string> SeenBy(const Event& event);

// A command for Notes or Reports: `text` is "note hello", "close", "report 3", ….
Command MakeCommand(base::v1::Service service, std::string subject, const Uuid& request_id,
                    std::string text);

// A request id that counts up.
Uuid RequestId(uint64_t number);

}  // namespace tierline::testing

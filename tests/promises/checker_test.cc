#include "tests/promises/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/promises/small_history.h"

// The checker notices what it is there for: each test bends one thing of a small history that
// holds.

namespace tierline::promises {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Promises, AreKeptWhenEverythingHolds) {
  SmallHistory history;
  history.Do(1, "open"), history.Acknowledge(1);
  history.Ask(2, "note a").request.etag = "\"1\"";
  history.Write(2, history.Decide(2)), history.Acknowledge(2);
  history.Do(3, "report 1", kReports), history.Acknowledge(3);
  history.Do(4, "remind 0"), history.Acknowledge(4);
  history.WriteReaction(history.Owed(), history.React());
  history.Ask(5, "reopen"), history.Refuse(5, "NOT_CLOSED");
  const Findings findings = history.Check();
  EXPECT_THAT(findings.violations, IsEmpty());
  EXPECT_THAT(findings.left_open, IsEmpty());
  EXPECT_EQ(findings.valid, 5);
  EXPECT_EQ(findings.claims, 3);
  EXPECT_EQ(findings.reactions, 1);
}

TEST(Promises, AnAcknowledgedCommandIsInTheLog) {
  SmallHistory history;
  history.Ask(1, "note a"), history.Acknowledge(1);
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("is not in the log")));
}

TEST(Promises, ACommandCountsOnce) {
  SmallHistory history;
  history.Do(1, "note a"), history.Acknowledge(1);
  history.Write(1, history.Decide(1));
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("is valid a second time")));
}

TEST(Promises, NothingHappensThatNobodyAskedFor) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Ask(1, "note a").request.request_id = testing::RequestId(2);
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("nobody asked for it")));
}

TEST(Promises, ACommandStandsUnderItsSubjectAndService) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Acknowledge(1).request.subject = "subject-2";
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("its command was")));
  history.Acknowledge(1).request.subject = kSubject;
  history.Acknowledge(1).request.service = kReports;
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("its command was")));
}

TEST(Promises, AnAnswerNamesTheEvent) {
  SmallHistory history;
  history.Do(1, "note a"), history.Do(2, "note b");
  history.Acknowledge(1).acceptances = history.Acknowledge(2).acceptances;
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("as another event")));
}

TEST(Promises, AnAnswerNamesTheVersion) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Acknowledge(1).acceptances[0].receipt.set_etag("\"2\"");
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("it is 1")));
}

TEST(Promises, AnAnswerNamesTheSubject) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Acknowledge(1).acceptances[0].subject = "subject-2";
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("was acknowledged as of subject-2")));
}

TEST(Promises, APositionCoversTheEvent) {
  for (const bool elsewhere : {false, true}) {
    SmallHistory history;
    history.Do(1, "note a");
    auto* position = history.Acknowledge(1).acceptances[0].receipt.mutable_position();
    elsewhere ? position->set_partition(1) : position->set_history(position->history() - 1);
    EXPECT_THAT(history.Violations(), Contains(HasSubstr("does not cover it"))) << elsewhere;
  }
}

TEST(Promises, AClientIsShownAStateThatTheLogHad) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Acknowledge(1).acceptances[0].shown = history.State().head();
  EXPECT_THAT(history.Violations(), IsEmpty());
  history.Acknowledge(1).acceptances[0].shown = std::string(32, 'x');
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("a state that the log never had")));
}

//
TEST(Promises, AnEtagHolds) {
  SmallHistory history;
  history.Do(1, "note a"), history.Do(2, "note b");
  history.Acknowledge(2).request.etag = "\"0\"";
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("here it is refused, ETAG_MISMATCH")));
}

TEST(Promises, AnEventIsWhatItsServiceDecides) {
  SmallHistory history;
  history.Ask(1, "note a"), history.Ask(2, "note b");
  history.Write(1, history.Decide(2));
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("here it would be another event")));
}

TEST(Promises, AnEventIsDecidedOnTheStateBeforeIt) {
  SmallHistory history;
  history.Ask(1, "note a"), history.Ask(2, "note b");
  const Event decided_too_early = history.Decide(2);
  history.Write(1, history.Decide(1));
  history.Write(2, decided_too_early);
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("here it would be another event")));
}

TEST(Promises, AnEventThatItsServiceRefusesDoesNotCount) {
  SmallHistory history;
  history.Ask(1, "note a");
  const Event note = history.Decide(1);
  history.Do(2, "close");
  history.Write(1, note);
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("here it is refused, ALREADY_CLOSED")));
}

// What a processor adds to what its service decides.
TEST(Promises, AnEventSaysOnWhoseBehalfAndWhen) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Acknowledge(1).request.principal.set_role(base::v1::ROLE_OPERATOR);
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("here it would be another event")));

  SmallHistory zoned;
  zoned.Ask(1, "note a");
  Event event = zoned.Decide(1);
  event.set_utc_offset_s(3600);
  zoned.Write(1, event);
  EXPECT_THAT(zoned.Violations(), Contains(HasSubstr("here it would be another event")));
}

TEST(Promises, AnEventFollowsThePredecessorThatItNames) {
  SmallHistory history;
  history.Do(1, "note a");
  history.set_prev(std::string(32, 'x'));
  history.Do(2, "note b");
  EXPECT_EQ(history.Check().valid, 1);
  EXPECT_EQ(history.Check().void_records.at("prev_conflict"), 1);
  const CheckOptions without_the_rule{.fold = {.rules = {.prev = false}}};
  EXPECT_THAT(history.Check(without_the_rule).violations,
              Contains(HasSubstr("does not follow its predecessor")));
}

TEST(Promises, TimeDoesNotRunBack) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Pass(-10);
  history.Do(2, "note b");
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("time runs back")));
}

TEST(Promises, TheDirectoryDoesNotRunBack) {
  SmallHistory history;
  history.set_directory(5);
  history.Do(1, "note a");
  history.set_directory(4);
  history.Do(2, "note b");
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("the directory runs back")));
}

TEST(Promises, ARefusalIsRightOnSomeState) {
  SmallHistory history;
  history.Do(1, "note a"), history.Do(2, "close"), history.Do(3, "reopen");
  history.Ask(4, "note b"), history.Refuse(4, "ALREADY_CLOSED");  // as it was for a while
  EXPECT_THAT(history.Violations(), IsEmpty());
  history.Ask(5, "note c"), history.Refuse(5, "NOT_CLOSED");
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("refused for NOT_CLOSED, which no state")));
}

//
TEST(Promises, AVersionIsStaleOnlyWhereThereIsAnother) {
  SmallHistory history;
  history.Do(1, "note a");
  history.Ask(2, "note b").request.etag = "\"0\"", history.Refuse(2, "ETAG_MISMATCH");
  EXPECT_THAT(history.Violations(), IsEmpty());
  history.Ask(3, "note c"), history.Refuse(3, "ETAG_MISMATCH");
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("refused for ETAG_MISMATCH")));
}

TEST(Promises, ARefusalDoesNotForesee) {
  for (const bool by_time : {false, true}) {
    SmallHistory history;
    history.Do(1, "note a"), history.Do(2, "close");
    history.Ask(3, "note b");
    Refusal& refusal = history.Refuse(3, "ALREADY_CLOSED");
    EXPECT_THAT(history.Violations(), IsEmpty()) << by_time;
    if (by_time) refusal.end_ms = history.now_ms() - 2;  // the closing came a millisecond later
    if (!by_time) refusal.end = 5;                       // of which it is the record at 5
    EXPECT_THAT(history.Violations(), Contains(HasSubstr("which no state"))) << by_time;
  }
}

// A replica that lost the ownership may not know that an earlier attempt counts.
TEST(Promises, ARefusalOfWhatCountsIsNoViolation) {
  SmallHistory history;
  history.Do(1, "close");
  history.Do(2, "reopen"), history.Refuse(2, "NOT_CLOSED");
  history.Do(3, "note b");
  const Findings findings = history.Check();
  EXPECT_THAT(findings.violations, IsEmpty());
  EXPECT_EQ(findings.refused_but_valid, 1);
  EXPECT_EQ(findings.unknown_but_valid, 2);
}

TEST(Promises, WhatHadReturnedStandsBeforeWhatBeganLater) {
  SmallHistory history;
  history.Do(1, "note a"), history.Do(2, "note b");
  history.Acknowledge(2);
  history.Acknowledge(1).invoked = 1000;
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("had returned earlier")));
}

TEST(Promises, NothingThatWasDueIsLeftOpen) {
  SmallHistory history;
  history.Do(1, "remind 40");
  const int64_t due_ms = history.Owed().due_at_ms();
  EXPECT_THAT(history.Check({.due_ms = due_ms - 1}).left_open, IsEmpty());
  EXPECT_THAT(history.Check({.due_ms = due_ms}).left_open,
              Contains(HasSubstr("is still owed echo")));
}

TEST(Promises, AnObligationIsActedOnOnce) {
  SmallHistory history;
  history.Do(1, "remind 0");
  const Obligation owed = history.Owed();
  const Event reaction = history.React();
  history.WriteReaction(owed, reaction);
  EXPECT_THAT(history.Violations(), IsEmpty());
  history.WriteReaction(owed, reaction);
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("is acted on a second time")));
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("a reaction that nobody owes")));
}

TEST(Promises, ATimerIsNotEarly) {
  SmallHistory history;
  history.Do(1, "remind 40");
  history.WriteReaction(history.Owed(), history.React());
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("before it was due")));
}

//
TEST(Promises, ATimerIsInTimeWhenNothingGoesWrong) {
  SmallHistory history;
  history.Do(1, "remind 40");
  history.Pass(history.Owed().due_at_ms() + 20 - history.now_ms());
  history.WriteReaction(history.Owed(), history.React());
  EXPECT_THAT(history.Violations(), IsEmpty());
  const CheckOptions strict{.timely_from_ms = kFirstMs, .late_ms_max = 19};
  EXPECT_THAT(history.Check(strict).violations, Contains(HasSubstr("acted on 20 ms late")));
  const CheckOptions lenient{.timely_from_ms = kFirstMs, .late_ms_max = 20};
  EXPECT_THAT(history.Check(lenient).violations, IsEmpty());
  EXPECT_EQ(history.Check(lenient).timed, 1);
}

TEST(Promises, AReactionIsWhatItsServiceDecides) {
  SmallHistory history;
  history.Do(1, "remind 0");
  const Event before_it_was_closed = history.React();
  history.Do(2, "close");
  history.WriteReaction(history.Owed(), before_it_was_closed);
  EXPECT_THAT(history.Violations(), Contains(HasSubstr("here it would be another event")));
}

TEST(Promises, TheLastEventIsNoClaim) {
  SmallHistory history;
  EXPECT_EQ(history.LastEvent(), -1);
  history.Do(1, "note a");
  EXPECT_EQ(history.LastEvent(), 4);  // after the genesis and three claims
}

}  // namespace
}  // namespace tierline::promises

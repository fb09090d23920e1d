#include "reporting/reporting.h"

#include <gtest/gtest.h>

#include "reporting/totals.h"
#include "tests/kit/packs.h"

namespace tierline::reporting {
namespace {

constexpr int64_t kNine = 1238547600000;  // 2009-04-01 09:00 +08:00

class ReportingTest : public testing::Test {
 protected:
  void Apply(const std::string& inquiry, Event event, base::v1::Service source) {
    event.set_occurred_at_ms(kNine);
    event.set_utc_offset_s(8 * 3600);
    service_.Evolve(event, {MakeUuidV7(kNine, 0, ++events_), source, {}}, &subjects_[inquiry]);
  }

  void Receive(const std::string& inquiry, const std::string& office,
               events::v1::CallPurpose purpose = events::v1::CALL_PURPOSE_PUBLIC,
               int64_t at_ms = kNine) {
    Event event;
    auto* received = event.mutable_call_received();
    received->mutable_input()->set_arrived_at_ms(at_ms);
    received->mutable_decision()->set_served_office(office);
    received->set_purpose(purpose);
    Apply(inquiry, event, base::v1::SERVICE_ROUTING);
  }
  void Choose(const std::string& inquiry, const std::string& office) {
    Event event;
    event.mutable_menu_chosen()->mutable_decision()->set_served_office(office);
    Apply(inquiry, event, base::v1::SERVICE_ROUTING);
  }
  void End(const std::string& inquiry, base::v1::Outcome outcome) {
    Event event;
    event.mutable_call_ended()->set_outcome(outcome);
    Apply(inquiry, event, base::v1::SERVICE_ROUTING);
  }
  v1::GetTotalsResponse Totals(v1::GroupBy group_by, const std::string& office = "") {
    v1::GetTotalsRequest request;
    request.set_group_by(group_by);
    request.set_office(office);
    v1::GetTotalsResponse response;
    AddRows(request, service_, kit::NationalDirectory().get(), &response);
    return response;
  }

  ReportingService service_;
  std::map<std::string, Subject> subjects_;
  uint64_t events_ = 0;
};

//
TEST_F(ReportingTest, CountsACallAsReceivedAndInProgressUntilItEnds) {
  Receive("a", "340100");
  EXPECT_EQ(Totals(v1::GROUP_BY_DAY).sum().in_progress(), 1);
  End("a", base::v1::OUTCOME_ANSWERED);
  const auto totals = Totals(v1::GROUP_BY_DAY);
  EXPECT_EQ(totals.sum().received(), 1);
  EXPECT_EQ(totals.sum().answered(), 1);
  EXPECT_EQ(totals.sum().in_progress(), 0);
  EXPECT_EQ(totals.residual(), 0);
}

// the row that a call moves to may be new, and all rows then move in memory.
TEST_F(ReportingTest, MovesACallToTheOfficeThatWasChosenInTheMenu) {
  for (int i = 0; i < 200; ++i) {
    const std::string inquiry = std::to_string(i);
    Receive(inquiry, std::to_string(110000 + i * 7));
    Choose(inquiry, std::to_string(110001 + i * 7));
    End(inquiry, base::v1::OUTCOME_ABANDONED);
  }
  const auto totals = Totals(v1::GROUP_BY_DAY);
  EXPECT_EQ(totals.sum().received(), 200);
  EXPECT_EQ(totals.sum().abandoned(), 200);
  for (const auto& [key, row] : service_.rows()) EXPECT_EQ(Residual(row), 0) << key;
}

// R-119, case 26
TEST_F(ReportingTest, CountsTestCallsApartAndInNothingElse) {
  Receive("a", "340100", events::v1::CALL_PURPOSE_TEST);
  Choose("a", "340102");
  End("a", base::v1::OUTCOME_ANSWERED);
  const auto totals = Totals(v1::GROUP_BY_DAY);
  EXPECT_EQ(totals.sum().test_calls(), 1);
  EXPECT_EQ(totals.sum().received() + totals.sum().answered(), 0);
}

TEST_F(ReportingTest, CountsACallOnTheLocalDayOfItsArrival) {
  Receive("a", "340100", events::v1::CALL_PURPOSE_PUBLIC,
          kNine - 10 * 3600 * 1000);  // 23:00 the day before
  EXPECT_EQ(Totals(v1::GROUP_BY_DAY).rows(0).key(), "2009-03-31");
}

TEST_F(ReportingTest, IgnoresASecondEndOfACall) {
  Receive("a", "340100");
  End("a", base::v1::OUTCOME_ANSWERED);
  End("a", base::v1::OUTCOME_UNKNOWN);
  EXPECT_EQ(Totals(v1::GROUP_BY_DAY).sum().unknown(), 0);
  EXPECT_EQ(Totals(v1::GROUP_BY_DAY).residual(), 0);
}

// R-117, case 21: what the county did not answer stays with it; the outcome is the prefecture's.
TEST_F(ReportingTest, CountsAnOverflowedCallWhereItEndedAndTheLegWhereItFailed) {
  for (const auto purpose : {events::v1::CALL_PURPOSE_PUBLIC, events::v1::CALL_PURPOSE_TEST}) {
    const std::string inquiry = std::to_string(purpose);
    Receive(inquiry, "340102", purpose);
    Event failed;
    failed.mutable_leg_failed()->set_office("340102");
    failed.mutable_leg_failed()->mutable_next()->set_served_office("340100");
    Apply(inquiry, failed, base::v1::SERVICE_ROUTING);
    Event alarmed;
    alarmed.mutable_superior_alarmed()->set_office("340102");
    alarmed.mutable_superior_alarmed()->set_kind(events::v1::CALL_REPORT_KIND_BUSY);
    Apply(inquiry, alarmed, base::v1::SERVICE_ROUTING);
    End(inquiry, base::v1::OUTCOME_ANSWERED);
  }
  const auto totals = Totals(v1::GROUP_BY_OFFICE);
  ASSERT_EQ(totals.rows_size(), 2);
  const auto& prefecture = totals.rows(0);
  const auto& county = totals.rows(1);
  EXPECT_EQ(prefecture.received(), 1);
  EXPECT_EQ(prefecture.answered(), 1);
  EXPECT_EQ(prefecture.test_calls(), 1);
  EXPECT_EQ(county.received(), 0);
  EXPECT_EQ(county.legs_blocked(), 1);
  EXPECT_EQ(county.overflowed_out(), 1);
  EXPECT_EQ(totals.residual(), 0);
}

//
TEST_F(ReportingTest, MovesATransferredCallAndCountsThatItLeft) {
  Receive("a", "340102");
  Event transferred;
  transferred.mutable_call_transferred()->set_from_office("340102");
  transferred.mutable_call_transferred()->mutable_decision()->set_served_office("340000");
  Apply("a", transferred, base::v1::SERVICE_ROUTING);
  End("a", base::v1::OUTCOME_ANSWERED);
  const auto totals = Totals(v1::GROUP_BY_OFFICE);
  EXPECT_EQ(totals.rows(0).key(), "340000");
  EXPECT_EQ(totals.rows(0).answered(), 1);
  EXPECT_EQ(totals.rows(1).transferred_out(), 1);
  EXPECT_EQ(totals.residual(), 0);
}

//
TEST_F(ReportingTest, CountsMessagesAndTheCallBacksThatReachedSomebody) {
  Receive("a", "340102");
  Event left, opened, called;
  left.mutable_voice_message_left()->set_office("340102");
  Apply("a", left, base::v1::SERVICE_ROUTING);
  opened.mutable_inquiry_opened()->set_office("340102");
  Apply("a", opened, base::v1::SERVICE_INTAKE);
  called.mutable_callback_made();
  Apply("a", called, base::v1::SERVICE_INTAKE);
  called.mutable_callback_made()->set_reached(true);
  Apply("a", called, base::v1::SERVICE_INTAKE);
  EXPECT_EQ(Totals(v1::GROUP_BY_DAY).sum().voice_messages(), 1);
  EXPECT_EQ(Totals(v1::GROUP_BY_DAY).sum().callbacks_made(), 1);
}

// a test call that leaves a message opens an inquiry with deadlines; none of it is counted.
TEST_F(ReportingTest, CountsNoInquiryThatComesOfATestCall) {
  std::vector<Event> events(6);
  events[0].mutable_inquiry_opened()->set_office("340102");
  events[1].mutable_deadline_set()->set_office("340102");
  events[2].mutable_deadline_warned()->set_office("340102");
  events[3].mutable_deadline_missed()->set_office("340102");
  events[4].mutable_callback_made()->set_reached(true);
  events[5].mutable_inquiry_closed();
  for (const auto purpose : {events::v1::CALL_PURPOSE_TEST, events::v1::CALL_PURPOSE_SPOT_CHECK}) {
    const std::string inquiry = std::to_string(purpose);
    Receive(inquiry, "340102", purpose);
    for (const Event& event : events) Apply(inquiry, event, base::v1::SERVICE_INTAKE);
  }
  v1::Totals expected;
  expected.set_test_calls(2);
  v1::Totals sum = Totals(v1::GROUP_BY_DAY).sum();
  sum.clear_key();
  sum.clear_level();
  EXPECT_EQ(sum.ShortDebugString(), expected.ShortDebugString());
}

TEST_F(ReportingTest, SumsASubtreeAndNothingBesideIt) {
  Receive("a", "340102");  // a district of Hefei
  Receive("b", "350100");  // Fuzhou
  EXPECT_EQ(Totals(v1::GROUP_BY_OFFICE, "340000").sum().received(), 1);
  EXPECT_EQ(Totals(v1::GROUP_BY_OFFICE, "000000").sum().received(), 2);
  EXPECT_EQ(Totals(v1::GROUP_BY_LEVEL).rows_size(), 2);
}

TEST_F(ReportingTest, StoresOnlyTheRowsThatChanged) {
  Receive("a", "340102");
  int rows = 0;
  const auto count = [&](std::string_view, std::string_view) { ++rows; };
  service_.ChangedRows(count);
  EXPECT_EQ(rows, 1);
  service_.RowsStored();
  rows = 0;
  service_.ChangedRows(count);
  EXPECT_EQ(rows, 0);
}

// call-backs have clocks of their own, which are in no on-time rate of the inquiries.
TEST_F(ReportingTest, CountsTheClocksOfCallBacksApart) {
  for (const char* limit : {"default", "callback"}) {
    Event set, missed, met;
    set.mutable_deadline_set()->set_limit(limit);
    set.mutable_deadline_set()->set_office("340100");
    missed.mutable_deadline_missed()->set_limit(limit);
    missed.mutable_deadline_missed()->set_office("340100");
    met.mutable_deadline_met()->set_limit(limit);
    met.mutable_deadline_met()->set_office("340100");
    for (const Event& event : {set, set, set, missed, met, met})
      Apply("a", event, base::v1::SERVICE_ESCALATION);
  }
  const auto sum = Totals(v1::GROUP_BY_DAY).sum();
  EXPECT_EQ(sum.deadlines_set(), 3);
  EXPECT_EQ(sum.deadlines_missed(), 1);
  EXPECT_EQ(sum.deadlines_met(), 2);
  EXPECT_EQ(sum.callbacks_set(), 3);
  EXPECT_EQ(sum.callbacks_missed(), 1);
  EXPECT_EQ(sum.callbacks_met(), 2);
}

// a recomputed deadline is the one that was set.
TEST_F(ReportingTest, CountsADeadlineOnceHoweverOftenItIsRecomputed) {
  Event set, recomputed;
  set.mutable_deadline_set()->set_office("340100");
  recomputed.mutable_deadline_recomputed()->set_office("340100");
  for (const Event& event : {set, recomputed, recomputed})
    Apply("a", event, base::v1::SERVICE_ESCALATION);
  EXPECT_EQ(Totals(v1::GROUP_BY_DAY).sum().deadlines_set(), 1);
}

// what comes after it counts for the new owner, in every subtree that it belongs to.
TEST_F(ReportingTest, CountsForTheNewOwnerFromTheTakeOverOn) {
  Event opened, taken, closed;
  opened.mutable_inquiry_opened()->set_office("340102");
  taken.mutable_inquiry_taken_over()->set_from_office("340102");
  taken.mutable_inquiry_taken_over()->set_office("340000");
  closed.mutable_inquiry_closed();
  for (const Event& event : {opened, taken, closed}) Apply("a", event, base::v1::SERVICE_INTAKE);
  const auto below = Totals(v1::GROUP_BY_OFFICE, "340100").sum();
  EXPECT_EQ(below.inquiries_opened(), 1);
  EXPECT_EQ(below.taken_over(), 1);
  EXPECT_EQ(below.closed(), 0);
  EXPECT_EQ(Totals(v1::GROUP_BY_OFFICE, "340000").sum().closed(), 1);
}

}  // namespace
}  // namespace tierline::reporting
